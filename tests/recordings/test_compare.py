"""Two sets of recordings, as a user compares them: recorded from the reference gateway, its faults and its legal variants."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.reference.server import running
from tests.commandline import COMMAND

pytestmark = pytest.mark.xdist_group("compare")  # what the tests share is made once

TOKEN = "dapi-canary-0123456789abcdef"
RESPONSES = ("--surface", "responses", "--corpus", "none")
CHAT = ("--surface", "chat", "-k", "streaming or chat_completions", "--corpus", "none")


@dataclass(frozen=True)
class Done:
    """What the command said."""

    code: int
    out: str

    def having(self, *words: str) -> list[str]:
        """The lines with all these words."""
        return [line for line in self.out.splitlines() if all(word in line for word in words)]


def compare(old: Path, new: Path) -> Done:
    done = CliRunner().invoke(main, ["compare", str(old), str(new)])
    return Done(done.exit_code, done.output)


Record = Callable[..., Path]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """Records a gateway below the reference server, each once; gives the directory."""
    made: dict[tuple[str, ...], Path] = {}
    with running(token=TOKEN) as url:

        def recording(gateway: str = "", again: int = 0, selected: tuple[str, ...] = RESPONSES) -> Path:
            key = (gateway, str(again), *selected)
            if key not in made:
                made[key] = directory = tmp_path_factory.mktemp("recorded")
                words = [*COMMAND, "record", *selected]
                base = f"{url}/{gateway}" if gateway else url
                words += [f"--base-url={base}", f"--cassettes={directory}", f"--report-dir={directory}-report"]
                environment = {**os.environ, "DATABRICKS_TOKEN": TOKEN}
                done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
                assert done.returncode in (0, 1, 2), done.stdout + done.stderr
            return made[key]

        yield recording


@pytest.mark.parametrize("selected", [RESPONSES, CHAT], ids=["responses", "chat"])
def test_the_same_target_is_unchanged(record: Record, selected: tuple[str, ...]) -> None:
    done = compare(record(selected=selected), record(again=1, selected=selected))
    assert done.code == 0, done.out
    assert done.having("unchanged:", "answers to the same requests compared")
    assert not done.having("breaking")
    assert not done.having("additive")


@pytest.mark.parametrize(
    ("fault", "where", "what"),
    [
        ("responses-content-as-string", "responses /responses output[message].content", "another type: array → string"),
        ("responses-created-missing", "responses /responses created_at", "the member is gone: number → absent"),
        ("responses-store-accepted", "refused-store", "accepts what the documents have refused: 400 → 200"),
        (
            "responses-usage-total-off-by-one",
            "responses  breaks what the documents promise",
            "kept → RESP-USAGE-SUM",
        ),
        ("responses-temperature-500", "stateless.temperature", "breaks on what was answered: 200 → 500"),
        ("responses-claude-500", "other_families-claude", "breaks on what was refused: 400 → 500"),
        ("responses-background-refused-with-422", "refused-background", "another error status: 400 → 422"),
        ("responses-max-output-tokens-refused", "max_output_tokens", "refuses what was answered: 200 → 400"),
        ("responses-object-wrong", " object ", "a value that the spec does not know: response → chat.completion"),
        ("responses-role-of-the-user", "output[message].role", "a value that the spec does not know: assistant → user"),
        ("responses-output-empty", "responses /responses output ", "the list is always empty: items → none"),
        ("responses-stream-without-terminal", "/responses", "the stream stops before its end"),
        ("responses-stream-without-usage", "response.completed: response.usage", "the member is gone"),
    ],
)
def test_a_fault_breaks(record: Record, fault: str, where: str, what: str) -> None:
    done = compare(record(), record(f"faults/{fault}"))
    assert done.code == 1
    found = done.having(where, what)
    assert found, done.out
    assert all(line.startswith("breaking ") for line in found)
    assert done.having(" breaking, ", "answers to the same requests compared")
    first = done.out.splitlines()[2]
    assert first.startswith("breaking"), "what breaks stands first"


@pytest.mark.parametrize(
    ("variant", "selected", "what"),
    [
        ("extra-fields", RESPONSES, "x_gateway  a new member: absent → object"),
        ("responses-otherwise", RESPONSES, "a new kind of item: absent → object"),
        ("tools-leniently", RESPONSES, "accepts what was refused: 400 → 200"),
        ("no-op-values", RESPONSES, "accepts what was refused: 400 → 200"),
        ("counted-otherwise", CHAT, "usage.prompt_tokens_details  a new member: absent → object"),
        ("chunked-otherwise", CHAT, "delta.content[text]  a new kind of item: absent → object"),
    ],
)
def test_a_variant_that_adds_breaks_nothing(record: Record, variant: str, selected: tuple[str, ...], what: str) -> None:
    done = compare(record(selected=selected), record(f"variants/{variant}", selected=selected))
    assert done.code == 0, done.out
    assert any(line.startswith("additive") for line in done.having(what)), done.out


@pytest.mark.parametrize(
    "variant", ["varied", "crlf-split", "written-out", "terse", "busy", "reasoning-hidden", "as-the-pages-print"]
)
def test_words_chunks_and_what_comes_and_goes_are_no_change(record: Record, variant: str) -> None:
    done = compare(record(selected=CHAT), record(f"variants/{variant}", selected=CHAT))
    assert done.code == 0, done.out
    assert not done.having("breaking")


@pytest.mark.parametrize(
    ("variant", "why"),
    [
        ("openai-envelope", "refused error_code  the member is gone"),
        ("responses-as-printed", "status  the member is gone"),
        ("no-plain-input", "refuses what was answered"),
        ("responses-in-one-piece", "refuses what was answered"),
    ],
)
def test_a_legal_change_breaks_those_who_relied_on_what_was_there(record: Record, variant: str, why: str) -> None:
    """The documents allow either. Who wrote a client for the one that was there is told nevertheless."""
    done = compare(record(), record(f"variants/{variant}"))
    assert done.code == 1
    assert any(line.startswith("breaking") for line in done.having(why)), done.out


def test_cases_in_one_set_alone_are_counted_and_break_nothing(record: Record, tmp_path: Path) -> None:
    less = tmp_path / "less"
    shutil.copytree(record(), less)
    for path in (less / "responses").glob("stateless.*"):
        path.unlink()
    gone = sorted(path.stem for path in (record() / "responses").glob("stateless.*"))
    assert (done := compare(record(), less)).code == 0
    assert done.having(f"{len(gone)} gone cases, in one set alone: responses/{gone[0]}, ")
    assert (done := compare(less, record())).code == 0
    assert done.having(f"{len(gone)} new cases, in one set alone")


def test_requests_that_differ_are_counted(record: Record, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(record(), other)
    path = other / "responses" / "stateless.temperature.json"
    document = json.loads(path.read_text())
    for one in document["interactions"]:
        one["request"]["body"] = '{"input":"another suite asks"}'
        one["response"]["status"]["code"] = 500
    path.write_text(json.dumps(document))
    done = compare(record(), other)
    assert done.code == 0
    assert done.having("requests sent in one set alone, in cases that both have: not compared")


def test_what_a_target_says_is_inert_in_the_terminal(record: Record, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile"
    shutil.copytree(record(), hostile)
    path = hostile / "responses" / "stateless.temperature.json"
    document = json.loads(path.read_text())
    response = document["interactions"][0]["response"]
    response["status"]["code"] = 400
    response["body"]["string"] = json.dumps({"error_code": "X", "message": "\x1b[2Jgone\nbreaking"})
    del response["chunks"]
    path.write_text(json.dumps(document))
    done = compare(record(), hostile)
    assert done.code == 1
    assert "\x1b[2J" not in done.out
    assert done.having("\\u001b[2Jgone breaking")


@pytest.mark.parametrize("spoilt", ["missing", "empty", "manifest", "cassette", "status", "report"])
def test_what_cannot_be_compared_ends_in_one_line(record: Record, tmp_path: Path, spoilt: str) -> None:
    new = tmp_path / "new"
    if spoilt == "report":
        new = Path(f"{record()}-report")
    elif spoilt != "missing":
        shutil.copytree(record(), new)
    if spoilt == "empty":
        shutil.rmtree(new / "responses")
    elif spoilt == "manifest":
        (new / "manifest.json").write_text("{")
    elif spoilt == "cassette":
        (new / "responses" / "stateless.temperature.json").write_text('{"interactions": 7}')
    elif spoilt == "status":
        path = new / "responses" / "stateless.temperature.json"
        path.write_text(path.read_text().replace('"code": 200', '"code": "200"'))
    done = compare(record(), new)
    assert done.code == 4
    assert len(done.out.splitlines()) == 1
    assert "gateway-conformance: " in done.out
