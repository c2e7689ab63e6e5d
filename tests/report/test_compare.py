"""Two reports of `run` side by side: which requirements are kept now that were not, and the other way round."""

import json
from pathlib import Path

import pytest

from tests.sdk.test_observations import compared

ROOT = Path(__file__).parents[2]


def report(path: Path, verdicts: dict[str, str]) -> str:
    path.mkdir()
    rows = [{"id": name, "verdict": verdict, "note": f"said of {name}"} for name, verdict in verdicts.items()]
    document = {"target": {"name": path.name}, "verdict": "conformant", "requirements": rows, "cases": []}
    (path / "results.json").write_text(json.dumps(document))
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
