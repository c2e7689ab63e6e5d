"""The proof that ships: whole, without a gap, and each requirement broken in every way that matters for it."""

import json
import re
from collections import defaultdict
from typing import Any

import pytest

from conformance.prove import matrix
from conformance.prove.proof import GATEWAYS
from conformance.reference.faults import FAULTS
from conformance.reference.proxies import PROXY_FAULTS
from conformance.report import proofs
from conformance.requirements import catalogue

PARAMETERS = ("RESP-400-BACKGROUND", "RESP-400-STORE", "RESP-400-PREVIOUS-RESPONSE-ID", "RESP-400-SERVICE-TIER")
COUNTS = ("IMG-CLAUDE-COUNT", "IMG-GPT5-COUNT", "IMG-GEMMA-COUNT", "IMG-LLAMA-COUNT")
REFUSED = frozenset({"accepted", "broken", "open"})
"""What is to be refused: it is accepted, it breaks the gateway, or its control is refused too."""
MAY_BE_TAKEN = REFUSED - {"accepted"}
"""What no page says is refused: that it is taken is recorded."""
BOUNDARY = REFUSED | {"refused"}
"""A boundary has two sides: what lies below it is refused."""
NEEDED: dict[str, frozenset[str]] = {
    name: ways
    for ways, names in (
        (REFUSED | {"another status"}, PARAMETERS),
        (BOUNDARY, (*COUNTS, "IMG-CLAUDE-8000", "IMG-CLAUDE-8000-ONESIDE", "REASON-BUDGET-LT-MAX", "IMG-GPT5-PAYLOAD")),
        (BOUNDARY - {"broken"}, ("IMG-GEMMALLAMA-PAYLOAD", "IMG-CLAUDE-COUNT-SCOPE")),
        (REFUSED, (
            "CHAT-UNKNOWN-MODEL", "GEM-NONGEMINI-MODEL", "RESP-400-NO-EFFECT", "AUTH-REFUSED", "IMG-CLAUDE-21x2001",
        )),
        (MAY_BE_TAKEN, (
            "RESP-OPENAI-ONLY", "RESP-TOOL-UNLISTED", "RESP-CUSTOM-CHAT", "AV-NON-GEMINI", "REASON-MT-MODIFIED",
            "IMG-GPT5-GIF-ANIMATED",
        )),
    )
    for name in names
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(proofs.bundled().read_text(encoding="utf-8"))
    return document


def way(cell: dict[str, str]) -> str:
    """In which way a requirement was seen to be broken, in the check's own words but for refusals and acceptances."""
    if cell["outcome"] == "left open":
        return "open"
    told = re.search(
        r"(is not accepted|not refused as documented|is not checked|breaks the target) \((\d)", cell["said"]
    )
    if not told:
        return cell["said"].partition(" (")[0]
    if told[1] == "is not accepted":
        return "refused"
    return {"2": "accepted", "4": "another status", "5": "broken"}[told[2]]


def test_every_gateway_is_in_it(shipped: dict[str, Any]) -> None:
    """Run `gateway-conformance prove` and commit reports/prove if this fails."""
    assert shipped["gateways"].keys() == GATEWAYS.keys()


def test_nothing_survived(shipped: dict[str, Any]) -> None:
    assert [cell for cell in shipped["cells"] if cell["outcome"] in matrix.WORSE] == []
    killed = {(cell["gateway"], cell["requirement"]) for cell in shipped["cells"] if cell["outcome"] == "killed"}
    assert killed == {
        (fault.name, name) for fault in (*FAULTS.values(), *PROXY_FAULTS.values()) for name in fault.reported_by
    }


def test_no_requirement_has_a_gap(shipped: dict[str, Any]) -> None:
    killed = {cell["requirement"] for cell in shipped["cells"] if cell["outcome"] == "killed"}
    assert killed | shipped["unproved"].keys() == catalogue().keys()
    assert all(shipped["unproved"].values())
    assert [name for name in shipped["unproved"] if name in killed] == []


@pytest.mark.parametrize("requirement", NEEDED)
def test_each_is_broken_in_every_way_that_matters(shipped: dict[str, Any], requirement: str) -> None:
    seen = {way(cell) for cell in shipped["cells"] if cell["requirement"] == requirement}
    assert NEEDED[requirement] <= seen


def test_the_ways_are_many(shipped: dict[str, Any]) -> None:
    """Coverage counts ways to break a requirement, not faults."""
    ways = defaultdict(set)
    for cell in shipped["cells"]:
        if cell["outcome"] == "killed":
            ways[cell["requirement"]].add(way(cell))
    assert sum(map(len, ways.values())) > 250
