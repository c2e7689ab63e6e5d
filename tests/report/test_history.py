"""Verdicts over time: a change counts once the next run that decides finds the same, and only runs that looked are evidence."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.checks.verdicts import Verdict
from conformance.errors import UsageError
from conformance.report.history import SETTLED, Change, Series, alarms, history
from conformance.report.history_page import page
from conformance.report.results import RESULTS, to_text
from conformance.report.watched import ndjson, watched
from tests.report.made import case, finding, results
from tests.report.parsed import Page, assert_only_our_script

STORE = "RESP-400-STORE"
KINDS = {"failed": "violation", "warned": "warning", "inconclusive": "undecided"}
FIRST = datetime(2026, 1, 1, 3, tzinfo=UTC)


def time(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def write(directory: Path, number: int, verdict: Verdict | None, *, as_lines: bool = False, **changed: Any) -> None:
    """The report of a run in which the requirement got this verdict; without one, its case was not run."""
    found = [finding(STORE, KINDS[verdict], f"said on day {number}")] if verdict in KINDS else []
    cases = [case("responses/a.store", {STORE: verdict}, *found)] if verdict else []
    made = results(*cases, started_at=time(number), **changed)
    if as_lines:
        (directory / f"run-{number}.ndjson").write_text(ndjson(watched(made)))
        return
    path = directory / f"run-{number}-{len(list(directory.iterdir()))}"
    path.mkdir()
    (path / RESULTS).write_text(to_text(made))


def course(directory: Path, verdicts: Sequence[Verdict | None]) -> Series:
    for number, verdict in enumerate(verdicts):
        write(directory, number, verdict)
    [series] = history([directory])
    return series


def told(changes: Sequence[Change]) -> list[tuple[str, str, str, str | None]]:
    """The changes of that requirement: from, to, since when, confirmed when."""
    return [
        (one.old, one.new, one.since.started_at, one.confirmed.started_at if one.confirmed else None)
        for one in changes
        if one.requirement == STORE
    ]


@pytest.mark.parametrize(
    ("verdicts", "changes", "is_alarm"),
    [
        (["passed"], [], False),
        (["passed", "passed", "passed"], [], False),
        (["passed", "failed"], [("passed", "failed", 1, None)], False),
        (["passed", "failed", "failed"], [("passed", "failed", 1, 2)], True),
        (["passed", "failed", "failed", "failed"], [("passed", "failed", 1, 2)], False),  # told by the run before
        (["passed", "failed", "passed"], [], False),
        (["passed", "failed", "passed", "failed", "passed"], [], False),
        (["passed", "failed", "warned", "warned"], [("passed", "warned", 2, 3)], True),
        (["failed", "failed", "passed", "passed"], [("failed", "passed", 2, 3)], False),
        (["passed", "failed", "inconclusive", "failed"], [("passed", "failed", 1, 3)], True),
        (["passed", "failed", None, "failed"], [("passed", "failed", 1, 3)], True),
        (["passed", "inconclusive", "inconclusive"], [], False),
        (["passed", "not_applicable", "not_applicable"], [("passed", "not_applicable", 1, 2)], False),
        (["not_applicable", "failed", "failed"], [("not_applicable", "failed", 1, 2)], False),
        (
            ["passed", "failed", "failed", "passed", "passed"],
            [("failed", "passed", 3, 4), ("passed", "failed", 1, 2)],
            False,
        ),
    ],
)
def test_what_changed(
    tmp_path: Path, verdicts: list[Verdict | None], changes: list[tuple[str, str, int, int | None]], is_alarm: bool
) -> None:
    series = course(tmp_path, verdicts)
    assert told(series.changes) == [
        (old, new, time(since), None if confirmed is None else time(confirmed))
        for old, new, since, confirmed in changes
    ]
    assert bool(alarms([series])) is is_alarm


@settings(deadline=None, max_examples=40)  # each writes a dozen reports
@given(st.lists(st.sampled_from([*SETTLED, "inconclusive", None]), min_size=1, max_size=12))
def test_a_change_is_confirmed_by_the_next_that_decides(verdicts: list[Verdict | None]) -> None:
    with TemporaryDirectory() as directory:
        series = course(Path(directory), verdicts)
    decided = [(time(number), verdict) for number, verdict in enumerate(verdicts) if verdict in SETTLED]
    for old, new, since, confirmed in told(series.changes):
        at = decided.index((since, new))
        assert old != new
        assert decided[at - 1][1] != new
        assert (decided[at + 1] if at + 1 < len(decided) else None) == ((confirmed, new) if confirmed else None)


@pytest.mark.parametrize(
    "changed",
    [
        {"incomplete": ["it was ended"]},
        {"errors": ["Oops"]},
        {"selection": {"surfaces": [], "cheap": False, "shard": "1/2"}},
    ],
    ids=["incomplete", "broken", "a shard"],
)
def test_what_is_no_evidence(tmp_path: Path, changed: dict[str, Any]) -> None:
    write(tmp_path, 0, "passed")
    write(tmp_path, 1, "failed", **changed)
    write(tmp_path, 2, "failed")
    [series] = history([tmp_path])
    assert told(series.changes) == [("passed", "failed", time(2), None)], "one run saw it"
    [mine] = [one for one in series.courses if one.requirement == STORE]
    assert mine.verdicts == ("passed", None, "failed")


def test_a_rerun_of_what_failed_confirms_or_does_not(tmp_path: Path) -> None:
    again = {"selection": {"surfaces": [], "cheap": False, "failed_in": time(1)}}
    write(tmp_path, 0, "passed")
    write(tmp_path, 1, "failed")
    write(tmp_path, 2, "failed", **again)
    [series] = history([tmp_path])
    assert told(series.changes) == [("passed", "failed", time(1), time(2))]
    assert [one.requirement for one in alarms([series])] == [STORE]


def test_selections_targets_and_modes_are_series_of_their_own(tmp_path: Path) -> None:
    """What a run of a part did not ask refutes nothing that the whole has seen."""
    smoke = {"selection": {"surfaces": [], "cheap": False, "smoke": True, "corpus": "none"}}
    write(tmp_path, 0, "passed")
    write(tmp_path, 1, "failed")
    write(tmp_path, 2, "passed", **smoke)
    write(tmp_path, 3, "failed")
    write(tmp_path, 4, "passed", **smoke)
    whole, partly = sorted(history([tmp_path]), key=lambda one: one.selection, reverse=True)
    assert (whole.selection, partly.selection) == ("whole", "smoke")
    assert told(whole.changes) == [("passed", "failed", time(1), time(3))]
    assert alarms([whole, partly]) == [], "the run that confirmed it has told it; the newest one is another"
    assert [one.requirement for one in alarms([whole])] == [STORE]


def test_another_version_of_the_suite_is_told(tmp_path: Path) -> None:
    suite = {"name": "gateway-conformance", "openapi_sha256": {}, "catalogue_sha256": "cd" * 32}
    for number, (version, verdict) in enumerate((("1.0", "passed"), ("1.1", "failed"), ("1.1", "failed"))):
        write(tmp_path, number, verdict, suite=suite | {"version": version})  # type: ignore[arg-type]
    [series] = history([tmp_path])
    [change] = series.changes
    assert change.suite_changed


def test_two_runs_may_begin_in_the_same_second(tmp_path: Path) -> None:
    for duration_s in (0.71, 0.72):
        write(tmp_path, 0, "passed", duration_s=duration_s)
    [series] = history([tmp_path])
    assert len(series.runs) == 2


def test_lines_and_reports_tell_the_same(tmp_path: Path) -> None:
    reports, lines = tmp_path / "reports", tmp_path / "lines"
    for directory, as_lines in ((reports, False), (lines, True)):
        directory.mkdir()
        for number, verdict in enumerate(("passed", "failed", "failed")):
            write(directory, number, verdict, as_lines=as_lines)  # type: ignore[arg-type]
    assert history([reports]) == history([lines]) == history([reports, lines])
    assert history(sorted(reports.iterdir())) == history([reports])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ndjson", ""),
        ("a.ndjson", '{"type":"run"}'),
        ("results.json", "{}"),
        ("results.json", "nonsense"),
    ],
)
def test_what_is_no_run(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=f"{name} cannot be read"):
        history([tmp_path])


@pytest.mark.parametrize("started_at", ["yesterday", "2026-01-01T03:00:00", ""])
def test_a_run_without_a_time(tmp_path: Path, started_at: str) -> None:
    (tmp_path / "a.ndjson").write_text(ndjson(watched(results())).replace("2025-11-22T03:17:00+00:00", started_at))
    with pytest.raises(UsageError, match="cannot be read"):
        history([tmp_path])


def test_nothing_to_see(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no report"):
        history([tmp_path])
    with pytest.raises(UsageError, match="there is no"):
        history([tmp_path / "x"])


def test_the_page(tmp_path: Path) -> None:
    target = {
        "name": "<script>alert(1)</script>", "mode": "live", "surfaces": {}, "provenance": "live", "models": None,
    }  # fmt: skip
    for number, verdict in enumerate(("passed", "failed", "failed")):
        write(tmp_path, number, verdict, target=target)  # type: ignore[arg-type]
    write(tmp_path, 3, "failed", target=target, incomplete=["<b>it was ended</b>"])
    series = history([tmp_path])
    text = page(series, alarms(series))
    assert_only_our_script(Page(text))
    assert "<b>it" not in text
    assert "said on day 1" in text
    assert "confirmed by the run of 2026-01-03 03:00" in text
    assert "1 of them no evidence" in text
    assert "no change for the worse that the newest run has confirmed" in text, "the newest one is incomplete"
    write(tmp_path, 4, "passed", target=target)
    write(tmp_path, 5, "warned", target=target)
    write(tmp_path, 6, "warned", target=target)
    series = history([tmp_path])
    assert alarms(series) == []
    assert "not confirmed yet" not in page(series, ())
