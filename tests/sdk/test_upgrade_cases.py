"""Cases of what upgrades have broken for users: what they observe of the clients that are installed, and planted changes.

Where a client is absent, its tests are left out.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from conformance.sdk.changes import CaseChange, compare
from conformance.sdk.observations import read
from tests.sdk.observing import SDK

pytestmark = pytest.mark.xdist_group("upgrades")  # what the tests share is made once

Case = dict[str, Any]
KINDS = pytest.mark.parametrize("kind", ["sync", "async"])
CASES_OF = {
    "openai": (
        "openai_parsed or openai_tools or openai_raw or openai_options or openai_connections or openai_copies or openai_tokens"
    ),
    "google.genai": "genai_pictures or genai_clients or genai_tools or genai_copies",
    "databricks.sdk": "databricks_sdk_refusals",
}


def _installed(module: str) -> Path:
    """The directory of a client; leaves a test out where it is absent."""
    spec = find_spec(module) if find_spec(module.partition(".")[0]) else None
    if spec is None:
        pytest.skip(f"{module} is not installed")
    return Path(next(iter(spec.submodule_search_locations or ())))


def _ran(directory: Path, selection: str, **variables: str) -> Path:
    """Observes the cases selected. Gives the directory with the results."""
    done = subprocess.run(
        [*SDK, "--report-dir", str(directory), "-k", selection],
        env={**os.environ, **variables}, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


def _cases(directory: Path) -> dict[str, Case]:
    cases = json.loads((directory / "results.json").read_text())["cases"]
    return {case["id"].removeprefix("sdk/"): case for case in cases}


@cache
def observed(client: str) -> tuple[TemporaryDirectory[str], dict[str, Case]]:
    """What is observed of a client as it is installed: the directory, which lives as long as this, and the cases."""
    _installed(client)
    directory = TemporaryDirectory()
    return directory, _cases(_ran(Path(directory.name), CASES_OF[client]))


def openai(name: str) -> Case:
    return observed("openai")[1][f"openai_{name}"]


def genai(name: str) -> Case:
    return observed("google.genai")[1][f"genai_{name}"]


def refusals(name: str) -> Case:
    return observed("databricks.sdk")[1][f"databricks_sdk_refusals.{name}"]


def _statuses(case: Case) -> list[int]:
    return [sent["status"] for sent in case["sent"] if sent["method"] == "POST"]


@pytest.mark.parametrize("client", CASES_OF)
def test_the_same_client_twice_is_unchanged(client: str, tmp_path: Path) -> None:
    directory, _ = observed(client)
    again = _ran(tmp_path, CASES_OF[client], PYTHONHASHSEED="7")
    changes = compare(read(Path(directory.name)), read(again))
    assert [change for change in changes if change.outcome != "unchanged"] == []


@KINDS
def test_arguments_that_were_parsed_stay_with_the_caller(kind: str) -> None:
    _, second = openai(f"parsed.responses_second_turn_tools-{kind}")["sent"]
    calls = [item for item in second["body"]["input"] if item.get("type") == "function_call"]
    assert [call["call_id"] for call in calls] == ["call_paris", "call_rome"]
    assert all("parsed_arguments" not in call for call in calls)


@KINDS
def test_a_dump_shows_what_is_none(kind: str) -> None:
    message = openai(f"parsed.chat_dumped-{kind}-model_dump")["seen"]["value"]["choices"][0]["message"]
    assert message["parsed"] == {"city": "Paris"}
    assert message["tool_calls"] is None
    told = openai(f"parsed.chat_dumped-{kind}-model_dump_json")["seen"]["value"]
    assert told["choices"][0]["message"] == message


@KINDS
@pytest.mark.parametrize("name", ["tools.chat", "tools.responses", "tools.responses_stream_helper"])
def test_both_calls_of_a_batch_are_answered(kind: str, name: str) -> None:
    case = openai(f"{name}-{kind}")
    assert _statuses(case) == [200, 200]
    told = json.dumps(case["sent"][1]["body"])
    assert [told.count(city) for city in ("Paris", "Rome")] == [3, 3]  # in the question, the call and the result


@KINDS
@pytest.mark.parametrize("name", ["connections.sent_on", "connections.stream_sent_on", "connections.responses_sent_on"])
@pytest.mark.parametrize("way", ["307", "308", "307_elsewhere", "308_elsewhere"])
def test_the_credential_does_not_follow_to_another_host(kind: str, name: str, way: str) -> None:
    first, second = openai(f"{name}-{kind}-{way}")["sent"]
    elsewhere = way.endswith("elsewhere")
    assert first["headers"]["authorization"] == "bearer"
    assert second["query"] == "moved=1"
    assert second["body"] == first["body"]
    assert second["headers"]["authorization"] == ("none" if elsewhere else "bearer")
    assert second["status"] == (401 if elsewhere else 200)


@KINDS
def test_a_stream_that_is_left_costs_a_connection(kind: str) -> None:
    assert openai(f"connections.answers-{kind}")["connections"] == 1
    assert openai(f"connections.stream_left-{kind}")["connections"] == 2
    assert _statuses(openai(f"connections.streams-{kind}")) == [200, 200, 200]


@KINDS
@pytest.mark.parametrize("way", ["json", "text", "read"])
def test_what_is_read_raw_is_what_the_wire_said(kind: str, way: str) -> None:
    value = openai(f"raw.streaming-{kind}-{way}")["seen"]["value"]
    assert value["status_code"] == 200
    assert value["choices"][0]["message"]["content"] == "I read: “Say hello.”."


@KINDS
def test_options_of_a_copy_are_its_own(kind: str) -> None:
    assert _statuses(openai(f"options.more_retries-{kind}")) == [429, 200]
    assert _statuses(openai(f"options.first_is_as_it_was-{kind}")) == [429]
    assert "Timeout" in openai(f"options.timeout_object_runs_out-{kind}")["seen"]["error"]["type"]


@KINDS
@pytest.mark.parametrize("name", ["answers", "streams", "context_manager"])
def test_googles_client_answers_again_and_again(kind: str, name: str) -> None:
    assert set(_statuses(genai(f"clients.{name}-{kind}"))) == {200}


@KINDS
@pytest.mark.parametrize("name", ["closed", "closed_streamed"])
def test_googles_client_does_not_answer_when_it_is_closed(kind: str, name: str) -> None:
    case = genai(f"clients.{name}-{kind}")
    assert _statuses(case) == []
    assert "closed" in case["seen"]["error"]["text"]


@KINDS
def test_a_picture_arrives_in_its_own_format(kind: str) -> None:
    pytest.importorskip("PIL")
    for name, media_type in (("jpeg_file", "image/jpeg"), ("png_file", "image/png")):
        (sent,) = genai(f"pictures.object-{kind}-{name}")["sent"]
        assert media_type in sent["body"]["contents"][0]["parts"][1]["inlineData"].values()
        assert sent["status"] == 200


@pytest.mark.parametrize("status", ["401", "403"])
@pytest.mark.parametrize("name", ["query", "do"])
def test_databricks_client_raises_its_own_exception(name: str, status: str) -> None:
    error = refusals(f"{name}-{status}")["seen"]["error"]
    assert error["type"] == {"401": "Unauthenticated", "403": "PermissionDenied"}[status]
    assert "DatabricksError" in error["is_a"]


@dataclass(frozen=True)
class Plant:
    """A change of a client's source, and where it is to show: in which case, in which place or words."""

    client: str
    file: str
    old: str
    new: str
    case: str
    where: str


