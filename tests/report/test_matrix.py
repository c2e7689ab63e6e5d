"""The page of the kill matrix: what is wrong stands first and in red, and nothing in it acts."""

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.prove import proof
from conformance.prove.judging import Judgement, Verdict
from conformance.prove.page import page
from conformance.prove.proof import GATEWAYS, REFERENCE, Proof, build_proof, write
from conformance.report import proofs
from conformance.requirements import catalogue
from tests.report.parsed import HOSTILE, Page, assert_inert

FAULT = {"kind": "fault", "says": "store is ignored", "touches": ["a", "b"]}
VARIANT = {"kind": "variant", "says": "lines end otherwise", "touches": ["a"]}
GOOD = [("store-accepted", "RESP-400-STORE", "killed", "it was taken (200)")]


def rendered(*cells: tuple[str, str, str, str], **unproved: str) -> str:
    """The page of two gateways; `unproved` is by requirement, with _ for -."""
    names = ("gateway", "requirement", "outcome", "said")
    document = {
        "gateways": {"store-accepted": FAULT, "other-lines": VARIANT},
        "unproved": {name.replace("_", "-"): reason for name, reason in unproved.items()},
        "cells": [dict(zip(names, cell, strict=True)) for cell in cells],
    }
    return page(document, catalogue().values())


def test_a_proof_of_a_part_claims_no_more() -> None:
    found = assert_inert(rendered(*GOOD))
    assert "! proved in part alone" in found.text
    assert "✓ proved" not in found.text
    assert f"{len(catalogue()) - 1} were not asked" in found.text
    assert "requirement lacks a fault" not in found.text


def part(found: Page, start: str, end: str) -> str:
    """The text of the page from one heading to the next; the links to them stand before."""
    return found.text[found.text.rindex(start) : found.text.rindex(end)]


def test_a_proof_that_holds() -> None:
    unproved = {name.replace("-", "_"): "none can break it" for name in catalogue()}
    del unproved["RESP_400_STORE"], unproved["CHAT_PATH"]
    text = rendered(*GOOD, ("store-accepted", "CHAT-PATH", "left open", "it stays open"), **unproved)
    found = assert_inert(text)
    assert "✓ proved" in found.text
    others = len(catalogue()) - 2
    assert f"1 seen to catch a fault, {others} that no fault can break, none without a fault" in found.text
    assert "Nothing: no fault survived" in part(found, "What is wrong 0", "Outcomes")
    assert "requirement lacks a fault" in part(found, "What is wrong 0", "Outcomes")
    assert "were not asked" not in found.text
    assert 'class="problem' not in text
    row = catalogue()["RESP-400-STORE"]
    for told in (row.statement, row.level, "✓ killed", "store-accepted", "it was taken (200)"):
        assert told in found.under["RESP-400-STORE"]
    assert "? left open store-accepted it stays open" in " ".join(found.under["CHAT-PATH"].split())
    assert "No fault: none can break it" in found.under["GEM-PATH"]
    for told in ("store is ignored", "2 cases", "✓ killed RESP-400-STORE", "? left open CHAT-PATH"):
        assert told in found.under["gateway-store-accepted"]
    assert "nobody, as it should be" in found.under["gateway-other-lines"]
    assert set(catalogue()) <= set(found.under)


@pytest.mark.parametrize("outcome", ["survived", "wrong reason", "false alarm"])
@pytest.mark.parametrize("gateway", ["store-accepted", "other-lines", "reference"])
def test_what_is_wrong_stands_first_and_in_red(outcome: str, gateway: str) -> None:
    text = rendered(*GOOD, (gateway, "GEM-PATH", outcome, "it says otherwise"))
    found = assert_inert(text)
    assert "✗ not proved" in found.text
    told = part(found, "What is wrong 1", "Outcomes")
    for word in (outcome, gateway, "GEM-PATH", "it says otherwise"):
        assert word in told
    assert text.index('class="problem failed"') < text.index('<td role="cell">')
    assert f'<span class="chip failed"><span aria-hidden="true">✗</span> {outcome}</span>' in text
    for under in ("GEM-PATH", f"gateway-{gateway}"):
        assert gateway == "reference" or f"✗ {outcome}" in found.under[under]


def test_a_requirement_without_a_fault_or_a_reason_is_wrong() -> None:
    found = assert_inert(rendered(*GOOD, CHAT_PATH="", GEM_PATH="none can"))
    assert "✗ not proved" in found.text
    told = part(found, "What is wrong 1", "Outcomes")
    assert "CHAT-PATH" in told
    assert "GEM-PATH" not in told
    assert "✗ no fault" in found.under["CHAT-PATH"]


def test_hostile_text_is_only_shown() -> None:
    gateway = {"kind": "fault", "says": HOSTILE, "touches": []}
    cells = [
        {"gateway": HOSTILE, "requirement": name, "outcome": outcome, "said": HOSTILE}
        for name, outcome in (("CHAT-PATH", "survived"), ("GEM-PATH", "killed"))
    ]
    document = {"gateways": {HOSTILE: gateway}, "unproved": {"RESP-400-STORE": HOSTILE}, "cells": cells}
    found = assert_inert(page(document, catalogue().values()))
    assert found.text.count("<script>alert(1)</script>") >= 10, "shown as text, not left out"


def judgements(**said: Verdict) -> dict[str, Judgement]:
    """What every gateway was judged to be: right, but for what the fault `responses-store-accepted` is said to be."""
    passed = {name: Verdict("passed") for name in catalogue()}
    fault = {**passed, **{name.replace("_", "-"): verdict for name, verdict in said.items()}}
    return {
        name: Judgement(fault if name == "responses-store-accepted" else passed, {"chat/a": name})
        for name in (REFERENCE, *GATEWAYS)
    }


def test_the_page_is_written_beside_the_matrix_and_shows_the_same(tmp_path: Path) -> None:
    words = "the request is not refused as documented (200, \udcff)"
    done = build_proof(judgements(RESP_400_STORE=Verdict("failed", (words,))))
    path = tmp_path / "new" / "matrix.json"
    write(done, path)
    assert {file.name for file in path.parent.iterdir()} == {"matrix.json", "matrix.html"}
    document = json.loads(path.read_text())
    assert document["gateways"].keys() == GATEWAYS.keys()
    assert path.with_suffix(".html").read_text() == page(document, catalogue().values())
    [caught] = proofs.read(path).of("RESP-400-STORE")
    assert (caught.fault, caught.told) == ("responses-store-accepted", words)
    found = assert_inert(path.with_suffix(".html").read_text())
    assert "✓ killed" in found.under["gateway-responses-store-accepted"]


def test_a_page_that_cannot_be_made_leaves_the_matrix_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> str:
        raise RuntimeError("no page")

    path = tmp_path / "matrix.json"
    path.write_text("earlier")
    monkeypatch.setattr(proof, "page", broken)
    with pytest.raises(RuntimeError, match="no page"):
        write(Proof(judgements(), (), {}), path)
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]
