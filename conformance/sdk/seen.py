"""What came of a call, as the caller was observed to get it, made comparable: without what differs by chance."""

import re
from collections.abc import Mapping
from typing import Any

from conformance.reference.tap import TOKEN
from conformance.sdk.normal import exception_text, normalised

_MOST_EVENTS = 200
_A_VALUE = re.compile(r", input_value=.*?(?=, input_type=)", re.DOTALL)
"""What pydantic quotes of a value in a warning: what the value is like is told by its field and its type."""


def of_error(error: Mapping[str, Any]) -> dict[str, Any]:
    """An exception as it was told, its text and body to compare by; whether its text tells the credential is kept."""
    told = str(error.get("text"))
    kept = {**error, "text": exception_text(told)}
    for name in ("body", "attributes"):
        if name in kept:
            kept[name] = normalised(kept[name])
    if TOKEN in told:
        kept["holds_credential"] = True
    return kept


def with_errors(got: Mapping[str, Any]) -> dict[str, Any]:
    """What came of a call, with what it raised to compare by, and what it returned as it was."""
    return {**got, **({"error": of_error(got["error"])} if "error" in got else {})}


def settled(got: Mapping[str, Any]) -> dict[str, Any]:
    """What came of a call, to compare by: without what differs by chance, and no more than so many events."""
    kept = {**got, **({"value": normalised(got["value"])} if "value" in got else {})}
    if "events" in got:
        kept |= {"events": normalised(got["events"][:_MOST_EVENTS]), "count": len(got["events"])}
    for name in ("warnings", "logs"):
        if name in got:
            said = {(*named, exception_text(_A_VALUE.sub("", words))) for *named, words in got[name]}
            kept[name] = sorted(map(list, said))  # two that differ by chance alone are one
    return kept
