"""A secret is found in whatever pieces a gateway hands it back, and what stands around it stays as it was."""

import base64
import json
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.wire.exchange import Chunk, Exchange, Request, Response
from conformance.wire.redact import Redactor

TOKEN = "dapi0123-canary_CANARY.89ab/=+"
HOST = "adb-1234567890123456.7.azuredatabricks.net"
REDACTOR = Redactor(TOKEN, (f"https://{HOST}/ai-gateway",), ["key-of-a-team-77", "search"])


def pieces(text: str, cuts: set[int]) -> list[str]:
    ends = [0, *sorted(cut for cut in cuts if 0 < cut < len(text)), len(text)]
    return [text[start:end] for start, end in pairwise(ends)]


def joined(body: bytes) -> str:
    """All that the strings of a stream's events say, put together."""
    found = []

    def walk(value: object) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict | list):
            for member in value.values() if isinstance(value, dict) else value:
                walk(member)

    for line in body.decode().split("\n"):
        if line.startswith("data: {"):
            walk(json.loads(line[6:]))
    return "".join(found)


def chat(deltas: list[str], *, ascii_only: bool) -> bytes:
    events = [
        {"id": f"chatcmpl-{number}", "choices": [{"index": 0, "delta": {"role": "assistant", "content": delta}}]}
        for number, delta in enumerate(deltas)
    ]
    return b"".join(b"data: " + json.dumps(event, ensure_ascii=ascii_only).encode() + b"\n\n" for event in events)


SPELLINGS = [
    TOKEN,
    base64.b64encode(TOKEN.encode()).decode(),
    base64.b64encode(b"token:" + TOKEN.encode()).decode(),
    base64.urlsafe_b64encode(b"x" + TOKEN.encode()).decode(),
    HOST,
    HOST.upper(),
    "1234567890123456",
    "key-of-a-team-77",
]


@pytest.mark.parametrize("secret", SPELLINGS)
@given(
    cuts=st.sets(st.integers(1, 60)), before=st.text(max_size=10), after=st.text(max_size=10), ascii_only=st.booleans()
)
def test_split_over_the_deltas_of_a_stream(
    secret: str, cuts: set[int], before: str, after: str, ascii_only: bool
) -> None:
    body = chat([before, *pieces(secret, cuts), after], ascii_only=ascii_only)
    cleaned = REDACTOR.redact_bytes(body)
    said = "".join(event["choices"][0]["delta"]["content"] for event in events_of(cleaned))
    assert TOKEN not in said
    assert secret not in said
    assert said.startswith(before)
    assert said.endswith(after)
    assert len(events_of(cleaned)) == len(events_of(body))


def events_of(body: bytes) -> list[dict[str, list[dict[str, dict[str, str]]]]]:
    return [json.loads(line[6:]) for line in body.split(b"\n") if line.startswith(b"data: ")]


@given(st.sets(st.integers(1, 29)))
def test_split_over_the_strings_of_a_body(cuts: set[int]) -> None:
    split = pieces(TOKEN, cuts)
    for body in (
        {"a": split},
        {f"m{number}": piece for number, piece in enumerate(split)},
        [[{"t": p}] for p in split],
    ):
        cleaned = REDACTOR.redact_bytes(json.dumps(body, indent=1).encode())
        json.loads(cleaned)
        assert all(piece not in cleaned.decode() for piece in split if len(piece) > 6)
        assert cleaned.count(b"[redacted]") == 1


@given(st.sets(st.integers(1, 29)))
def test_split_over_lines_that_are_no_json(cuts: set[int]) -> None:
    split = pieces(TOKEN, cuts)
    cleaned = REDACTOR.redact_bytes("".join(f"data: {piece}\n\n" for piece in split).encode())
    assert cleaned.count(b"\n\n") == len(split)
    assert all(piece not in cleaned.decode() for piece in split if len(piece) > 6)


@given(st.lists(st.booleans(), min_size=len(TOKEN), max_size=len(TOKEN)))
def test_escaped_in_any_way(which: list[bool]) -> None:
    in_json = "".join(f"\\u{ord(c):04x}" if escaped else c for c, escaped in zip(TOKEN, which, strict=True))
    in_url = "".join(f"%{ord(c):02X}" if escaped else c for c, escaped in zip(TOKEN, which, strict=True))
    assert REDACTOR.redact_bytes(f'{{"t": "{in_json}!"}}'.encode()) == b'{"t": "[redacted]!"}'
    assert REDACTOR.redact_bytes(f"/path?t={in_url}&u=1".encode()) == b"/path?t=[redacted]&u=1"


@given(
    st.binary(max_size=200)
    | st.lists(
        st.sampled_from([b"\\n", b"\\u00e9", b"\\u", b"number", b"sudden", b'"', b": ", b"%", b"%41", b"u0041x"])
    ).map(lambda words: b'{"t": "' + b"".join(words) + b'"}')
)
@example(b'"\\nnumber\\n"')
def test_what_holds_no_secret_stays_as_it_was(data: bytes) -> None:
    assert REDACTOR.redact_bytes(data) == data


@given(st.sets(st.integers(1, 400)), st.sets(st.integers(1, 29)))
def test_chunks_stay_where_they_were(at: set[int], cuts: set[int]) -> None:
    body = chat(["before", *pieces(TOKEN, cuts), "after"], ascii_only=True)
    ends = [0, *sorted(end for end in at if end < len(body)), len(body)]
    chunks = tuple(Chunk(body[start:end], float(number)) for number, (start, end) in enumerate(pairwise(ends)))
    cleaned = REDACTOR.response(Response(200, {}, chunks))
    assert cleaned.body == REDACTOR.redact_bytes(body)
    assert [chunk.at for chunk in cleaned.chunks] == [chunk.at for chunk in chunks]


def test_ids_that_the_target_tells_are_cut_out_from_then_on() -> None:
    redactor = Redactor("", ("https://example.net",))
    answer = Response(
        200,
        {"x-databricks-org-id": "7777777712345678", "content-type": "text/plain"},
        (Chunk(b"o=7777777712345678", 0),),
    )
    arrived = redactor.redact_exchange(Exchange(Request("GET", "https://example.net/", {}), answer, "from example.net"))
    assert arrived.response == Response(200, {"content-type": "text/plain"}, (Chunk(b"o=[redacted]", 0),))
    assert arrived.failure == "from gateway.invalid"
    assert redactor.text("?o=7777777712345678") == "?o=[redacted]"


@pytest.mark.parametrize(
    "word", ["token", "anything", "test", "type", "a-key", "Responses", "chatcompletions", "v1beta"]
)
def test_a_token_that_is_a_word_does_not_tear_up_what_is_judged_or_kept(word: str) -> None:
    redactor = Redactor(word, more=[word])
    body = json.dumps({"prompt_tokens": 1, word: "a", "latest": f"x {word} x"}).encode()
    response = Response(200, {"location": f"/{word}/1"}, (Chunk(body, 0),))
    assert redactor.response(response) == response
    assert redactor.redact_bytes(body) == body
    assert redactor.text(f"/{word}:x") == f"/{word}:x"


def test_a_large_body_takes_little_time_and_memory() -> None:
    body = chat([f"word {number} " for number in range(20_000)] + pieces(TOKEN, set(range(1, 30, 3))), ascii_only=True)
    cleaned = REDACTOR.redact_bytes(body)
    assert TOKEN not in joined(cleaned)
    assert joined(body).count("word") == joined(cleaned).count("word")
