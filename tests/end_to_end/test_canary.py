"""A canary: a secret that a gateway hands back in every way it can is in nothing that is kept or printed."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from conformance.reference.server import running
from tests.end_to_end.conftest import Command
from tests.end_to_end.proxy import Answer, proxy

CANARY = "dapi7e57c0de-CANARY.0b5e55ed/f00d="
PIECES = [CANARY[start : start + 5] for start in range(0, len(CANARY), 5)]
ALONE = 9
"""Characters of the canary that nothing may hold: what is shorter may be there by chance."""
SPELLED = {
    "plain": CANARY,
    "in a URL": quote(CANARY, safe=""),
    "as Basic": base64.b64encode(f"token:{CANARY}".encode()).decode(),
    "in hexadecimal": CANARY.encode().hex(),
    "in base64": base64.b64encode(CANARY.encode()).decode(),
    "in base64 with more": base64.b64encode(f"you sent {CANARY}, did you not?".encode()).decode(),
    "in base64 of URLs": base64.urlsafe_b64encode(f"??{CANARY}>>".encode()).decode(),
}
SAID = "; ".join(SPELLED.values())


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    """The base URL of a reference gateway that takes the canary for a token."""
    with running(token=CANARY) as url:
        yield url


def echoing(path: str, sent: bytes, answer: Answer) -> Answer:
    """The answer with the canary in headers, members, escapes, items, deltas, errors and redirects."""
    headers = answer.headers | {
        "x-echo": SAID,
        "set-cookie": f"t={CANARY}",
        "www-authenticate": f'Bearer realm="{CANARY}"',
    }
    if b'"store"' in sent:
        return Answer(307, headers | {"location": f"/?token={SPELLED['in a URL']}"}, SAID.encode())
    if b'"background"' in sent:
        return Answer(500, headers | {"content-type": "text/html"}, f"<b>{SAID}</b>".encode())
    if b'"service_tier"' in sent:
        return Answer(200, headers | {"content-encoding": f"gzip, {CANARY}"}, SAID.encode())
    if b"event-stream" in answer.headers.get("content-type", "").encode():
        return Answer(answer.status, headers, b"".join(map(event_of, extras(path))) + answer.body)
    try:
        body = json.loads(answer.body)
    except ValueError:
        return answer
    escaped = json.dumps({"echo": CANARY}).replace("dapi", "\\u0064\\u0061pi").replace("/", "\\/")
    body["echo"] = [SPELLED, PIECES, [{"text": piece} for piece in PIECES], json.loads(escaped)]
    if isinstance(body.get("error"), dict):
        body["error"]["message"] = f"{body['error'].get('message')} {SAID}"
    if "message" in body:
        body["message"] = f"{body['message']} {SAID}"
    for choice in body.get("choices", ()):
        choice["message"]["content"] = SAID
    return Answer(answer.status, headers, json.dumps(body, indent=1).encode() + escaped.encode()[:0])


def extras(path: str) -> list[object]:
    """Stream events that say the canary piece by piece."""
    if path.endswith("/responses"):
        return [{"type": "response.output_text.delta", "delta": piece, "output_index": 0} for piece in PIECES]
    if "gemini" in path:
        return [{"candidates": [{"content": {"parts": [{"text": piece}]}}]} for piece in PIECES]
    return [
        {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": piece}}]}
        for piece in PIECES
    ]


def event_of(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def bodies_of(document: dict[str, Any]) -> list[str]:
    """The bodies of the answers in a cassette."""
    return [str(kept["response"]["body"]["string"]) for kept in document.get("interactions", ())]


def windows(text: str) -> set[str]:
    return {text[start : start + ALONE] for start in range(len(text) - ALONE + 1)}


FORBIDDEN = (
    windows(CANARY)
    | windows(SPELLED["in base64"].rstrip("=")[:-1])
    | {CANARY[:ALONE]}
    | windows(SPELLED["in hexadecimal"])
)


def leaks(where: str, text: str) -> list[str]:
    return [
        f"{where} holds {window} in …{text[max(text.find(window) - 60, 0) : text.find(window) + 40]!r}"
        for window in FORBIDDEN
        if window in text
    ][:2]


@pytest.mark.parametrize("how", ["record", "live"])
def test_no_byte_of_the_canary_is_kept_or_printed(command: Command, gateway: str, tmp_path: Path, how: str) -> None:
    with proxy(gateway, echoing) as target:
        kept = ("--cassettes", "kept") if how == "record" else ()
        noisy = (
            "-vv",
            "-rA",
            "-l",
            "--tb=long",
            "--log-level=DEBUG",
            "--log-file=log",
            "--log-cli-level=DEBUG",
            "-plogging",
        )
        some = ("--corpus", "smoke", "-k", "unsupported or stream or corpus or error or auth")
        done = command(
            "record" if how == "record" else "run", *kept, "--base-url", target.url, *some, *noisy,
            "--junitxml", "junit.xml", token=CANARY,
        )  # fmt: skip
    assert done.code in (1, 2), (done.out, done.err)
    assert len(target.sent) > 50
    found = leaks("stdout", done.out) + leaks("stderr", done.err)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    for path in files:
        found += leaks(path.relative_to(tmp_path).as_posix(), path.read_text(errors="replace"))
    assert not found, found[:5]
    assert {"results.json", "report.html", "exchanges.jsonl", "junit.xml", "log"} <= {path.name for path in files}
    if how == "record":
        bodies = [
            body for path in (tmp_path / "kept").rglob("*.json") for body in bodies_of(json.loads(path.read_text()))
        ]
        assert not [
            body for body in bodies if CANARY in "".join(re.findall(r'"(?:content|delta|text)": ?"([^"]*)"', body))
        ]
        assert not [body for body in bodies if CANARY in "".join(re.findall(r'^ +"([^":]*)"', body, re.MULTILINE))]
        echoed = [path for path in (tmp_path / "kept").rglob("*.json*") if "[redacted]" in path.read_text()]
        assert len(echoed) > 20
        replayed = command("run", "--cassettes", "kept", *some)
        assert {case["id"]: case["verdicts"] for case in replayed.results["cases"]}
        verified = command("verify", "kept", report=False, token=CANARY)
        assert "no secret found" in verified.out, verified.out


def test_what_a_target_file_sends_along_is_not_kept(command: Command, gateway: str, tmp_path: Path) -> None:
    sent = {"x-acme-sig": "sig/0b5e55ed=f00d", "cf-access-client-id": "7e57c0de.access"}

    def echo(_path: str, _sent: bytes, answer: Answer) -> Answer:
        said = answer.body.replace(b"I read: ", f"I read {' and '.join(sent.values())}: ".encode())
        return Answer(answer.status, answer.headers | {"server": sent["x-acme-sig"]}, said)

    with proxy(gateway, echo) as target:
        lines = [f'name = "acme-gateway"\n[surfaces]\nchat = "{target.url}/ai-gateway/mlflow/v1"\n[headers]']
        (tmp_path / "acme.toml").write_text(
            "\n".join([*lines, *(f'{name} = "{value}"' for name, value in sent.items())])
        )
        done = command(
            "record", "--cassettes=kept", "--target=acme.toml", "--corpus=none", "-k", "stream", token=CANARY
        )
    assert done.code in (0, 1, 2), (done.out, done.err)
    (tmp_path / "acme.toml").unlink()
    texts = [done.out, done.err, *(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())]
    assert any("I read [redacted] and [redacted]: " in text for text in texts)
    assert not [text for text in texts for value in sent.values() if value in text]


@pytest.mark.parametrize("token", ["text", "gemini", "messages", "v1beta"])
def test_a_token_that_is_a_word_of_the_api(command: Command, token: str) -> None:
    some = ("--corpus", "none", "-k", "RESP-400-STORE or GEM-PATH or CHAT-SCHEMA")
    with running(token=token) as url:
        done = command("record", "--cassettes=kept", "--base-url", url, *some, token=token)
    assert done.code == 0, done.out
    note = "the token (DATABRICKS_TOKEN) is a mere word or very short: it is not cut out of what is kept"
    assert done.out.count(note) == 1
    replayed = command("run", "--cassettes=kept", *some, token=token)
    assert (replayed.code, note in replayed.out) == (0, False), replayed.out
    assert replayed.results["cases"]


def test_the_canary_is_in_no_message_of_a_run_that_does_not_begin(command: Command, gateway: str) -> None:
    def refused(_path: str, _sent: bytes, _answer: Answer) -> Answer:
        return Answer(401, {"x": SAID, "content-type": "application/json"}, json.dumps({"message": SAID}).encode())

    with proxy(gateway, refused) as target:
        done = command("run", "--base-url", target.url, token=CANARY)
    assert done.code == 4
    assert "the token is refused (401)" in done.out + done.err
    assert not leaks("output", done.out + done.err)


@pytest.mark.parametrize("token", [f"{CANARY}\n", f"{CANARY} ä", f"{CANARY}\r\nX-More: 1"])
def test_a_token_that_no_header_can_carry_is_told_without_it(command: Command, gateway: str, token: str) -> None:
    done = command("run", "--base-url", gateway, "--surface", "chat", "-k", "data_uri", token=token)
    assert not leaks("output", done.out + done.err)
    assert "Traceback" not in done.out + done.err
    assert done.code == 4, done.out
