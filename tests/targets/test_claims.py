"""What `target check` tells of a target file: what it claims, what does not apply, and what can hardly be meant."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.targets.claims import claims, warnings
from conformance.targets.target import Target, from_base_url, from_document

FULL = """
name = "my-proxy"
token_env = "MY_PROXY_TOKEN"
headers = {"x-team" = "secret-team"}
[surfaces]
chat = "http://127.0.0.1:4000/v1"
responses = "http://127.0.0.1:4000/v1"
[models]
claude-sonnet-4-5 = "claude-sonnet"
gpt-5 = "gpt-5"
[models.responses]
gpt-5 = "gpt-5-resp"
[not_offered]
video = "text and images only"
mcp = "no network"
[network]
proxy = "http://user:hunter2@proxy.example:3128"
[limits]
requests_per_minute = 60
"""


def target(text: str = FULL) -> Target:
    return from_document(tomllib.loads(text), "here")


def test_each_claim_is_a_line() -> None:
    told = list(claims(target()))
    assert told[:6] == [
        "my-proxy",
        "  chat           http://127.0.0.1:4000/v1",
        "  responses      http://127.0.0.1:4000/v1",
        "  credential     the token in MY_PROXY_TOKEN",
        "  models         2 of 22 documented ones, each of which has to be there",
        "    claude       claude-sonnet-4-5 = claude-sonnet",
    ]
    assert "    gpt-5        gpt-5 = gpt-5 on chat, gpt-5-resp on responses" in told
    assert any(line.startswith("  not applicable gemini: [surfaces] has none (") for line in told)
    assert any(line.startswith("  not applicable what is about gpt-5-1, ") for line in told)
    assert "  not offered    video, video in a request: text and images only (2 requirements)" in told
    assert "  not offered    mcp, tools of remote MCP servers on Responses: no network" in told
    assert told[-3:] == [
        "  limits         requests_per_minute 60",
        "  headers        x-team, sent with every request",
        "  network        proxy of this file",
    ]
    assert "hunter2" not in "\n".join(told)
    assert "secret-team" not in "\n".join(told)


def test_a_workspace_claims_the_documented_names() -> None:
    told = list(claims(from_base_url("https://my-workspace.example")))
    assert "  models         the documented names, system.ai.<model>; those that are not there do not apply" in told
    assert "  limits         none: a run finds its pace" in told
    assert not any("not applicable" in line for line in told)


def test_files_of_the_network_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_PROXY_TOKEN", "t")
    for name in ("ca_bundle", "client_cert"):
        given = replace(target(), network={name: str(tmp_path / "gone.pem")})
        [told] = warnings(given)
        assert told.startswith(f"{name} of the target file: ")
        assert f"{tmp_path / 'gone.pem'}: No such file or directory" in told


def test_what_can_hardly_be_meant_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_PROXY_TOKEN", "t")
    assert list(warnings(target())) == []
    one_for_all = FULL.replace('"claude-sonnet"', '"gpt-5"').replace(
        "[surfaces]", '[surfaces]\ngemini = "http://h/v1beta"'
    )
    told = list(warnings(target(one_for_all)))
    assert told[0].startswith("gpt-5 stands for claude-sonnet-4-5, gpt-5: ")
    assert told[1:] == ["gemini has no model that could answer there: nothing of it can be judged"]
    monkeypatch.delenv("MY_PROXY_TOKEN")
    assert list(warnings(target())) == ["the variable MY_PROXY_TOKEN is not set here: a run needs the token in it"]
