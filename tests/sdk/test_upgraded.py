"""What was upgraded is named: each distribution that changed, whatever the cases are about."""

from pathlib import Path
from typing import Any

from tests.sdk.test_observations import case, compared, run


def heading(tmp_path: Path, name: str, old: dict[str, str], new: dict[str, str], **document: Any) -> str:
    clients = [{key: one[key] for key in one if key in ("openai", "httpx")} for one in (old, new)]
    of = case() | {"id": f"sdk/{name}.greets"}
    runs = [
        run(tmp_path / which, "1", of, clients=clients[at], distributions=one, **document)
        for at, (which, one) in enumerate((("old", old), ("new", new)))
    ]
    return compared(*runs)[1].splitlines()[0]


def test_a_library_that_the_suite_does_not_know_is_named(tmp_path: Path) -> None:
    old = {"openai": "1.2", "langchain-openai": "0.3.1", "attrs": "25.1.0"}
    new = {"openai": "1.2", "langchain_openai": "0.3.9", "attrs": "25.3.0"}
    told = "langchain_mine: langchain_openai 0.3.1 → 0.3.9, attrs 25.1.0 → 25.3.0"
    assert heading(tmp_path, "langchain_mine", old, new) == told


def test_what_the_cases_are_about_comes_first_and_eight_are_named(tmp_path: Path) -> None:
    many = {f"a{number}": "1" for number in range(12)}
    old, new = (
        {**many, "openai": "1.0", "httpx": "0.27"},
        {**dict.fromkeys(many, "2"), "openai": "2.0", "httpx2": "2.0"},
    )
    said = heading(tmp_path, "openai_chat", old, new)
    assert said.startswith("openai 1.0 → 2.0, httpx 0.27 removed, a0 1 → 2, a1 1 → 2, ")
    assert said.endswith(" and 7 more")


def test_a_client_that_did_not_change_is_named_beside_what_did(tmp_path: Path) -> None:
    old, new = {"openai": "1.55.2", "httpx": "0.27.2"}, {"openai": "1.55.2", "httpx": "0.28.0", "aiohttp": "3.13"}
    told = "httpx 0.27.2 → 0.28.0, aiohttp 3.13 added, openai 1.55.2 as before"
    assert heading(tmp_path, "openai_chat", old, new) == told


def test_what_is_installed_in_both_comes_before_what_is_in_one(tmp_path: Path) -> None:
    told = "mine: mistralai 1 → 2, invoke 2 removed, yarl 1 added"
    assert heading(tmp_path, "mine", {"invoke": "2", "mistralai": "1"}, {"mistralai": "2", "yarl": "1"}) == told


def test_nothing_upgraded_is_said(tmp_path: Path) -> None:
    assert (
        heading(tmp_path, "openai_chat", {"openai": "1"}, {"openai": "1"})
        == "openai 1 on both sides: nothing was upgraded"
    )


def test_another_python_is_named_and_clients_that_share_runs_have_one_heading(tmp_path: Path) -> None:
    cases = [case(), case() | {"id": "sdk/genai_content.plain"}, case() | {"id": "sdk/mine.greets"}]
    runs = [
        run(tmp_path / python, "1", *cases, clients={"openai": version, "google-genai": "3.4.0"}, python=python)
        for python, version in (("3.11.7", "1.0"), ("3.12.1", "2.0"))
    ]
    said = compared(*runs)[1].splitlines()
    assert said[0] == "mine: openai 1.0 → 2.0, Python 3.11.7 → 3.12.1, google-genai 3.4.0 as before"
    assert said[1:] == ["3 unchanged"]
