"""`gateway-conformance fuzz` as a user meets it."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from conformance.corpus.frozen import read
from conformance.corpus.operations import OPERATIONS
from tests.end_to_end.conftest import TOKEN, Command
from tests.end_to_end.test_bad_input import listening, mistake

LAST = re.compile(r"(\d+|nothing) found with (\d+) requests, (\d+) s, (\d+) tokens")


def fuzz(command: Command, *arguments: str, **environment: Any) -> Any:
    return command("fuzz", *arguments, report=False, **environment)


def test_a_find_is_told_kept_and_sent_again(command: Command, gateway: str, tmp_path: Path) -> None:
    url = f"{gateway}/faults/odd-safety-settings-500"
    budget = ("--requests", "25", "--seed", "1", "--keep", "new/kept.jsonl")
    done = fuzz(command, "--base-url", url, *budget)
    assert done.code == 1, done.out + done.err
    assert done.err == ""
    lines = done.out.splitlines()
    assert lines[0] == "seed 1; at most 25 requests, 300 s, 50000 tokens"
    [start] = [number for number, line in enumerate(lines) if line.startswith("1. ")]
    assert re.match(r"1\. (SPEC-VALID-ANSWERED|ERR-CLIENT-NOT-5XX)  (MUST|SHOULD)  .* safetySettings of ", lines[start])
    assert lines[start + 1].strip().startswith("expected  ")
    assert lines[start + 2].strip().startswith("actual    500, ")
    assert lines[start + 3].strip().startswith("curl -sS ")
    assert '"safetySettings":' in lines[start + 3]
    last = LAST.match(lines[-1])
    assert last
    assert int(last[2]) <= 25
    assert "run --live … --corpus new/kept.jsonl" in lines[-1]
    assert TOKEN not in done.out

    kept = read(tmp_path / "new" / "kept.jsonl")
    assert [case.field for case in kept] == ["safetySettings"]
    again = command("run", "--base-url", url, "--corpus", "new/kept.jsonl", "-k", "corpus")
    assert len(again.results["cases"]) == 1
    assert set(again.verdicts("failed", "warned")) & {"SPEC-VALID-ANSWERED", "ERR-CLIENT-NOT-5XX"}
    right = command("run", "--base-url", gateway, "--corpus", "new/kept.jsonl", "-k", "corpus")
    assert right.code == 0, right.out

    twice = fuzz(command, "--base-url", url, *budget)
    assert twice.code == 1
    assert len((tmp_path / "new" / "kept.jsonl").read_text().splitlines()) == 2, "what was kept before is kept"
    assert len(read(tmp_path / "new" / "kept.jsonl")) == 1


def test_nothing_is_found_where_nothing_is_wrong(command: Command, gateway: str, tmp_path: Path) -> None:
    done = fuzz(command, "--base-url", gateway, "--requests", "20", "--keep", "kept.jsonl", "--surface", "chat")
    assert done.code == 0, done.out
    first, last = done.out.splitlines()
    assert re.match(r"seed \d+; at most 20 requests", first)
    found = LAST.fullmatch(last)
    assert found
    assert (found[1], found[2]) == ("nothing", "20")
    assert (tmp_path / "kept.jsonl").read_text() == ""


@contextmanager
def counting(handler: type["Counting"]) -> Iterator[str]:
    handler.seen = []
    with listening(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as port:
        yield f"http://127.0.0.1:{port}"


class Counting(BaseHTTPRequestHandler):
    """Answers plain requests of chat, and whatever else as its subclass says; remembers the bodies."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[bytes]] = []
    usage: ClassVar[dict[str, int]] = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    status, headers_of_other = 400, ("content-type", "application/json")
    other: ClassVar[Any] = {"error": {"message": "no", "type": "invalid_request_error"}}
    delay = 0.0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.seen.append(body)
        try:
            asked = json.loads(body)
        except ValueError:
            asked = None
        base = OPERATIONS["createChatCompletion"].base
        plain = isinstance(asked, dict) and {name: asked.get(name) for name in base} == base and len(asked) == 3
        plain = plain or body == b"{}" or b"Say hello." in body  # with which a run looks whether anyone is there
        if not plain:
            time.sleep(self.delay)
        message = {"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}
        answer = {
            "id": "a",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": "m",
            "choices": [message],
            "usage": self.usage,
        }
        data = json.dumps(answer if plain else self.other).encode()
        self.send_response(200 if plain else self.status)
        self.send_header("content-length", str(len(data)))
        for name, value in {"content-type": "application/json", **dict([self.headers_of_other])}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_PUT(self) -> None:
        self.do_POST()

    def log_message(self, *_args: object) -> None:
        """Quiet."""


def chat_only(tmp_path: Path, url: str) -> str:
    (tmp_path / "t.toml").write_text(f'name = "t"\nauth = "none"\n[surfaces]\nchat = "{url}"\n')
    return "t.toml"


class Refusing(Counting):
    """Refuses everything but the plain request."""


class Busy(Counting):
    """Cannot answer anything but the plain request now."""

    status, headers_of_other = 429, ("retry-after", "0")


class Slow(Counting):
    """Takes its time."""

    delay = 0.4


class Sleepy(Counting):
    """Asks to come back much later."""

    status, headers_of_other = 429, ("retry-after", "15")


class Greedy(Counting):
    """Takes anything, and counts many tokens for it."""

    status = 200
    usage: ClassVar[dict[str, int]] = {"prompt_tokens": 400, "completion_tokens": 100, "total_tokens": 500}
    other: ClassVar[Any] = {"usage": usage, "choices": []}


@pytest.mark.parametrize("handler", [Refusing, Busy])
def test_no_more_requests_are_sent_than_were_given(command: Command, tmp_path: Path, handler: type[Counting]) -> None:
    with counting(handler) as url:
        done = fuzz(command, "--target", chat_only(tmp_path, url), "--requests", "11", "--seed", "3", token=None)
    last = LAST.search(done.out)
    assert last, done.out + done.err
    assert int(last[2]) == 11
    explored = [body for body in handler.seen if body != b"{}" and b"Say hello." not in body]
    assert len(explored) <= 11, "what goes before it is no part of it"


@pytest.mark.parametrize("handler", [Slow, Sleepy])
def test_no_more_time_is_spent_than_was_given(command: Command, tmp_path: Path, handler: type[Counting]) -> None:
    with counting(handler) as url:
        started = time.monotonic()
        done = fuzz(command, "--target", chat_only(tmp_path, url), "--seconds", "1", "--seed", "3", token=None)
        took = time.monotonic() - started
    assert done.code == 0, done.out + done.err
    assert took < 25, "a second, and what it takes to start on a busy machine; the waits alone would be longer"


def test_no_more_tokens_are_spent_than_were_given(command: Command, tmp_path: Path) -> None:
    with counting(Greedy) as url:
        done = fuzz(command, "--target", chat_only(tmp_path, url), "--tokens", "3000", "--seed", "3", token=None)
    last = LAST.search(done.out)
    assert last, done.out + done.err
    assert 3000 <= int(last[4]) <= 3500, "the last request may cross the line"
    assert int(last[2]) <= 8


HOSTILE = "\x1b[2J\x1b]0;owned\x07\u202e\x9b31m \r\n2. SPEC-FAKE  MUST  nothing is wrong\u2028"


class Hostile(Counting):
    """Breaks, and tells lies to the terminal."""

    status = 500
    other: ClassVar[Any] = {"error": {"message": HOSTILE, "type": HOSTILE, "code": HOSTILE}}


class Liar(Counting):
    """Answers with what does not fit, in words that are no words."""

    status = 200
    other: ClassVar[Any] = {
        "id": 7, "object": HOSTILE, "created": HOSTILE, "choices": [{HOSTILE: HOSTILE, "index": HOSTILE}], "usage": HOSTILE,
    }  # fmt: skip


@pytest.mark.parametrize("handler", [Hostile, Liar])
def test_what_a_target_says_cannot_harm_the_terminal(command: Command, tmp_path: Path, handler: type[Counting]) -> None:
    with counting(handler) as url:
        done = fuzz(command, "--target", chat_only(tmp_path, url), "--requests", "8", "--seed", "3", token=None)
    assert done.code == 1, done.out + done.err
    assert not re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", done.out)
    assert not [line for line in done.out.splitlines() if line.startswith("2. SPEC-FAKE")]
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "fuzz needs a target: give --base-url https://<workspace>, --target FILE.toml or --profile NAME"),
        (("--base-url", "http://127.0.0.1:9", "--target", "t.toml"), "exclude each other"),
        (("--base-url", "nonsense"), "is no URL"),
        (("--base-url", "http://127.0.0.1:9", "--surface", "chta"), "unknown surface 'chta'; did you mean chat?"),
        (
            ("--base-url", "http://127.0.0.1:9", "--keep", "kept.json"),
            "--keep kept.json: give a file that ends in .jsonl",
        ),
        (
            ("--base-url", "http://127.0.0.1:9", "--keep", "file/kept.jsonl"),
            "cannot keep anything in file/kept.jsonl: ",
        ),
        (
            ("--base-url", "http://127.0.0.1:9", "--keep", "dir.jsonl"),
            "cannot keep anything in dir.jsonl: Is a directory",
        ),
        (("--requests", "0"), "0 is not in the range"),
        (("--seed", "x"), "'x' is not a valid integer"),
        (("-n", "2"), "unknown option '-n'"),
    ],
)
def test_wrong_arguments(command: Command, tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "dir.jsonl").mkdir()
    assert says in mistake(fuzz(command, *arguments))


def test_no_token_and_a_wrong_one(command: Command, gateway: str) -> None:
    assert "no token: set" in mistake(fuzz(command, "--base-url", gateway, token=None))
    assert "the token is refused (401)" in mistake(fuzz(command, "--base-url", gateway, token="dapi-of-somebody-else"))


def test_the_same_seed_finds_the_same_whatever_the_order_of_hashes(command: Command, gateway: str) -> None:
    url = f"{gateway}/faults/odd-safety-settings-500"
    told = {
        re.sub(
            r"\d+ s,", "", fuzz(command, "--base-url", url, "--requests", "10", "--seed", "1", PYTHONHASHSEED=seed).out
        )
        for seed in ("1", "2")
    }
    assert len(told) == 1
