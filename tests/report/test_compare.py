"""Two reports of `run` side by side: which requirements are kept now that were not, and the other way round."""

import json
from pathlib import Path

import jsonschema
import pytest

from conformance.report.html import page
from conformance.report.results import SCHEMA
from conformance.report.terminal import summary
from tests.report.made import case, finding, plain, results
from tests.report.parsed import HOSTILE, assert_inert
from tests.sdk.test_observations import compared

ROOT = Path(__file__).parents[2]
TARGET = {"mode": "live", "surfaces": {}, "provenance": "live"}
OTHER_SUITE = {
    "name": "gateway-conformance", "version": "0.0.1", "openapi_sha256": {}, "catalogue_sha256": "ab" * 32,
}  # fmt: skip


def report(path: Path, verdicts: dict[str, str]) -> str:
    path.mkdir()
    row = {"level": "MUST", "surface": "chat", "cases": []}
    rows = [row | {"id": name, "verdict": verdict, "note": f"said of {name}"} for name, verdict in verdicts.items()]
    (path / "results.json").write_text(json.dumps(plain(results()) | {"requirements": rows}), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ("passed", "failed", "broken"),
        ("warned", "failed", "broken"),
        ("inconclusive", "failed", "broken"),
        ("failed", "passed", "fixed"),
        ("failed", "warned", "fixed"),
        ("failed", "inconclusive", "changed"),
        ("passed", "warned", "changed"),
        ("passed", "not_applicable", "gone"),
        ("not_tested", "passed", "new"),
        ("not_tested", "failed", "new"),
    ],
)
def test_what_became_of_a_requirement(tmp_path: Path, before: str, after: str, outcome: str) -> None:
    code, said = compared(
        report(tmp_path / "old", {"A": before, "B": "passed"}), report(tmp_path / "new", {"A": after, "B": "passed"})
    )
    assert code == (1 if outcome == "broken" else 0)
    [line] = [line for line in said.splitlines() if line.split()[1] == "A"]
    assert line.split()[0] == outcome
    assert f"{before} → {after}  said of A" in line
    assert "1 unchanged" in said


def test_the_same_report_is_unchanged() -> None:
    code, said = compared(*[str(ROOT / "reports" / "sample")] * 2)
    assert code == 0
    assert said.splitlines()[-1].endswith(" unchanged")
    assert len(said.splitlines()) == 3


def test_what_is_no_report_is_one_line(tmp_path: Path) -> None:
    harmed = report(tmp_path / "new", {"A": "passed"})
    (tmp_path / "new" / "results.json").write_text('{"requirements": [3]}')
    code, said = compared(report(tmp_path / "old", {"A": "passed"}), harmed)
    assert (code, len(said.splitlines())) == (4, 1)


def test_markdown_for_a_pull_request(tmp_path: Path) -> None:
    old = report(tmp_path / "old", {"A": "passed", "B": "passed"})
    new = report(tmp_path / "new", {"A": "failed", "B": "passed"})
    assert compared(old, new, "--markdown", str(tmp_path / "table.md"))[0] == 1
    lines = (tmp_path / "table.md").read_text(encoding="utf-8").splitlines()
    assert "| broken | `A` | passed → failed | `said of A` |" in lines
    assert lines[-1] == "1 broken, 1 unchanged"


@pytest.mark.parametrize("option", [["--html", "page.html"], ["--bisect"]])
def test_an_option_that_is_for_clients_is_told(tmp_path: Path, option: list[str]) -> None:
    code, said = compared(*[report(tmp_path / name, {"A": "passed"}) for name in ("old", "new")], *option)
    assert code == 4
    assert f"{option[0]} is for runs of client cases" in said


def test_a_run_tells_what_has_changed_since_an_earlier_one() -> None:
    """By a document of it, as a reader has it: its page names only what was looked at in both."""
    before = results(
        case("chat/a", {"CHAT-PATH": "passed"}),
        case("chat/b", {"RESP-400-STORE": "failed"}, finding("RESP-400-STORE", "violation", "it was answered")),
        case("chat/c", {"CHAT-USAGE-SUM": "passed"}),
    )
    broken = finding("CHAT-PATH", "violation", HOSTILE)
    now = [case("chat/a", {"CHAT-PATH": "failed"}, broken), case("chat/b", {"RESP-400-STORE": "passed"})]
    found = results(*now, baseline=before)
    assert found.baseline
    assert [(one.requirement, one.outcome) for one in found.baseline.changes] == [
        ("CHAT-PATH", "broken"), ("CHAT-USAGE-SUM", "gone"), ("RESP-400-STORE", "fixed"),
    ]  # fmt: skip
    since = "since 2025-11-22 03:17 (nonconformant): 1 broken, 1 fixed, 1 not looked at any more"
    assert since in [line for line, _ in summary(found, None)]
    shown = assert_inert(page(found, [])).under["since-list"]
    assert shown.index("CHAT-PATH") < shown.index("RESP-400-STORE"), "the worst first"
    assert "CHAT-USAGE-SUM" not in shown
    jsonschema.validate(plain(found), json.loads(SCHEMA.read_text()))


def test_an_earlier_run_of_another_target_or_suite_is_told_as_such() -> None:
    before = results(case("chat/a", {"CHAT-PATH": "passed"}), suite=OTHER_SUITE)
    found = results(case("chat/a", {"CHAT-PATH": "passed"}), target={"name": "another", **TARGET}, baseline=before)
    text = " ".join(assert_inert(page(found, [])).text.split())
    assert (
        "nothing has changed; another version of the suite judged. The earlier run was against another target" in text
    )
