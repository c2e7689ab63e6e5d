"""A single run is compared with what ships: the last version of the same client before its own."""

import json
import subprocess
from pathlib import Path

import pytest
from packaging.version import Version

from conformance.observer.clients import client_of
from conformance.sdk import bundled
from conformance.sdk.changes import compare
from conformance.sdk.observations import read
from tests.sdk.observing import SDK
from tests.sdk.test_observations import ERROR, case, compared, run

CLIENTS = ("openai", "google-genai", "databricks-sdk", "databricks-openai")


def shipped(tmp_path: Path, word: str, *, called: str = "", **changed: object) -> str:
    """A run that has seen what ships of a version, under another version's name, some of it changed in one case."""
    observed = bundled.named(word)
    assert observed
    client, _, number = word.partition("==")
    cases = [dict(one) for one in observed.cases.values()]
    next(one for one in cases if "error" not in one["seen"]).update(changed)
    clients = dict(observed.clients) | {client: called or number}
    tmp_path.joinpath("results.json").write_text(json.dumps({"clients": clients, "cases": cases}))
    return str(tmp_path)


@pytest.mark.parametrize("client", CLIENTS)
def test_versions_ship_and_have_the_same_cases(client: str) -> None:
    known = [bundled.named(f"{client}=={version}") for version in bundled.versions(client)]
    assert known
    names = [set(one.cases) for one in known if one]
    assert all(found == names[0] for found in names), "made at different times: run .ci/observe"
    assert {client_of(case) for case in names[0]} == {client}


def test_what_ships_is_what_the_cases_observe_now(tmp_path: Path) -> None:
    """Of the versions that these tests run with. Else it is due to be made anew: run .ci/observe."""
    command = [*SDK, "--report-dir", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    now = read(tmp_path)
    shipping = [client for client in CLIENTS if Version(now.clients.get(client, "0")) in bundled.versions(client)]
    assert shipping, "none of the versions that ship is in the lock file of the tests"
    for client in shipping:
        then = bundled.named(f"{client}=={now.clients[client]}")
        assert then
        changed = [one for one in compare(then, now) if one.outcome != "unchanged"]
        assert changed == [], f"{client}: run .ci/observe"


def test_three_majors_of_openai_and_genai_ship_and_two_ages_of_databricks() -> None:
    """And the newest of each, which may be of the same major version."""
    assert [version.major for version in bundled.versions("openai")] == [1, 2, 3, 3]
    assert [version.major for version in bundled.versions("google-genai")] == [1, 2, 3, 3]
    assert len(bundled.versions("databricks-sdk")) == 3
    assert bundled.versions("databricks-openai")


@pytest.mark.parametrize(
    ("number", "beside"), [("3.99.0", 3), ("3.55.0", 2), ("2.99.0", 1), ("2.54.0", 0), ("1.0.0", 0)]
)
def test_a_run_alone_is_compared_with_the_version_before_its_own(tmp_path: Path, number: str, beside: int) -> None:
    known = bundled.versions("openai")
    older = [version for version in known if version < Version(number)] or known[:1]
    said = compared(shipped(tmp_path, f"openai=={known[0]}", called=number))[1]
    assert said.startswith(f"openai {older[-1]} → {number}")
    assert said.count("\nbeside openai ") == beside == len(older) - 1


def test_what_broke_since_is_told_with_exit_code_1(tmp_path: Path) -> None:
    last = bundled.versions("google-genai")[-1]
    broken = shipped(tmp_path, f"google-genai=={last}", called="99.0", seen=ERROR, findings=[])
    code, said = compared(broken)
    assert (code, "broken ×1: APIError: no such thing\n    genai_" in said, "1 broken" in said) == (1, True, True), said
    assert said.count("unchanged") >= 1


def test_a_version_that_ships_is_named_and_others_are_not(tmp_path: Path) -> None:
    last = bundled.versions("openai")[-1]
    code, said = compared(f"openai=={last}", shipped(tmp_path, f"openai=={last}", called="99.0"))
    assert code == 0
    assert "unchanged" in said.splitlines()[-1]
    assert compared("openai==3.54", "openai==3.54.0")[0] == 0, "as versions are compared, not as words"
    code, said = compared("openai==1.0.0", str(tmp_path))
    assert code == 4
    assert "openai==1.0.0 does not ship: there is openai==" in said
    assert "gateway-conformance sdk --with openai==1.0.0" in said
    code, said = compared("nothing==1.0", str(tmp_path))
    assert (code, "no version of it" in said) == (4, True)


def test_a_history_goes_back_to_all_that_ships(tmp_path: Path) -> None:
    known = bundled.versions("openai")
    code, said = compared(shipped(tmp_path, f"openai=={known[-1]}", called="99.0"), "--bisect")
    assert code == 0
    assert f"openai {known[0]}" in said
    assert f"first with openai {known[1]}" in said
    assert f"first with openai {known[2]}" in said
    assert f"openai {known[-1]} → 99.0: " in said


def test_a_client_of_which_nothing_ships_is_said_in_one_line(tmp_path: Path) -> None:
    code, said = compared(run(tmp_path / "mine", "1", case() | {"id": "sdk/mine.hello"}))
    assert code == 4
    assert "have no case in common" in said
    assert len(said.splitlines()) == 1


def test_what_is_kept_is_what_was_seen(tmp_path: Path) -> None:
    observed = read(Path(shipped(tmp_path, f"openai=={bundled.versions('openai')[0]}")))
    [path] = bundled.keep(observed, tmp_path)
    again = read(path)
    assert (again.clients, again.cases) == (observed.clients, observed.cases)
    assert path.name.startswith("openai-1.")
