"""Do the two halves of a client, the plain one and the async one, send and give the same? Told within one version."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.sdk.differences import for_the_caller, on_the_wire, posts
from conformance.sdk.exceptions import error_of, error_text

ABOUT = "sync and async differ"
"""How such a finding begins."""
Case = Mapping[str, Any]
_ASYNC = re.compile(r"-async(?=-|$)")
_NAMING = re.compile(r"\b(?:Async(?=[A-Z])|async_(?=\w))+")
_OWN_HEADERS = "x-stainless-"
_LONGEST = 80


def with_findings(cases: Mapping[str, Case]) -> dict[str, Case]:
    """The cases of one run by id, with what each async case does otherwise than its like among its findings.

    Findings of this kind that a case has already are made anew.
    """
    found = dict(cases)
    for name, case in cases.items():
        others = [one for one in case.get("findings", ()) if not str(one).startswith(ABOUT)]
        like = cases.get(_ASYNC.sub("-sync", name)) if _ASYNC.search(name) else None
        more = list(findings(like, case)) if like is not None else []
        if more or len(others) != len(case.get("findings", ())):
            found[name] = {**case, "findings": [*others, *more]}
    return found


def findings(plain: Case, asynchronous: Case) -> Iterator[str]:
    """What differs between the two cases, place by place; how a client names its own classes and headers does not count.

    Neither do connections, nor which library's exception has caused one: the halves may use different ones.
    """
    one, other = ({name: _unnamed(case[name]) for name in ("sent", "seen")} for case in (plain, asynchronous))
    gets = [error_text(error) if (error := error_of(case["seen"])) else "an answer" for case in (one, other)]
    if (gets[0] == "an answer") != (gets[1] == "an answer"):
        yield f"{ABOUT}: caller gets: {_short(gets[0])}, {_short(gets[1])}"
    if (sent := [posts(case["sent"]) for case in (one, other)]) and sent[0] != sent[1]:
        yield f"{ABOUT}: requests: {sent[0]}, {sent[1]}"
    told = set[str]()
    on_both_sides = (
        *on_the_wire(one["sent"], other["sent"]),
        *for_the_caller(one["seen"], other["seen"], both_asked=False),
    )
    for found in on_both_sides:
        if found.place not in told:
            told.add(found.place)
            yield f"{ABOUT}: {found.place}: {_short(found.old)}, {_short(found.new)}"


def _unnamed(value: Any, name: str = "") -> Any:
    """An observation without what names the client, and without which half of it is meant."""
    if isinstance(value, Mapping):
        return {
            key: _unnamed(inner, key)
            for key, inner in value.items()
            if key != "user-agent" and (name, key) != ("error", "cause")
        }
    if isinstance(value, list):
        kept = value if name != "others" else [one for one in value if not str(one).startswith(_OWN_HEADERS)]
        return [_unnamed(inner, name) for inner in kept]
    return _NAMING.sub("", value) if isinstance(value, str) else value


def _short(value: str | None) -> str:
    told = "nothing" if value is None else value
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"