PLANTS = {
    "redirects": Plant(
        "openai", "_base_client.py", 'kwargs.setdefault("follow_redirects", True)',
        'kwargs.setdefault("follow_redirects", False)', "openai_connections.sent_on-sync-307", "APIStatusError",
    ),
    "parsed_sent_back": Plant(
        "openai", "types/responses/parsed_response.py", '__api_exclude__ = {"parsed_arguments"}',
        "__api_exclude__: set[str] = set()", "openai_parsed.responses_second_turn_tools-sync", "parsed_arguments",
    ),
    "none_dumped": Plant(
        "openai", "lib/_parsing/_completions.py", '"tool_calls": tool_calls if tool_calls else None,',
        '"tool_calls": tool_calls,', "openai_parsed.chat_dumped-sync-model_dump", "message.tool_calls",
    ),
    "raw": Plant(
        "openai", "_response.py", "return self.http_response.json()",
        'return {**self.http_response.json(), "planted": 1}', "openai_raw.streaming-sync-json", "value.planted",
    ),
    "options": Plant(
        "openai", "_client.py", "with_options = copy", "with_options = lambda self, **_: self",
        "openai_options.other_headers-sync-with_options", "headers.others",
    ),
    "tokens": Plant(
        "openai", "resources/responses/input_tokens.py", '"/responses/input_tokens"', '"/responses/tokens"',
        "openai_tokens.count-sync", "path",
    ),
    "pickled": Plant(
        "openai", "_exceptions.py", "class OpenAIError(Exception):\n    pass",
        "class OpenAIError(Exception):\n    def __reduce__(self):\n        return OpenAIError, (str(self),)",
        "openai_copies.refused-sync-429-pickle", "error.type",
    ),
    "batch": Plant(
        "openai", "resources/chat/completions/completions.py", '"messages": messages,',
        '"messages": list(messages)[:3],', "openai_tools.chat-sync", "body.messages",
    ),
    "picture": Plant(
        "google.genai", "_transformers.py", "image.format == 'JPEG'", "image.format == 'planted'",
        "genai_pictures.object-sync-jpeg_file", "parts[*].inlineData",
    ),
    "with": Plant(
        "google.genai", "client.py", "  def __enter__(self) -> 'Client':\n",
        "  def __enter__(self) -> 'Client':\n    self.close()\n", "genai_clients.context_manager-sync", "has been closed",
    ),
    "refused": Plant(
        "databricks.sdk", "errors/platform.py", "class PermissionDenied(DatabricksError):",
        "class PermissionDenied(DatabricksError):\n    def __init__(self, *_, **__):\n        raise KeyError('planted')\n",
        "databricks_sdk_refusals.query-403", "planted",
    ),
    "constructor": Plant(
        "databricks.sdk", "config.py", "self._resolve_host_metadata()", "raise ConnectionError('planted')",
        "databricks_sdk_refusals.client_of_no_host", "planted",
    ),
}  # fmt: skip
"""One for each kind of thing that an upgrade has broken."""


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[Plant], CaseChange]:
    """Gives what becomes of the case of a plant, where the client has it: the copy is what the interpreter finds first."""

    def found(plant: Plant) -> CaseChange:
        directory, _ = observed(plant.client)
        where = _installed(plant.client)
        package = tmp_path.joinpath("copy", *plant.client.split("."))
        shutil.copytree(where, package)
        above = where.parent / "__init__.py"
        if "." in plant.client and above.exists():
            shutil.copy2(above, package.parent)
        source = (package / plant.file).read_text(encoding="utf-8")
        assert plant.old in source, f"{plant.file} has no {plant.old!r} any more: plant something else"
        (package / plant.file).write_text(source.replace(plant.old, plant.new), encoding="utf-8")
        path = os.pathsep.join([str(tmp_path / "copy"), *filter(None, [os.environ.get("PYTHONPATH")])])
        file, _, name = plant.case.partition(".")
        new = _ran(tmp_path / "new", f"test_{file} and {name.partition('-')[0]}", PYTHONPATH=path)
        changes = {change.case: change for change in compare(read(Path(directory.name)), read(new))}
        return changes[f"sdk/{plant.case}"]

    return found


@pytest.mark.parametrize("kind", PLANTS)
def test_a_planted_change_shows(kind: str, changed: Callable[[Plant], CaseChange]) -> None:
    plant = PLANTS[kind]
    if kind == "picture":
        pytest.importorskip("PIL")
    change = changed(plant)
    assert change.outcome != "unchanged"
    assert any(plant.where in one.place or plant.where in one.text for one in change.aspects), change
