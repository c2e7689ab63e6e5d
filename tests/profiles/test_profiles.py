"""Profiles: each MUST has its place, what is published stays as it is, and what is newer does not count."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance import profiles
from conformance.errors import UsageError
from conformance.requirements import catalogue

PUBLISHED = {
    "chat-2026-11": "a3030c58b1e5293e3f07c4108e88446e668b1d3373f7ea7855f21586c4829f23",
    "gemini-2026-11": "cd59583fd9848347154360f5f0416caa0ef4cabb3d35d44d53d93a862e408530",
    "proxy-core-2026-11": "5d0b0a2d48ea1d21ca2251179642cbc879e0978252ed431af3039258cbfc8ef8",
    "responses-2026-11": "52500d17aa8a56a1f99b578f17f19480d83d9a70e078f51e8836c50bc6a41c7d",
    "workspace-2026-11": "548806ecc241dc3ff104171f7d10a5e0383d594f5b49bd49bb112760b0cc3d11",
}
"""The SHA-256 of each published profile: one that has to say something else is a new one."""
PATH = profiles.HERE / "chat-2026-11.yaml"

each = pytest.mark.parametrize("name", PUBLISHED)


def test_what_is_published_is_as_it_was() -> None:
    assert {name: profiles.named(name).sha256 for name in profiles.full_names()} == PUBLISHED


@each
def test_each_must_of_its_surfaces_counts_or_has_a_reason_not_to(name: str) -> None:
    profile = profiles.named(name)
    musts = {row.id for row in catalogue().values() if row.level == "MUST" and {*row.surface} & {*profile.surfaces}}
    assert musts <= {*profile.required, *profile.unscored}
    assert all({*catalogue()[one].surface} & {*profile.surfaces} for one in (*profile.required, *profile.unscored))


@each
def test_what_counts_can_be_decided(name: str) -> None:
    assert not [one for one in profiles.named(name).required if catalogue()[one].excluded]


def test_the_whole_of_a_workspace_is_each_must_but_those_of_clients() -> None:
    profile = profiles.named("workspace")
    musts = {row.id for row in catalogue().values() if row.level == "MUST" and row.surface != ("sdk",)}
    assert musts == {*profile.required, *profile.unscored}


@pytest.mark.parametrize("name", ["chat", "responses", "gemini"])
def test_who_keeps_the_workspace_keeps_its_surfaces(name: str) -> None:
    assert {*profiles.named(name).required} <= {*profiles.named("workspace").required}


def document(**changed: Any) -> dict[str, Any]:
    """The document of a sound profile with other members."""
    read: dict[str, Any] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return read | changed


def test_a_newer_requirement_runs_unscored() -> None:
    newer = replace(catalogue()["CHAT-PATH"], id="CHAT-NEW", since="2026-12")
    elsewhere = replace(newer, id="RESP-NEW", surface=("responses",))
    known = {**catalogue(), newer.id: newer, elsewhere.id: elsewhere}
    profile = profiles.of_document(document(), PATH, known)
    assert profile.unscored["CHAT-NEW"] == "Newer than the profile: published in 2026-12."
    assert profile.wants("CHAT-NEW")
    assert "CHAT-NEW" not in profile.required
    assert not profile.wants("RESP-NEW")


def test_a_bare_name_is_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / PATH.name).write_text(PATH.read_text(encoding="utf-8"), encoding="utf-8")
    for month in ("2027-02", "2027-01"):
        (tmp_path / f"chat-{month}.yaml").write_text(yaml.safe_dump(document(date=month)), encoding="utf-8")
    monkeypatch.setattr(profiles, "HERE", tmp_path)
    assert profiles.full_names() == ["chat-2026-11", "chat-2027-01", "chat-2027-02"]
    assert profiles.named("chat").date == "2027-02"
    assert profiles.named("chat-2027-01").date == "2027-01"


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("caht", "unknown profile 'caht'; did you mean chat?"),
        ("chat-2020-01", "unknown profile 'chat-2020-01'; did you mean chat-2026-11?"),
        ("", "unknown profile ''; `gateway-conformance profiles` lists them"),
        ("../chat", "unknown profile '../chat'; did you mean chat?"),
    ],
)
def test_no_such_profile(word: str, says: str) -> None:
    with pytest.raises(UsageError) as error:
        profiles.named(word)
    assert str(error.value) == says


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda one: one["required"].append("CHAT-PAHT"), "unknown requirement 'CHAT-PAHT'; did you mean CHAT-PATH?"),
        (lambda one: one["unscored"].update({"CHAT-PATH": "A reason."}), "CHAT-PATH stands in it twice"),
        (lambda one: one["required"].append("CHAT-PATH"), "CHAT-PATH stands in it twice"),
        (lambda one: one["unscored"].update({"CHAT-RESP-ID": ""}), "Expected `str` of length >= 1"),
        (lambda one: one.pop("title"), "missing required field `title`"),
        (lambda one: one.update(requried=[]), "unknown field `requried`"),
        (lambda one: one.update(surfaces=["telnet"]), "Invalid enum value 'telnet'"),
        (lambda one: one.update(date="2027-01"), "it calls itself chat-2027-01"),
    ],
)
def test_what_is_no_profile(change: Callable[[dict[str, Any]], object], says: str) -> None:
    changed = document()
    change(changed)
    with pytest.raises(UsageError) as error:
        profiles.of_document(changed, PATH, catalogue())
    assert str(error.value).startswith("profile chat-2026-11.yaml: ")
    assert says in str(error.value)
