"""No pass on nothing: a target that says nothing passes nothing, and whatever JSON it sends breaks no case."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from conformance.report.conclusion import requirement_rows
from conformance.requirements import catalogue
from conformance.runs import inprocess

CHAT = {"id": "c", "object": "chat.completion", "created": 1_795_318_594, "model": "claude"}
RESPONSE = {"id": "resp_1", "object": "response", "created_at": 1_795_318_594, "model": "gpt-5", "status": "completed"}
MESSAGE = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}


def chat(content: Any) -> dict[str, Any]:
    """A chat completion without usage that says this."""
    message = {"role": "assistant", "content": content}
    return {**CHAT, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


HOLLOW: dict[str, Any] = {
    "an empty object": {},
    "ok": {"ok": True},
    "null": None,
    "no choice": {**CHAT, "choices": []},
    "an empty text": chat(""),
    "an empty text block": chat([{"type": "text", "text": ""}]),
    "no output": {**RESPONSE, "output": []},
    "a message without text": {**RESPONSE, "output": [{**MESSAGE, "content": [{"type": "output_text", "text": ""}]}]},
    "no candidate": {"candidates": []},
    "a candidate without text": {"candidates": [{"content": {"role": "model", "parts": []}, "finishReason": "STOP"}]},
}


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """A server that answers every request with 200 and the same JSON. Gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"] or 0))
            self.send_response_only(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_DELETE = do_PATCH = do_POST  # noqa: N815 (the base class looks for these names)

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def judged(body: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, str], tuple[str, ...]]:
    """The verdicts on a target that always answers this, by requirement, and what broke in the suite."""
    monkeypatch.setenv("DATABRICKS_TOKEN", "anything")
    with answering(json.dumps(body).encode()) as url:
        found = inprocess.judge({"base_url": url, "corpus": "smoke", "statistics": True})
    rows = requirement_rows(catalogue().values(), found.results.values(), set(catalogue()))
    return {row.id: row.verdict for row in rows}, found.errors


@pytest.mark.parametrize("name", HOLLOW)
def test_nothing_passes_on_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts, errors = judged(HOLLOW[name], monkeypatch)
    assert not errors
    assert [requirement for requirement, verdict in verdicts.items() if verdict == "passed"] == []


def drawn(chance: random.Random, depth: int = 0) -> Any:
    """Some JSON: of every type, with the names that answers have, at which other things stand."""
    names = (
        "choices", "output", "candidates", "usage", "usageMetadata", "id", "object", "model", "created", "created_at",
        "message", "content", "parts", "text", "type", "role", "finish_reason", "finishReason", "error", "status", "index",
        "summary", "signature", "total_tokens", "prompt_tokens", "databricks_service_policy", "incomplete_details",
    )  # fmt: skip
    kinds = ["object", "object", "list"] if depth < 5 else []
    texts = ["", "text", "message", "reasoning", "assistant", "stop", "\ud800", "x" * 300]
    scalars = [
        chance.choice(texts),
        chance.choice([0, -1, 1, 2**70]),
        chance.choice([1.0, 0.5, -1e300]),
        True,
        False,
        None,
    ]
    match chance.choice([*kinds, "scalar", "scalar"]):
        case "object":
            return {name: drawn(chance, depth + 1) for name in chance.sample(names, 6)}
        case "list":
            return [drawn(chance, depth + 1) for _ in range(chance.randrange(4))]
    return chance.choice(scalars)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_json_comes_the_suite_does_not_break(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _, errors = judged(drawn(random.Random(seed)), monkeypatch)
    assert not errors


@pytest.mark.parametrize("body", [[], "text", 7, 1.5, True, [[]], [None, {}]], ids=repr)
def test_whatever_type_comes_the_suite_does_not_break(body: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts, errors = judged(body, monkeypatch)
    assert not errors
    assert "passed" not in verdicts.values()
