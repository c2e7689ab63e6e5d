"""Profiles, end to end: what is run, what counts, and how it is told."""

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from conformance import profiles
from conformance.report.results import SCHEMA
from conformance.requirements import catalogue
from tests.end_to_end.conftest import Command, Done
from tests.end_to_end.test_bad_input import mistake
from tests.end_to_end.test_run import timeless
from tests.end_to_end.test_shards import in_shards

CHAT = ("--conformance-profile", "chat")


def test_only_what_a_profile_asks_for_is_run(replayed: Callable[..., Done]) -> None:
    done, profile = replayed(*CHAT), profiles.named("chat")
    assert done.code == 0
    assert "conformant; profile chat-2026-11: 52 of 52 required decided; " in done.out
    found = done.results
    jsonschema.validate(found, json.loads(SCHEMA.read_text()), format_checker=jsonschema.FormatChecker())
    assert found["selection"]["conformance_profile"] == "chat-2026-11"
    assert found["conformance_profile"] == {
        "name": "chat", "date": "2026-11", "sha256": profile.sha256, "required": 52, "decided": 52, "not_applicable": 0,
    }  # fmt: skip
    assert {case["id"].partition("/")[0] for case in found["cases"]} == {"chat"}
    wanted = {*profile.required, *profile.unscored}
    assert all(wanted.intersection(case["requirements"]) for case in found["cases"])
    tested = done.verdicts("passed", "failed", "warned", "inconclusive")
    assert set(tested) == wanted
    assert [row["id"] for row in found["requirements"] if row["unscored"]] == ["AV-CHAT-YOUTUBE"]
    assert "profile chat-2026-11: 52 of 52 required decided" in (done.report / "report.html").read_text()


@pytest.mark.parametrize("name", ["workspace", "responses", "gemini", "proxy-core"])
def test_the_reference_gateway_keeps_each(replayed: Callable[..., Done], name: str) -> None:
    done = replayed("--conformance-profile", name)
    profile = done.results["conformance_profile"]
    assert done.code == 0
    assert profile["required"] == profile["decided"] == len(profiles.named(name).required)


def test_what_is_unscored_is_shown_and_fails_no_run(command: Command, gateway: str) -> None:
    selection = ("--corpus", "none", "-k", "count or path")
    words = ("run", "--base-url", f"{gateway}/faults/images-gemma-count-6", *selection, "--conformance-profile")
    core = command(*words, "proxy-core")
    assert core.code == 0, core.out
    assert core.verdicts("failed")
    assert "does not count" in core.out
    assert "FAILURES" not in core.out
    assert command(*words, "chat").code == 1


def test_shards_of_a_profile_are_the_profile(tmp_path: Path, command: Command, replayed: Callable[..., Done]) -> None:
    words = ("--conformance-profile", "responses")
    in_shards(command, tmp_path, 2, *words, token=None)
    merged = command("merge", "shard-1", "shard-2", token=None)
    assert timeless(merged.results) == timeless(replayed(*words).results)


def test_another_profile_is_another_selection(command: Command, replayed: Callable[..., Done]) -> None:
    earlier = replayed("--conformance-profile", "gemini").report
    line = mistake(command("run", *CHAT, "--failed", str(earlier)))
    assert "--conformance-profile was gemini-2026-11, and is chat-2026-11" in line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("caht",), "unknown profile 'caht'; did you mean chat?"),
        (("chat", "--surface", "gemini"), "--surface gemini: the profile chat-2026-11 is about chat alone"),
    ],
)
def test_no_such_profile(command: Command, words: tuple[str, ...], says: str) -> None:
    assert says in mistake(command("run", "--conformance-profile", *words))


def test_the_list_of_profiles(command: Command) -> None:
    listed = command("profiles", report=False)
    assert [line.split()[0] for line in listed.out.splitlines()] == profiles.full_names()
    assert "proxy-core-2026-11    24 required (24 chat)  What an honest proxy" in listed.out
    documents = json.loads(command("profiles", "--json", report=False).out)
    assert [one["name"] for one in documents] == [profiles.bare_name(name) for name in profiles.full_names()]
    shown = command("profiles", "proxy-core", report=False)
    assert f"sha256: {profiles.named('proxy-core').sha256}" in shown.out
    assert f"CHAT-PATH                    MUST    {catalogue()['CHAT-PATH'].statement}" in shown.out
    assert json.loads(command("profiles", "chat", "--json", report=False).out)["title"] == profiles.named("chat").title
    assert "did you mean chat?" in mistake(command("profiles", "caht", report=False))
