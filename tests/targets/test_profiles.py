"""The profiles of `~/.databrickscfg`, and which target the options and the environment name by them."""

from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.targets import profiles
from conformance.targets.target import from_options

FILE = """
[DEFAULT]
host = https://default.example/
token = dapi-50%-of-a-token
[staging]
host = staging.example
[__settings__]
default_profile =
"""
TARGET = 'name = "proxy"\n{more}\n[surfaces]\nchat = "http://127.0.0.1:4000/v1"\n'


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of profiles, named by the environment, in which nothing else is said."""
    for name in ("TOKEN", "HOST", "CONFIG_PROFILE"):
        monkeypatch.delenv(f"DATABRICKS_{name}", raising=False)
    path = tmp_path / "profiles"
    path.write_text(FILE)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(path))
    return path


def target_file(directory: Path, more: str = "") -> Path:
    path = directory / "target.toml"
    path.write_text(TARGET.replace("{more}", more))
    return path


def test_no_profile_inherits_from_the_default() -> None:
    assert profiles.read("DEFAULT").values == {"host": "https://default.example/", "token": "dapi-50%-of-a-token"}
    assert profiles.read("staging").values == {"host": "staging.example"}
    assert "dapi" not in repr(profiles.read("DEFAULT"))


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("name", ["proxy-core", "proxy-core-2026-11"])
def test_the_name_of_a_conformance_profile(file: Path, name: str, *, is_there: bool) -> None:
    if not is_there:
        file.unlink()
    with pytest.raises(UsageError, match=f"did you mean --conformance-profile {name}\\?$"):
        profiles.read(name)


def test_a_profile_names_the_host() -> None:
    target = from_options(None, None, "staging")
    assert target
    assert (target.name, target.profile) == ("staging.example", "staging")
    assert target.surfaces["serving"] == "https://staging.example/serving-endpoints"


def test_a_base_url_says_where_requests_go() -> None:
    target = from_options("http://127.0.0.1:4000", None, "staging")
    assert target
    assert (target.name, target.profile) == ("127.0.0.1:4000", "staging")


def test_a_live_run_without_a_target_takes_what_the_environment_names(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def named() -> tuple[str, str] | None:
        target = from_options(None, None, live=True)
        return (target.name, target.profile) if target else None

    assert named() == ("default.example", "DEFAULT")
    file.write_text(FILE.replace("default_profile =", "default_profile = staging"))
    assert named() == ("staging.example", "staging")
    monkeypatch.setenv("DATABRICKS_HOST", "https://host.example")
    assert named() == ("host.example", "")
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "DEFAULT")
    assert named() == ("default.example", "DEFAULT")
    for name in ("HOST", "CONFIG_PROFILE"):
        monkeypatch.delenv(f"DATABRICKS_{name}")
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi")
    assert named() is None, "a token that is for nobody knows which host"
    assert from_options(None, None) is None, "a replay needs no target"


@pytest.mark.parametrize("more", ['auth = "none"', 'token_env = "A"'])
def test_what_excludes_a_profile_in_a_target_file(tmp_path: Path, more: str) -> None:
    with pytest.raises(UsageError, match="profile excludes token_env and auth"):
        from_options(None, target_file(tmp_path, f'profile = "staging"\n{more}'))


def test_the_option_replaces_the_credential_of_a_target_file(tmp_path: Path) -> None:
    target = from_options(None, target_file(tmp_path, 'token_env = "A"'), "staging")
    assert target
    assert target.profile == "staging"
    with pytest.raises(UsageError, match="--profile staging, and the target file says"):
        from_options(None, target_file(tmp_path, 'auth = "none"'), "staging")


@pytest.mark.parametrize("text", ["host = x\n", "[a]\n[a]\n", "[a]\nhost = x\nhost = y\n", "[a\n"])
def test_a_file_that_is_none_is_one_line_without_its_text(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(UsageError, match=r"line \d is not what a file of profiles holds") as error:
        profiles.read("a")
    assert "\n" not in str(error.value)
