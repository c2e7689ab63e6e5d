"""What breaks now and then is unsteady, what breaks each time is broken: shown on a real socket."""

import itertools
import json

from tests.end_to_end.conftest import Command
from tests.end_to_end.proxy import Answer, proxy

ODD = {"success": False, "errors": [{"code": 7003, "message": "bad input"}]}
CHUNK = {
    "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "claude",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": "a"}}],
}  # fmt: skip
CUT = b"data: " + json.dumps(CHUNK).encode() + b"\n\n"


def test_a_healthy_request_that_is_refused_now_and_then_fails_nothing(command: Command, gateway: str) -> None:
    numbers = itertools.count(1)

    def now_and_then(_path: str, _sent: bytes, answer: Answer) -> Answer:
        if next(numbers) % 17 or answer.status != 200:
            return answer
        return Answer(400, {"content-type": "application/json"}, json.dumps(ODD).encode())

    with proxy(gateway, now_and_then) as target:
        # One after the other: many at once would now and then make two of three attempts each the seventeenth.
        words = ("--concurrency", "1", "--corpus", "none", "--surface", "chat,responses,gemini")
        done = command("run", "--base-url", target.url, *words)
    assert done.code in (0, 2), done.out
    assert done.verdicts("failed") == {}
    unsteady = [
        finding["message"]
        for case in done.results["cases"]
        for finding in case["findings"]
        if finding["message"].startswith("unsteady")
    ]
    assert "unsteady: asked again, the answer is another" in unsteady


def test_a_stream_that_is_always_cut_is_broken_while_the_whole_answer_comes(command: Command, gateway: str) -> None:
    def cut(_path: str, sent: bytes, answer: Answer) -> Answer:
        return Answer(200, answer.headers, CUT) if b'"stream":true' in sent and b"claude" in sent else answer

    with proxy(gateway, cut) as target:
        done = command("run", "--base-url", target.url, "--corpus", "none", "-k", "test_stream and claude")
    assert done.verdicts("failed") == {"CHAT-STREAM-SSE": "failed"}
    [row] = [row for row in done.results["requirements"] if row["id"] == "CHAT-STREAM-SSE"]
    assert row["note"].startswith("the stream is cut")


def test_an_error_that_ends_each_stream_is_shown(command: Command, gateway: str) -> None:
    error = b'data: {"error":{"message":"upstream said no"}}\n\n'

    def ended(_path: str, sent: bytes, answer: Answer) -> Answer:
        return Answer(200, answer.headers, CUT + error) if b'"stream":true' in sent and b"gemini" in sent else answer

    with proxy(gateway, ended) as target:
        done = command("run", "--base-url", target.url, "--corpus", "none", "-k", "test_stream and gemini and not v1")
    assert "CHAT-STREAM-SSE" in done.verdicts("failed")
    assert "the stream ends in an error: upstream said no" in done.out
