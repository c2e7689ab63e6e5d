"""`gateway-conformance models` against the reference gateway and its variants, as a user runs it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import TOKEN, Command, Done


def test_all_models_of_the_reference(command: Command, gateway: str) -> None:
    done = command("models", "--base-url", gateway, "--json", report=False)
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["listing"] == "whole"
    assert {row["listed"] for row in told["models"]} == {True}
    assert {seen["state"] for row in told["models"] for seen in row["surfaces"].values()} == {"served"}
    assert {surface for row in told["models"] for surface in row["surfaces"]} == {
        "chat",
        "responses",
        "gemini",
        "serving",
    }


@pytest.mark.parametrize(
    ("variant", "says"),
    [
        ("services-hidden", "USE CATALOG on system, and USE SCHEMA and EXECUTE on system.ai, may be missing"),
        ("services-off", "FEATURE_DISABLED"),
        ("models-forbidden", "kept from the caller: a privilege is missing: 403"),
        ("few-models", "not served: 404"),
    ],
)
def test_what_is_wrong_is_said(command: Command, gateway: str, variant: str, says: str) -> None:
    done = command("models", "--base-url", f"{gateway}/variants/{variant}", "--surface", "responses", report=False)
    assert done.code == 0, done.err
    assert says in done.out
    assert TOKEN not in done.out


def test_only_what_is_listed(command: Command, gateway: str) -> None:
    done = command("models", "--base-url", gateway, "--listed", "--json", report=False)
    assert not any(row["surfaces"] for row in json.loads(done.out)["models"])


@pytest.mark.parametrize("variant", ["services-in-pages", "services-hidden", "services-off"])
def test_a_listing_changes_no_verdict(command: Command, gateway: str, variant: str) -> None:
    done = command("run", "--base-url", f"{gateway}/variants/{variant}", "--smoke", "-q")
    assert done.code == 0, done.out
    assert not done.verdicts("failed", "warned", "inconclusive")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "give --base-url https://<workspace>, --target FILE.toml or --profile NAME"),
        (["--base-url", "http://127.0.0.1:9"], "cannot be reached"),
        (["--base-url", "nonsense"], "is no URL"),
        (["--base-url", "http://127.0.0.1:9", "--surface", "chta"], "did you mean chat"),
    ],
)
def test_mistakes(command: Command, arguments: list[str], says: str, tmp_path: Path) -> None:
    done = command("models", *arguments, report=False)
    assert (done.code, done.out, len(done.err.splitlines())) == (4, "", 1)
    assert says in done.err
    assert not list(tmp_path.iterdir())


def test_a_report_tells_what_was_asked_of_each_model(replayed: Callable[..., Done]) -> None:
    done = replayed()
    rows = {(row["model"], row["surface"]): row["capabilities"] for row in done.results["models"]}
    assert rows["gemini-3-1-pro", "chat"]["video"] == "answered"
    assert rows["claude-sonnet-4-5", "chat"]["thinking"] == "answered"
    assert rows["claude-sonnet-4-5", "chat"]["video"] == "refused"
    assert rows["gpt-5", "responses"]["tools"] == "answered"
    assert rows["gpt-oss-20b", "chat"]["images"] == "not asked"
    assert "models answered: 22 on chat, " in done.out
