"""The suite is strict on itself: nothing in it decides nothing, and nothing is left over."""

import contextlib
import io
from pathlib import Path

import pytest

from conformance import resources
from conformance.cases import decides
from conformance.recordings.manifest import MANIFEST
from conformance.requirements import catalogue, of_both_sides
from conformance.runs import session
from conformance.runs.items import case_id, decided_by
from conformance.wire.tape import Tape


class Collected:
    items: tuple[pytest.Item, ...] = ()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = tuple(session.items)


@pytest.fixture(scope="module")
def cases() -> tuple[pytest.Item, ...]:
    """Every test below conformance/cases, the opt-in ones too."""
    collected = Collected()
    options = ["--gateway-statistics", "--gateway-all-models", "--gateway-corpus=full", "--collect-only", "-q"]
    with contextlib.redirect_stdout(io.StringIO()):
        assert session.run([session.ALL_CASES, *options], [collected]) == 0
    return collected.items


def test_every_case_decides_something(cases: tuple[pytest.Item, ...]) -> None:
    assert [item.nodeid for item in cases if not decided_by(item)] == []


def test_every_case_has_a_name_of_its_own(cases: tuple[pytest.Item, ...]) -> None:
    names = [case_id(item) for item in cases]
    assert len(set(names)) == len(names) > 200


def test_every_case_is_recorded_and_nothing_else_is(cases: tuple[pytest.Item, ...]) -> None:
    directory = resources.directory("cassettes")
    recorded = {path.relative_to(directory).with_suffix("").as_posix() for path in directory.rglob("*.json")}
    for tape in directory.rglob("*.jsonl"):
        recorded |= set(Tape(tape).cases())
    assert recorded - {Path(MANIFEST).stem} == {case_id(item) for item in cases if not of_both_sides(decided_by(item))}


def test_every_requirement_is_decided_or_says_why_not(cases: tuple[pytest.Item, ...]) -> None:
    decided = {name for item in cases for name in decided_by(item)}
    missing = [
        row.id for row in catalogue().values() if row.id not in decided and row.surface != ("sdk",) and not row.excluded
    ]
    assert missing == []
    assert [row.id for row in catalogue().values() if row.excluded and row.id in decided] == []


def test_a_case_cannot_decide_what_has_no_row() -> None:
    with pytest.raises(KeyError, match="RESP-400-STORED"):
        decides("RESP-400-STORE", "RESP-400-STORED")
