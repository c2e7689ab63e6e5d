"""What the matrix that ships says reaches the results; whatever is wrong with it breaks no run."""

import json
from pathlib import Path
from typing import Any

import pytest

from conformance import resources
from conformance.report import proofs
from conformance.report.results import Catch
from conformance.requirements import catalogue
from conformance.runs.run import Run
from conformance.runs.selection import Selection
from conformance.runs.settings import Settings


def matrix(*cells: tuple[str, str, str, str], **changed: Any) -> dict[str, Any]:
    """A matrix file; a cell is a gateway, a requirement, an outcome and what was said."""
    names = ("gateway", "requirement", "outcome", "said")
    return {
        "gateways": {cell[0]: {"kind": "fault", "says": f"{cell[0]} is wrong", "touches": []} for cell in cells},
        "unproved": {"SDK-FINISH-LOST": "a fact of a client library", "CHAT-PATH": ""},
        "cells": [dict(zip(names, cell, strict=True)) for cell in cells],
        **changed,
    }


def read(tmp_path: Path, document: Any) -> proofs.Proofs:
    """What is read of such a file."""
    path = tmp_path / "matrix.json"
    path.write_text(json.dumps(document))
    return proofs.read(path)


def test_only_what_was_reported_for_the_stated_reason_counts_as_caught(tmp_path: Path) -> None:
    seen = read(
        tmp_path,
        matrix(
            ("b", "RESP-400-STORE", "killed", "it was taken (200)"),
            ("a", "RESP-400-STORE", "killed", "it broke (500)"),
            *(
                (f"c-{outcome}", "RESP-400-STORE", outcome, "x")
                for outcome in ("survived", "wrong reason", "left open")
            ),
            ("d", "GEM-PATH", "false alarm", "x"),
        ),
    )
    assert seen.of("RESP-400-STORE") == (
        Catch(fault="b", says="b is wrong", told="it was taken (200)"),
        Catch(fault="a", says="a is wrong", told="it broke (500)"),
    )
    assert seen.uncaught_reason("RESP-400-STORE") == ""
    assert seen.of("GEM-PATH") == ()


def test_where_nothing_was_caught_the_reason_is_given_and_a_gap_is_no_excuse(tmp_path: Path) -> None:
    seen = read(tmp_path, matrix())
    assert seen.uncaught_reason("SDK-FINISH-LOST") == "a fact of a client library"
    assert seen.uncaught_reason("CHAT-PATH") == "the proof that ships has no fault that breaks it"
    assert seen.uncaught_reason("A-NEW-ONE") == "the proof that ships says nothing about it"


KILLED = ("a", "CHAT-PATH", "killed", "it broke")


@pytest.mark.parametrize(
    "document",
    [
        [],
        None,
        {},
        matrix(KILLED, gateways={}),
        matrix(KILLED, gateways=[]),
        matrix(KILLED, gateways={"a": {"says": None}}),
        matrix(KILLED, unproved=[]),
        matrix(KILLED, unproved={"GEM-PATH": 7}),
        matrix(KILLED, cells=[{"outcome": "killed"}]),
        matrix(KILLED, cells=7),
        matrix(KILLED, cells=["killed"]),
        matrix(("a", "CHAT-PATH", "killed", 7)),  # type: ignore[arg-type]
        matrix(("a", ["CHAT-PATH"], "killed", "it broke")),  # type: ignore[arg-type]
    ],
    ids=str,
)
def test_a_corrupt_matrix_says_nothing(tmp_path: Path, document: Any) -> None:
    assert read(tmp_path, matrix(KILLED)).of("CHAT-PATH")
    seen = read(tmp_path, document)
    assert not seen.of("CHAT-PATH")
    assert seen.uncaught_reason("CHAT-PATH") == "no proof ships with this suite"


@pytest.mark.parametrize(
    "content", [None, b"", b"{", b"\xff\xfe\x00", b"[" * 100_000], ids=lambda content: str(content)[:9]
)
def test_a_file_that_is_no_matrix_says_nothing(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "matrix.json"
    if content is not None:
        path.write_bytes(content)
    assert proofs.read(path).uncaught_reason("CHAT-PATH") == "no proof ships with this suite"
    assert proofs.read(tmp_path).uncaught_reason("CHAT-PATH") == "no proof ships with this suite", "a directory"


def test_the_matrix_lies_inside_a_wheel_and_beside_the_package_in_a_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "conformance"
    monkeypatch.setattr(resources, "PACKAGE", package)
    assert proofs.bundled() == tmp_path / "reports" / "prove" / "matrix.json"
    (package / "prove").mkdir(parents=True)
    (package / "prove" / "matrix.json").touch()
    assert proofs.bundled() == package / "prove" / "matrix.json"


def test_the_matrix_that_ships_is_read() -> None:
    shipped = proofs.shipped()
    caught = {caught.fault: caught.told for caught in shipped.of("RESP-400-STORE")}
    assert "not refused as documented (200" in caught["responses-store-accepted"]
    assert all(shipped.of(name) or shipped.uncaught_reason(name) for name in catalogue())


def test_a_run_without_a_matrix_has_results_that_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "shipped", lambda: proofs.read(tmp_path / "matrix.json"))
    rows = Run(Settings.replaying(None, Selection()), tmp_path).results(ended=False).requirements
    assert len(rows) == len(catalogue())
    assert {(len(row.catches), row.uncaught) for row in rows} == {(0, "no proof ships with this suite")}
