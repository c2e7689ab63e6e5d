"""The suite against gateways of others in front of our reference: they are not ours, and most of what they pass on is right."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from .conftest import Report
from .servers import IN_FRONT

_PARTS = "knows text and images alone: a part of audio or video gets 422"
_DELTAS = "breaks a stream off at the first delta whose content is a list"

KNOWN: Mapping[str, Mapping[str, str]] = {
    "litellm": {
        "AUTH-BASIC": "knows no HTTP Basic: takes it for a key that it has to look up in a database",
        "AUTH-REFUSED": "without a database each credential but the one it knows gets 400, and none on Responses 500",
        "GEM-AUTH-BEARER": "as AUTH-REFUSED: a wrong credential gets 400",
        "REASON-CLAUDE-SHAPE": "puts thought into reasoning_content, so that content is a plain string",
    },
    "mlflow": {
        **dict.fromkeys(("AV-CHAT-URL", "AV-CHAT-B64", "AV-CHAT-YOUTUBE", "AV-CHAT-MIXED", "AV-CHAT-MULTI"), _PARTS),
        "CHAT-STREAM-SSE": _DELTAS,
        "REASON-MT-REPLAY": "drops the signature of a reasoning block, so that it cannot be sent back",
        "REASON-MT-REPLAY-SDK": "as REASON-MT-REPLAY",
    },
}
"""Which MUSTs may fail on each, and why that is true of it."""
RIGHT = {
    "litellm": (
        "CHAT-PATH",
        "CHAT-USAGE-SUM",
        "CHAT-RESP-CREATED",
        "RESP-400-STORE",
        "RESP-OUTPUT-MSG",
        "GEM-RESP-TEXT",
    ),
    "mlflow": ("CHAT-PATH", "CHAT-USAGE-SUM", "CHAT-RESP-CREATED", "IMG-GPT5-COUNT"),
}

pytestmark = pytest.mark.rivals


@pytest.fixture(params=IN_FRONT)
def in_front(request: pytest.FixtureRequest, runs: Callable[[str], Report]) -> Report:
    """The report on one of them, if it is installed."""
    if not Path(IN_FRONT[request.param].command(0, "", Path())[0]).exists():
        pytest.skip(f"{request.param} is not installed: `tox run -e peer-{request.param}` does that")
    return runs(request.param)


def test_what_fails_is_known_and_the_rest_is_right(in_front: Report) -> None:
    assert in_front.results["errors"] == [], in_front.output
    assert in_front.results["complete"]
    rows = [row for row in in_front.results["requirements"] if row["level"] == "MUST"]
    assert {row["id"] for row in rows if row["verdict"] == "failed"} <= KNOWN[in_front.name].keys()
    right = RIGHT[in_front.name]
    assert {name: in_front.verdicts[name] for name in right} == dict.fromkeys(right, "passed")
