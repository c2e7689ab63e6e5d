"""What a hostile or broken target does: each a function, with one sentence that says what it is."""

import base64
import gzip
import json
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import chain, repeat
from typing import Any, Literal

from tests.hostile.server import Behaviour, Caller, Received, head

Verdict = Literal["passed", "warned", "failed", "inconclusive"]

MEGABYTE = 1_000_000
EVENT = b'data: {"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'`]]>--> \x1b[31mred\x1b[2J \x1b]0;title\x07 \x9b31m "
    "\u202egnitide\u2066 \r\nINJECTED: line \x00 \ufeff"
)
EVIL_HEADER = "<script>alert(1)</script> \u202e"


@dataclass(frozen=True)
class Spot:
    """The request that is attacked, the case that sends it, and the cases that run with it."""

    case: str
    surface: str
    keyword: str
    picks: Callable[[Received], bool]


def _is_plain(request: Received) -> bool:
    body = request.json
    return request.path.endswith("/chat/completions") and isinstance(body, dict) and set(body) == {"model", "messages"} and (
        [message["role"] for message in body["messages"]] == ["user"]
    )  # fmt: skip


def _is_stream(request: Received) -> bool:
    body = request.json
    return isinstance(body, dict) and set(body) == {"model", "messages", "stream"} and "claude" in str(body["model"])


def _is_stored(request: Received) -> bool:
    return isinstance(request.json, dict) and "store" in request.json


PLAIN = Spot(
    "chat/chat_completions.expected_response", "chat", "expected_response or system_message or max_tokens_is_kept", _is_plain
)  # fmt: skip
STREAM = Spot("chat/streaming.stream-claude", "chat", "test_stream and (claude or gemini)", _is_stream)
REFUSED = Spot(
    "responses/unsupported_parameters.refused-store", "responses", "test_refused and not path and not when", _is_stored
)


@dataclass(frozen=True)
class Hostile:
    """One behaviour: where it strikes, what it does, and the verdicts that the case may then get."""

    name: str
    says: str
    spot: Spot
    verdicts: tuple[Verdict, ...]
    act: Behaviour


HOSTILE: dict[str, Hostile] = {}


def behaviour(spot: Spot, *verdicts: Verdict) -> Callable[[Behaviour], Behaviour]:
    """Registers a function as a behaviour, named like it."""

    def register(act: Behaviour) -> Behaviour:
        name = act.__name__.replace("_", " ")
        assert act.__doc__, name
        HOSTILE[name] = Hostile(name, act.__doc__, spot, verdicts, act)
        return act

    return register


# --- Time -------------------------------------------------------------------------------------------------------------


@behaviour(PLAIN, "inconclusive")
def hang_before_the_headers(caller: Caller) -> None:
    """Takes the request and says nothing."""
    caller.hang()


@behaviour(PLAIN, "inconclusive")
def hang_after_the_headers(caller: Caller) -> None:
    """Sends the headers and no byte of the body."""
    caller.send(head(content_length="100"))
    caller.hang()


@behaviour(STREAM, "inconclusive")
def hang_in_the_stream(caller: Caller) -> None:
    """Sends one event and then nothing more."""
    caller.send(head(content_type="text/event-stream"), EVENT)
    caller.hang()


@behaviour(PLAIN, "inconclusive")
def drip_headers(caller: Caller) -> None:
    """Sends a header byte by byte, never silent for long, without end."""
    caller.drip(chain([b"HTTP/1.1 200 OK\r\nX-Drip: "], repeat(b"a")))


@behaviour(PLAIN, "inconclusive")
def drip_body(caller: Caller) -> None:
    """Sends a body byte by byte, never silent for long."""
    caller.send(head(content_length="100000"))
    caller.drip(repeat(b" "))


@behaviour(PLAIN, "inconclusive")
def continue_for_ever(caller: Caller) -> None:
    """Says 100 Continue again and again."""
    caller.drip(repeat(b"HTTP/1.1 100 Continue\r\n\r\n"))


# --- Size -------------------------------------------------------------------------------------------------------------


@behaviour(STREAM, "inconclusive")
def events_for_ever(caller: Caller) -> None:
    """Streams events without end, as fast as they are taken."""
    caller.send(head(content_type="text/event-stream"), *repeat(EVENT * 100, 10_000))


@behaviour(STREAM, "inconclusive")
def comments_for_ever(caller: Caller) -> None:
    """Streams keep-alive comments without end."""
    caller.send(head(content_type="text/event-stream"), *repeat(b":\n" * 10_000, 10_000))


@behaviour(STREAM, "inconclusive")
def tiny_chunks_for_ever(caller: Caller) -> None:
    """Streams a line without end, one byte a chunk."""
    sent = head(content_type="text/event-stream", transfer_encoding="chunked")
    caller.send(sent, *repeat(b"1\r\na\r\n" * 10_000, 10_000))


@behaviour(STREAM, "inconclusive")
def one_line_of_30_MB(caller: Caller) -> None:  # noqa: N802
    """Streams one event of 30 MB."""
    caller.send(head(content_type="text/event-stream"), b"data: ", *repeat(b"a" * MEGABYTE, 30), b"\n\n")


@behaviour(PLAIN, "inconclusive")
def body_of_200_MB(caller: Caller) -> None:  # noqa: N802
    """Sends 200 MB, and says so."""
    caller.send(head(content_length=str(200 * MEGABYTE)), *repeat(b" " * MEGABYTE, 200))


@behaviour(PLAIN, "inconclusive")
def body_of_200_MB_unannounced(caller: Caller) -> None:  # noqa: N802
    """Sends 200 MB without telling the length."""
    caller.send(head(), *repeat(b" " * MEGABYTE, 200))


@behaviour(PLAIN, "inconclusive")
def ten_million_empty_lists(caller: Caller) -> None:
    """Sends a small body that takes a gigabyte once it is read."""
    caller.send(head(), b"[", *repeat(b"[]," * 100_000, 100), b"[]]")


@behaviour(PLAIN, "passed")
def string_of_14_MB(caller: Caller) -> None:  # noqa: N802
    """Answers rightly, at enormous length, with a character that makes Python take four bytes for each."""
    answer = caller.json()
    answer["choices"][0]["message"]["content"] = "🦀" + "a" * (14 * MEGABYTE)
    caller.answer(json.dumps(answer, ensure_ascii=False).encode())


@behaviour(PLAIN, "failed")
def wrong_choices_by_the_hundred_thousand(caller: Caller) -> None:
    """Answers with nearly as many values as are read, none of which is a choice."""
    caller.answer(json.dumps({**caller.json(), "choices": [{}] * 240_000}).encode())


@behaviour(STREAM, "failed", "inconclusive")
def wrong_events_by_the_ten_thousand(caller: Caller) -> None:
    """Streams thirty thousand events, none of which is one."""
    caller.send(head(content_type="text/event-stream"), b"data:[]\n\n" * 30_000)


def _bomb(wbits: int) -> bytes:
    """2 GB of zeros in 2 MB: one compressed megabyte that needs nothing before it, again and again."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, wbits)
    beginning = squeeze.compress(b"\0" * MEGABYTE) + squeeze.flush(zlib.Z_FULL_FLUSH)
    again = squeeze.compress(b"\0" * MEGABYTE) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return beginning + again * 2000


@behaviour(PLAIN, "inconclusive")
def gzip_bomb(caller: Caller) -> None:
    """Sends 2 MB of gzip that are 2 GB of zeros."""
    caller.answer(_bomb(16 + zlib.MAX_WBITS), content_encoding="gzip")


@behaviour(PLAIN, "inconclusive")
def deflate_bomb(caller: Caller) -> None:
    """The same as deflate."""
    caller.answer(_bomb(zlib.MAX_WBITS), content_encoding="deflate")


@behaviour(PLAIN, "inconclusive")
def header_of_1_MB(caller: Caller) -> None:  # noqa: N802
    """Sends one huge header."""
    caller.send(b"HTTP/1.1 200 OK\r\nX-Huge: ", *repeat(b"a" * 10_000, 100), b"\r\n\r\n")


@behaviour(PLAIN, "inconclusive")
def ten_thousand_headers(caller: Caller) -> None:
    """Sends 200 KB of different headers."""
    caller.send(b"HTTP/1.1 200 OK\r\n", *(b"X-Header-%05d: 1\r\n" % number for number in range(10_000)), b"\r\n")


@behaviour(PLAIN, "passed")
def ten_thousand_times_the_same_header(caller: Caller) -> None:
    """Answers rightly, with one header ten thousand times."""
    body = caller.body()
    caller.send(head(content_length=str(len(body)))[:-2], b"A: b\r\n" * 10_000, b"\r\n", body)


# --- Framing ----------------------------------------------------------------------------------------------------------


@behaviour(PLAIN, "inconclusive")
def content_length_too_long(caller: Caller) -> None:
    """Announces a hundred bytes more than it sends."""
    body = caller.body()
    caller.send(head(content_length=str(len(body) + 100)), body)


@behaviour(PLAIN, "failed")
def content_length_too_short(caller: Caller) -> None:
    """Announces twenty bytes of a long body."""
    caller.send(head(content_length="20"), caller.body())


@behaviour(PLAIN, "failed")
def answer_to_the_next_request(caller: Caller) -> None:
    """Sends a second response behind the first, which must not become the answer to another request."""
    caller.send(head("418 Teapot", content_length="2") + b"{}" + head("500 Smuggled", content_length="2") + b"{}")


@behaviour(STREAM, "inconclusive")
def wrong_size_of_a_chunk(caller: Caller) -> None:
    """Writes something else than a number where the size of a chunk belongs."""
    caller.send(head(content_type="text/event-stream", transfer_encoding="chunked"), b"5\r\ndata:\r\nxyz\r\n")


@behaviour(STREAM, "inconclusive")
def reset_in_the_middle(caller: Caller) -> None:
    """Resets the connection within the stream."""
    caller.send(head(content_type="text/event-stream"), EVENT)
    caller.drip(iter([EVENT]))
    caller.reset()


@behaviour(PLAIN, "inconclusive")
def reset_before_any_byte(caller: Caller) -> None:
    """Resets the connection instead of answering."""
    caller.reset()


@behaviour(PLAIN, "inconclusive")
def close_before_any_byte(_caller: Caller) -> None:
    """Closes the connection instead of answering."""


@behaviour(PLAIN, "inconclusive")
def random_bytes(caller: Caller) -> None:
    """Answers with noise."""
    caller.send(random.Random(6).randbytes(5000))


@behaviour(PLAIN, "inconclusive")
def ssh_banner(caller: Caller) -> None:
    """Answers as another service would, and waits."""
    caller.send(b"SSH-2.0-OpenSSH_9.6\r\n")
    caller.hang()


@behaviour(PLAIN, "inconclusive")
def no_headers_at_all(caller: Caller) -> None:
    """Answers with the bare body, as in HTTP/0.9."""
    caller.send(caller.body())


@behaviour(PLAIN, "inconclusive")
def status_000(caller: Caller) -> None:
    """Answers with a status that is none."""
    caller.answer(caller.body(), "000 Nothing")


@behaviour(PLAIN, "failed")
def status_999(caller: Caller) -> None:
    """Answers with a status beyond all classes."""
    caller.answer(caller.body(), "999 Denied")


@behaviour(PLAIN, "inconclusive")
def switch_protocols(caller: Caller) -> None:
    """Answers with 101 Switching Protocols, which nobody asked for."""
    caller.send(
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", b"\x81\x05hello"
    )


# --- Encodings --------------------------------------------------------------------------------------------------------


@behaviour(PLAIN, "passed")
def gzip_unasked(caller: Caller) -> None:
    """Answers rightly, compressed though identity was asked for."""
    caller.answer(gzip.compress(caller.body()), content_encoding="gzip")


@behaviour(PLAIN, "inconclusive")
def brotli_unasked(caller: Caller) -> None:
    """Says that the body is in an encoding that was not asked for."""
    caller.answer(b"\x0b\x02\x80{}\x03", content_encoding="br")


@behaviour(PLAIN, "inconclusive")
def gzip_without_end(caller: Caller) -> None:
    """Cuts the compressed body in half, and announces just that."""
    body = gzip.compress(caller.body())
    caller.answer(body[: len(body) // 2], content_encoding="gzip")


@behaviour(PLAIN, "failed")
def invalid_utf_8_in_json(caller: Caller) -> None:
    """Puts bytes into a string that are no UTF-8."""
    caller.answer(caller.body().replace(b'"id":"', b'"id":"\xff\xfe\xc3'))


@behaviour(STREAM, "failed")
def invalid_utf_8_in_events(caller: Caller) -> None:
    """Puts bytes into the events that are no UTF-8."""
    caller.answer(caller.events().replace(b'"id":"', b'"id":"\xff\xfe\xc3'), content_type="text/event-stream")


@behaviour(PLAIN, "failed")
def byte_order_mark(caller: Caller) -> None:
    """Begins the JSON with a byte order mark, which JSON forbids."""
    caller.answer(b"\xef\xbb\xbf" + caller.body())


@behaviour(PLAIN, "failed")
def nul_bytes(caller: Caller) -> None:
    """Puts NUL bytes into a string."""
    caller.answer(caller.body().replace(b'"id":"', b'"id":"\0\0'))


@behaviour(PLAIN, "passed")
def lone_surrogates(caller: Caller) -> None:
    """Answers rightly, with half a character in the text."""
    answer = caller.json()
    answer["choices"][0]["message"]["content"] = "half \ud83d and \udc4b"
    caller.answer(json.dumps(answer).encode())


# --- JSON -------------------------------------------------------------------------------------------------------------


@behaviour(PLAIN, "failed")
def json_100_000_deep(caller: Caller) -> None:
    """Nests lists a hundred thousand deep."""
    caller.answer(b'{"choices":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


@behaviour(PLAIN, "passed")
def duplicate_keys(caller: Caller) -> None:
    """Says everything twice: as with most readers, the last one counts."""
    caller.answer(b'{"id":0,"object":1,"choices":2,"usage":3,' + caller.body()[1:])


@behaviour(PLAIN, "failed")
def not_a_number(caller: Caller) -> None:
    """Tells numbers that JSON does not have."""
    caller.answer(json.dumps({**caller.json(), "created": float("nan"), "usage": float("-inf")}).encode())


@behaviour(PLAIN, "failed")
def integer_of_10_000_digits(caller: Caller) -> None:
    """Tells a number that no client can hold."""
    caller.answer(caller.body().replace(b'"prompt_tokens":', b'"prompt_tokens":' + b"9" * 10_000))


@behaviour(PLAIN, "failed")
def empty_200(caller: Caller) -> None:
    """Says 200 and nothing else."""
    caller.answer(b"")


@behaviour(PLAIN, "failed")
def status_204(caller: Caller) -> None:
    """Says that there is no content where JSON belongs."""
    caller.send(b"HTTP/1.1 204 No Content\r\n\r\n")


@behaviour(PLAIN, "failed")
def html_with_200(caller: Caller) -> None:
    """Answers with the page of a login."""
    caller.answer(b"<!doctype html><title>Sign in</title><h1>Sign in</h1>", content_type="text/html")


@behaviour(REFUSED, "failed")
def html_with_200_where_400_belongs(caller: Caller) -> None:
    """Answers what has to be refused with the page of a login."""
    caller.answer(b"<!doctype html><title>Sign in</title><h1>Sign in</h1>", content_type="text/html")


@behaviour(PLAIN, "failed", "warned")
def json_labelled_as_html(caller: Caller) -> None:
    """Answers rightly, under a wrong content type."""
    caller.answer(caller.body(), content_type="text/html")


@behaviour(STREAM, "failed")
def events_labelled_as_json(caller: Caller) -> None:
    """Streams rightly, under a wrong content type."""
    caller.answer(caller.events())


# --- Waiting ----------------------------------------------------------------------------------------------------------


@behaviour(PLAIN, "inconclusive")
def busy_for_ever(caller: Caller) -> None:
    """Says 429 and to come back in an hour."""
    caller.answer(b'{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"slow down"}', "429 Busy", retry_after="3600")


@behaviour(PLAIN, "passed")
def busy_twice(caller: Caller) -> None:
    """Says 429 twice, then answers rightly."""
    if caller.tries > 2:
        caller.pass_on()
    else:
        caller.answer(b"{}", "429 Busy", retry_after="0")


@behaviour(PLAIN, "inconclusive")
def away_until_a_date(caller: Caller) -> None:
    """Says 503 until a date that is an hour away."""
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    caller.answer(b"{}", "503 Away", retry_after=date)


@behaviour(PLAIN, "failed")
def redirect_to_another_host(caller: Caller) -> None:
    """Sends the client elsewhere: the test listens there."""
    caller.answer(b"", "307 Temporary Redirect", location=f"{caller.elsewhere}/ai-gateway/mlflow/v1/chat/completions")


# --- What is said -----------------------------------------------------------------------------------------------------


def everywhere(value: Any, text: str) -> Any:
    """A JSON value with `text` for every string, and in every key beside the known ones."""
    if isinstance(value, dict):
        return {key: everywhere(inner, text) for key, inner in value.items()} | {text: text}
    if isinstance(value, list):
        return [everywhere(inner, text) for inner in value]
    return text if isinstance(value, str) else value


@behaviour(PLAIN, "failed")
def scripts_and_escapes(caller: Caller) -> None:
    """Puts markup, terminal escapes, controls and bidirectional marks into every string and a header."""
    body = json.dumps(everywhere(caller.json(), EVIL)).encode()
    caller.answer(body, server=EVIL_HEADER, location=EVIL_HEADER)


@behaviour(REFUSED, "failed")
def scripts_and_escapes_in_an_error(caller: Caller) -> None:
    """Breaks with a message of markup, terminal escapes, controls and bidirectional marks."""
    error = {"error_code": EVIL, "message": EVIL, "error": {"message": EVIL, "type": EVIL}}
    caller.answer(json.dumps(error, ensure_ascii=False).encode(), "500 Broken", www_authenticate=EVIL_HEADER)


@behaviour(STREAM, "failed")
def scripts_and_escapes_in_events(caller: Caller) -> None:
    """Streams markup, terminal escapes, controls and bidirectional marks, as they are: no JSON."""
    caller.answer(b"data: " + EVIL.encode() + b"\n\n", content_type="text/event-stream")


def _secrets(caller: Caller) -> tuple[str, str]:
    """The credential as it was sent: the token, and the same in base64."""
    token = caller.request.headers["authorization"].rpartition(" ")[2]
    return token, base64.b64encode(b"token:" + token.encode()).decode()


@behaviour(PLAIN, "failed")
def token_in_every_string(caller: Caller) -> None:
    """Echoes the credential in every string, every object and a header."""
    token, encoded = _secrets(caller)
    body = json.dumps(everywhere(caller.json(), f"{token} {encoded} x{token}x")).encode()
    caller.answer(body, server=token, location=f"https://elsewhere.invalid/?token={token}")


@behaviour(REFUSED, "failed")
def token_in_an_error(caller: Caller) -> None:
    """Echoes the credential in an error, split by an escape."""
    token, encoded = _secrets(caller)
    error = {"error_code": token, "message": f"no: {encoded} {token[:9]}"}
    body = json.dumps(error)[:-2] + f"\\u{ord(token[9]):04x}{token[10:]}" + '"}'
    caller.answer(body.encode(), "500 Broken", www_authenticate=f"Bearer {token}")


@behaviour(PLAIN, "inconclusive")
def token_instead_of_http(caller: Caller) -> None:
    """Echoes the credential where the status line belongs."""
    caller.send(_secrets(caller)[0].encode() + b"\r\n\r\n")


@behaviour(PLAIN, "inconclusive")
def token_as_encoding(caller: Caller) -> None:
    """Echoes the credential as the name of an encoding."""
    caller.answer(caller.body(), content_encoding=_secrets(caller)[0])
