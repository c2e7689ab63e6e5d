"""A badge of the last run, for the endpoint of shields.io. It is no certificate: whose behaviour it shows is in it."""

from typing import Any

from conformance.report.deviations import failing
from conformance.report.results import Results
from conformance.report.scope import NOT_LOOKED_AT, outcome_of, scope_of

_COLOURS = {"conformant": "brightgreen", "nonconformant": "red", "inconclusive": "yellow"}
COULD_NOT_LOOK = "could not look"


def badge(results: Results) -> dict[str, Any]:
    """The badge of a run that has results."""
    is_partial = scope_of(results).partial or not results.complete
    colour = _COLOURS.get(results.headline_verdict, "yellowgreen")
    if failing(results):
        colour = "red"
    if results.target.provenance != "live":
        colour = "lightgrey"
    elif colour == "brightgreen" and is_partial:
        colour = "yellowgreen"
    notes = [
        outcome_of(results),
        *([NOT_LOOKED_AT] if results.is_of_own_alone else []),
        *([] if results.complete else ["incomplete"]),
        *(["replayed"] if results.target.mode == "replay" else []),
        *(["reference gateway"] if results.target.provenance == "reference" else []),
    ]
    return _badge(", ".join(notes), colour)


def badge_of_none() -> dict[str, Any]:
    """The badge of a run that could not look: neither a pass nor a failure."""
    return _badge(COULD_NOT_LOOK, "lightgrey")


def _badge(message: str, colour: str) -> dict[str, Any]:
    return {"schemaVersion": 1, "label": "gateway-conformance", "message": message, "color": colour}
