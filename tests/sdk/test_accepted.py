"""Breaks that a team accepts for a while: told as that, and failing nothing until they expire."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.test_observations import case, compared, run

TODAY = datetime.now(UTC).date()


def raised(text: str, kind: str = "TypeError") -> dict[str, Any]:
    return {"error": {"type": kind, "is_a": [kind], "text": text}}


def known(path: Path, *, expires: date = TODAY + timedelta(days=30), **changed: Any) -> str:
    entry = {"cause": "TypeError: f() got 'proxies'", "owner": "team", "reason": "until httpx is pinned"} | changed
    lines = [f'{name} = "{value}"' for name, value in entry.items() if value is not None]
    lines += [f"first_seen = {TODAY - timedelta(days=60)}", f"expires = {expires}"]
    path.write_text(path.read_text() if path.exists() else "")
    with path.open("a") as file:
        file.write("\n".join(["[[break]]", *lines, ""]))
    return str(path)


@pytest.fixture
def runs(tmp_path: Path) -> tuple[str, str]:
    """One cause in two cases, which another function says in each."""
    old = run(tmp_path / "old", "1", case("a"), case("b"), case("c"))
    new = [case("a", seen=raised("A.f() got 'proxies'")), case("b", seen=raised("B.g() got 'proxies'")), case("c")]
    return old, run(tmp_path / "new", "2", *new)


def test_what_is_accepted_fails_nothing_and_is_told(tmp_path: Path, runs: tuple[str, str]) -> None:
    page, table = tmp_path / "page.html", tmp_path / "table.md"
    file = known(tmp_path / "known.toml")
    code, said = compared(*runs, "--accept", file, "--html", str(page), "--markdown", str(table))
    assert code == 0
    assert "accepted: broken ×2: TypeError: A.f() got 'proxies'" in said
    assert f"    accepted by team until {TODAY + timedelta(days=30)}: until httpx is pinned" in said
    assert said.splitlines()[-1] == "2 broken (2 accepted), 1 unchanged"
    assert "accepted by team" in page.read_text()
    assert "accepted by team" in table.read_text()


def test_a_pattern_accepts_it_in_some_cases_alone(tmp_path: Path, runs: tuple[str, str]) -> None:
    code, said = compared(*runs, "--accept", known(tmp_path / "known.toml", case="openai_*.a"))
    assert code == 1
    assert said.index("broken ×1: TypeError: B.g()") < said.index("accepted: broken ×1: TypeError: A.f()")
    assert "2 broken (1 accepted), 1 unchanged" in said
    assert compared(*runs, "--accept", known(tmp_path / "known.toml", case="sdk/openai_chat.b"))[0] == 0


def test_what_is_expired_fails_and_says_so(tmp_path: Path, runs: tuple[str, str]) -> None:
    yesterday = TODAY - timedelta(days=1)
    code, said = compared(*runs, "--accept", known(tmp_path / "known.toml", expires=yesterday))
    assert code == 1
    assert f"accepted by team until {yesterday}, which is over" in said
    assert compared(*runs, "--accept", known(tmp_path / "today.toml", expires=TODAY))[0] == 0


def test_another_break_of_the_same_case_is_not_accepted(tmp_path: Path, runs: tuple[str, str]) -> None:
    code, said = compared(*runs, "--accept", known(tmp_path / "known.toml", cause="KeyError", case="openai_chat.*"))
    assert code == 1
    assert "accepted and not seen: KeyError in openai_chat.*; if it is mended, take it out of" in said


def test_what_no_longer_happens_is_told_and_fails_nothing(tmp_path: Path) -> None:
    old, new = run(tmp_path / "old", "1"), run(tmp_path / "new", "2")
    code, said = compared(old, new, "--accept", known(tmp_path / "known.toml"))
    assert (code, "accepted and not seen: TypeError: f() got 'proxies'" in said) == (0, True)
    some = run(tmp_path / "some", "2", partial=True)
    assert "not seen" not in compared(old, some, "--accept", str(tmp_path / "known.toml"))[1]


def test_a_type_error_can_be_accepted(tmp_path: Path) -> None:
    old, new = (
        run(tmp_path / name, name, case(), {"id": "sdk/openai_chat.types", "sent": [], "seen": {"types": entries}})
        for name, entries in (("1", []), ("2", ["[attr-defined] no output_text"]))
    )
    assert compared(old, new)[0] == 1
    code, said = compared(old, new, "--accept", known(tmp_path / "known.toml", cause="no output_text"))
    assert (code, "accepted: type errors ×1" in said) == (0, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[break", "it is no TOML"),
        ("[break]\ncause = 'x'", "write each as [[break]], in double brackets"),
        ("[[breaks]]\ncause = 'x'", "unknown key 'breaks'; did you mean break?"),
        ("[[break]]\ncauses = 'x'", "break 1: unknown key 'causes'; did you mean cause?"),
        ("[[break]]\nowner = 'x'", "break 1: Object missing required field"),
        ("[[break]]\ncause = ' '\nowner='a'\nreason='b'\nfirst_seen=2026-01-01\nexpires=2026-01-02", "no cause"),
        ("[[break]]\ncause = 'x'\nreason='b'\nfirst_seen=2026-01-01\nexpires=2026-01-02", "no owner"),
        ("[[break]]\ncause = 'x'\nowner='a'\nfirst_seen=2026-01-01\nexpires=2026-01-02", "no reason"),
        (
            f"[[break]]\ncause='x'\nowner='a'\nreason='b'\nfirst_seen=2026-01-01\nexpires={TODAY + timedelta(181)}",
            "180 days",
        ),
        ("[[break]]\ncause='x'\nowner='a'\nreason='b'\nfirst_seen=2026-01-01\nexpires='soon'", "Invalid"),
        (2 * "[[break]]\ncause='x'\nowner='a'\nreason='b'\nfirst_seen=2026-01-01\nexpires=2026-01-02\n", "keep one"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, runs: tuple[str, str], text: str, says: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    code, said = compared(*runs, "--accept", str(tmp_path / "bad.toml"))
    assert (code, len(said.strip().splitlines())) == (4, 1), said
    assert says in said


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path, runs: tuple[str, str]) -> None:
    code, said = compared(*runs, "--accept", str(tmp_path / "none.toml"))
    assert (code, "No such file" in said, len(said.strip().splitlines())) == (4, True, 1)
