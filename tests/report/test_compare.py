"""Two reports of `run` side by side: which requirements are kept now that were not, and the other way round."""

import json
from pathlib import Path

import pytest

from tests.report.made import plain, results
from tests.sdk.test_observations import compared

ROOT = Path(__file__).parents[2]


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
