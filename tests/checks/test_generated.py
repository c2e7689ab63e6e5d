"""Answers to requests that were made from the specs: every way in which a legal one and a broken one may end."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.checks.findings import Finding, collect
from conformance.checks.generated import (
    ANSWER,
    EVENT,
    MEMBERS,
    answer_fits,
    broken_is_refused,
    broken_is_the_clients,
    legal_is_answered,
)
from conformance.checks.schema import validator
from conformance.checks.verdicts import judge
from conformance.wire.exchange import Chunk, Exchange, Request, Response

from .samples import (
    CHAT,
    CHUNKS,
    EVENTS,
    GEMINI,
    GEMINI_EVENTS,
    GONE,
    RESPONSE,
    THINKING,
    answered,
    bytes_of,
    change,
    seen,
    streamed,
    told,
    unanswered,
)  # fmt: skip
from .test_never_raises import JSON

WHAT = "enum value at stop of createChatCompletion"
OPENAI = {"error": {"message": "stop is not supported", "type": "invalid_request_error"}}
HTML = b"<!doctype html><title>Bad Gateway</title>"
OK = answered(CHAT)
REFUSED, BROKEN = answered(OPENAI, 400), answered({"message": "oops", "error_code": "INTERNAL_ERROR"}, 500)
DROPPED = unanswered("RemoteProtocolError: Server disconnected", dropped=True)
CUT = Exchange(OK.request, OK.response, "the answer broke off after 9 bytes (ReadError)")
LATER = [answered(OPENAI, status) for status in (408, 429, 502, 503, 504, 529)]
NO_GROUND = [unanswered(), CUT, *LATER]
"""No ground for a verdict: too slow, cut off, or told to come back later."""


def is_answered() -> Exchange:
    return OK


def not_asked() -> Exchange:
    raise AssertionError("this verdict needs no control")


def gives(control: Exchange) -> Callable[[], Exchange]:
    return lambda: control


def one(findings: Iterator[Finding]) -> Finding:
    (found,) = findings
    return found


def asking(exchange: Exchange, body: bytes, method: str = "POST") -> Exchange:
    """The same answer, to a request with this body."""
    return Exchange(Request(method, "http://gateway.invalid/", {}, body), exchange.response)


# --- legal_is_answered


@pytest.mark.parametrize("status", [200, 201, 204])
@pytest.mark.parametrize("promised", [(), ("CHAT-PATH",)])
@pytest.mark.parametrize("shown", [True, False])
def test_a_legal_request_that_is_answered(status: int, promised: tuple[str, ...], shown: bool) -> None:
    found = legal_is_answered(answered(CHAT, status), not_asked, WHAT, shown=shown, promised_by=promised)
    assert seen(found) == [str(status)]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 422, 451, 307])
@pytest.mark.parametrize("shown", [True, False])
def test_what_nothing_promises_may_be_refused(status: int, shown: bool) -> None:
    found = one(legal_is_answered(answered(OPENAI, status), not_asked, WHAT, shown=shown))
    assert (found.kind, found.message) == ("observation", f"refused: {WHAT}")
    assert found.actual == f"{status}, invalid_request_error stop is not supported"


def test_an_error_under_200_is_a_refusal() -> None:
    found = one(legal_is_answered(answered(OPENAI), not_asked, WHAT, shown=True))
    assert (found.kind, found.message) == ("observation", f"refused: {WHAT}")
    found = one(legal_is_answered(answered(OPENAI), is_answered, WHAT, shown=True, promised_by=("CHAT-PATH",)))
    assert (found.kind, found.actual) == ("violation", "200, invalid_request_error stop is not supported")


@pytest.mark.parametrize(
    ("promised", "says"),
    [(("A",), "promised by A"), (("A", "B"), "promised by A and B"), (("A", "B", "C"), "promised by A and B and C")],
)
def test_what_is_promised_may_not_be_refused_where_the_plain_request_is_answered(
    promised: tuple[str, ...], says: str
) -> None:
    found = one(legal_is_answered(REFUSED, is_answered, WHAT, shown=True, promised_by=promised))
    assert (found.kind, found.expected) == ("violation", "2xx")
    assert found.message.startswith(f"{WHAT} is refused, though {says}")
    assert found.actual == "400, invalid_request_error stop is not supported"


@pytest.mark.parametrize("control", [REFUSED, BROKEN, DROPPED, *NO_GROUND])
@pytest.mark.parametrize("exchange", [REFUSED, BROKEN, DROPPED])
def test_where_the_plain_request_is_in_trouble_too_nothing_is_decided(exchange: Exchange, control: Exchange) -> None:
    found = one(legal_is_answered(exchange, gives(control), WHAT, shown=True, promised_by=("CHAT-PATH",)))
    assert found.kind == "undecided"
    assert WHAT in found.message


def test_the_plain_request_is_its_own_control() -> None:
    found = one(legal_is_answered(REFUSED, not_asked, WHAT, shown=True, promised_by=("CHAT-PATH",), plain=True))
    assert found.kind == "violation"
    found = one(legal_is_answered(BROKEN, not_asked, WHAT, shown=True, plain=True))
    assert found.kind == "violation"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("plain", [True, False])
def test_a_refused_credential_decides_nothing(status: int, plain: bool) -> None:
    found = legal_is_answered(
        answered(OPENAI, status), is_answered, WHAT, shown=True, promised_by=("CHAT-PATH",), plain=plain
    )
    assert one(found).kind == "undecided"


@pytest.mark.parametrize("exchange", [BROKEN, answered(HTML, 500), answered(b"x", 505), DROPPED])
@pytest.mark.parametrize(("shown", "kind"), [(True, "violation"), (False, "warning")])
@pytest.mark.parametrize("promised", [(), ("CHAT-PATH",)])
def test_no_legal_request_breaks_the_target(
    exchange: Exchange, shown: bool, kind: str, promised: tuple[str, ...]
) -> None:
    found = one(legal_is_answered(exchange, is_answered, WHAT, shown=shown, promised_by=promised))
    assert (found.kind, found.message) == (kind, f"{WHAT} breaks the target")
    assert found.expected == "2xx, or 4xx where nothing promises it"
    told_how = "the connection is dropped: RemoteProtocolError" if exchange.dropped else f"{exchange.status}, "
    assert found.actual.startswith(told_how)


@pytest.mark.parametrize("exchange", NO_GROUND)
def test_a_legal_request_without_an_answer_decides_nothing(exchange: Exchange) -> None:
    found = one(legal_is_answered(exchange, not_asked, WHAT, shown=True, promised_by=("CHAT-PATH",)))
    assert found.kind == "undecided"
    assert found.message.startswith(f"{WHAT}: ")


FETCH = {"error": {"message": "Failed to fetch the file", "type": "invalid_request_error"}}
LINK = b'{"contents":[{"parts":[{"fileData":{"fileUri":"https://example.com/a.mp3"}}]}]}'


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_medium_that_could_not_be_fetched_is_no_matter_of_the_request(status: int) -> None:
    exchange = asking(answered(FETCH, status), LINK)
    found = one(legal_is_answered(exchange, not_asked, WHAT, shown=True, promised_by=("GEM-CAMELCASE",)))
    assert (found.kind, found.message) == ("observation", f"refused: {WHAT}")


def test_a_request_that_names_no_medium_does_not_hide_a_5xx_behind_one() -> None:
    exchange = asking(answered({"error": {"message": "Error loading attribute: NoneType"}}, 500), b'{"messages":[]}')
    assert one(legal_is_answered(exchange, is_answered, WHAT, shown=True)).kind == "violation"


# --- answer_fits


@pytest.mark.parametrize(
    ("surface", "body"),
    [("chat", CHAT), ("chat", THINKING), ("responses", RESPONSE), ("gemini", GEMINI),
     ("gemini", {"promptFeedback": {"blockReason": "SAFETY"}, "candidates": []})],
)  # fmt: skip
def test_an_answer_that_fits(surface: str, body: Any) -> None:
    assert list(answer_fits(answered(body), surface, WHAT)) == []
    assert list(answer_fits(answered(body | {"x_new": {"a": 1}}), surface, WHAT)) == [], "what is new is left alone"


@pytest.mark.parametrize(
    ("surface", "body"), [("chat", [*CHUNKS]), ("responses", [*EVENTS]), ("gemini", [*GEMINI_EVENTS])]
)
def test_a_stream_that_fits(surface: str, body: list[Any]) -> None:
    assert list(answer_fits(streamed(*body), surface, WHAT)) == []


PRINTED: list[tuple[str, Any, str, Any]] = [
    ("chat", CHAT, "created", "now"),
    ("chat", CHAT, "object", "chat"),
    ("chat", CHAT, "id", 7),
    ("chat", CHAT, "choices.0", []),
    ("chat", CHAT, "choices.0.index", "0"),
    ("chat", CHAT, "choices.0.message", "hi"),
    ("chat", CHAT, "choices.0.message.content", 7),
    ("chat", CHAT, "usage", []),
    ("chat", CHAT, "usage.prompt_tokens", "7"),
    ("chat", CHAT, "usage.total_tokens", None),
    ("responses", RESPONSE, "created_at", "now"),
    ("responses", RESPONSE, "object", "list"),
    ("responses", RESPONSE, "model", None),
    ("responses", RESPONSE, "output.1.content", "hi"),
    ("responses", RESPONSE, "usage.input_tokens", "7"),
    ("gemini", GEMINI, "candidates.0", "x"),
    ("gemini", GEMINI, "candidates.0.content", "x"),
    ("gemini", GEMINI, "candidates.0.content.parts", "x"),
    ("gemini", GEMINI, "candidates.0.content.parts.0.text", 7),
]
NOT_PRINTED: list[tuple[str, Any, str, Any]] = [
    ("chat", CHAT, "metadata", "none"),
    ("chat", CHAT, "system_fingerprint", 7),
    ("chat", CHAT, "choices.0.finish_reason", 7),
    ("chat", CHAT, "choices.0.message.refusal", 7),
    ("chat", CHAT, "usage.prompt_tokens_details", "x"),
    ("responses", RESPONSE, "metadata", "none"),
    ("responses", RESPONSE, "status", 7),
    ("responses", RESPONSE, "usage.output_tokens_details", "x"),
    ("gemini", GEMINI, "modelVersion", 7),
    ("gemini", GEMINI, "usageMetadata.totalTokenCount", "33"),
    ("gemini", GEMINI, "candidates.0.index", "0"),
]


@pytest.mark.parametrize(
    ("surface", "body", "path", "value", "kind"),
    [(*row, "violation") for row in PRINTED] + [(*row, "warning") for row in NOT_PRINTED],
)
def test_an_answer_with_another_kind_of_value(surface: str, body: Any, path: str, value: Any, kind: str) -> None:
    found = list(answer_fits(answered(change(body, (path, value))), surface, WHAT))
    assert {(one.kind, one.path) for one in found} == {(kind, path)}
    assert all(one.message.startswith(f"{WHAT}: {path} is not what {ANSWER[surface]}") for one in found)


@pytest.mark.parametrize(
    ("surface", "body", "gone", "path"),
    [
        ("chat", CHAT, "usage", ""),
        ("chat", CHAT, "usage.total_tokens", "usage"),
        ("chat", CHAT, "choices.0.index", "choices.0"),
        ("responses", RESPONSE, "id", ""),
        ("responses", RESPONSE, "output.1.content", "output.1"),
    ],
)
def test_an_answer_that_lacks_what_is_printed(surface: str, body: Any, gone: str, path: str) -> None:
    found = list(answer_fits(answered(change(body, (gone, GONE))), surface, WHAT))
    assert {(one.kind, one.path, one.actual) for one in found} == {("violation", path, "absent")}


def test_a_blocked_prompt_is_an_answer() -> None:
    blocked = {
        "promptFeedback": {"blockReason": "OTHER"},
        "usageMetadata": {"promptTokenCount": 4, "totalTokenCount": 4},
    }
    assert list(answer_fits(answered(blocked), "gemini", WHAT)) == []


def test_what_answers_where_no_request_is_shown_is_warned_of_at_most() -> None:
    found = list(answer_fits(answered([CHAT]), "chat", WHAT, shown=False))
    assert [one.kind for one in found] == ["warning"]


@pytest.mark.parametrize("surface", ["chat", "responses", "gemini"])
@pytest.mark.parametrize(
    "answer",
    [
        answered(HTML, media_type="text/html"), answered(b""), answered(b"", 204), answered(b"\xff"), answered("hi"),
        answered([CHAT]), answered(None), answered({}), answered({"choices": {}, "output": None, "candidates": "x"}),
        answered(b"data: {}\n\n"),
    ],
)  # fmt: skip
def test_an_answer_that_is_something_else(surface: str, answer: Exchange) -> None:
    found = one(answer_fits(answer, surface, WHAT))
    assert (found.kind, found.message) == ("violation", f"{WHAT} is answered with something else")
    assert all(member in found.expected for member in MEMBERS[surface])


@pytest.mark.parametrize("exchange", [REFUSED, BROKEN, DROPPED, answered(OPENAI), *NO_GROUND])
def test_what_is_no_answer_has_nothing_to_hold_against_the_spec(exchange: Exchange) -> None:
    assert one(answer_fits(exchange, "chat", WHAT)).kind == "inapplicable"


@pytest.mark.parametrize("data", [b"", b": ping\n\n", b"data: [DONE]\n\n"])
def test_an_empty_stream(data: bytes) -> None:
    found = one(answer_fits(answered(data, media_type="text/event-stream"), "chat", WHAT))
    assert (found.kind, found.message) == ("violation", f"{WHAT} is answered with an empty stream")


def test_a_stream_with_an_event_that_is_no_json() -> None:
    found = one(answer_fits(streamed(CHUNKS[0], b"{oops", *CHUNKS[1:]), "chat", WHAT))
    assert (found.kind, found.message) == ("violation", "event 1 is no JSON")


@pytest.mark.parametrize(
    ("surface", "events", "number", "path", "value"),
    [
        ("chat", CHUNKS, 1, "created", "now"),
        ("chat", CHUNKS, 4, "usage", "x"),
        ("responses", EVENTS, 6, "delta", 7),
        ("responses", EVENTS, -1, "response.output", "x"),
        ("gemini", GEMINI_EVENTS, 0, "candidates.0.content", "x"),
    ],
)
def test_an_event_that_does_not_fit_is_warned_once(
    surface: str, events: list[Any], number: int, path: str, value: Any
) -> None:
    bent = change(events[number], (path, value))
    found = one(answer_fits(streamed(*events, bent, bent), surface, WHAT))
    assert (found.kind, found.path) == ("warning", path)
    assert found.message.startswith(f"{WHAT}: {path} is not what {EVENT[surface]}")


def test_the_schemas_that_are_named_are_there() -> None:
    for schemas in (ANSWER, EVENT):
        for surface, component in schemas.items():
            assert validator(surface, component)


# --- broken_is_refused


def refused(exchange: Exchange, control: Callable[[], Exchange] = not_asked, **options: Any) -> Iterator[Finding]:
    return broken_is_refused(exchange, control, WHAT, **{"shown": True, **options})


@pytest.mark.parametrize("status", [400, 401, 404, 405, 413, 415, 422])
@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("forbidden_by", ["", "RESP-400-STORE"])
def test_a_broken_request_that_is_refused(status: int, shown: bool, forbidden_by: str) -> None:
    found = refused(answered(OPENAI, status), is_answered, shown=shown, forbidden_by=forbidden_by)
    assert seen(found) == [f"{status} openai"]


@pytest.mark.parametrize(
    "taken", [OK, answered(b"", 204), answered(HTML), answered({"x": 1}), streamed(*CHUNKS)],
    ids=["answered", "empty", "a web page", "something else", "streamed"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("shown", "forbidden_by", "kind", "says"),
    [
        (True, "", "warning", f"{WHAT} is taken"),
        (False, "", "observation", f"taken: {WHAT}"),
        (True, "RESP-400-STORE", "violation", f"{WHAT} is taken, though forbidden by RESP-400-STORE"),
        (False, "RESP-400-STORE", "violation", f"{WHAT} is taken, though forbidden by RESP-400-STORE"),
    ],
)
def test_a_broken_request_that_is_taken(taken: Exchange, shown: bool, forbidden_by: str, kind: str, says: str) -> None:
    found = one(refused(taken, shown=shown, forbidden_by=forbidden_by))
    assert (found.kind, found.message) == (kind, says)
    assert found.actual.startswith(f"{taken.status}, ")
    assert found.expected == ("" if kind == "observation" else "any 4xx")


@pytest.mark.parametrize("other", [answered(b"", 307, location="/sign-in"), answered(OPENAI, 200), answered(b"", 304)])
@pytest.mark.parametrize(("forbidden_by", "kind"), [("", "warning"), ("RESP-400-STORE", "violation")])
def test_what_is_no_4xx_is_no_refusal(other: Exchange, forbidden_by: str, kind: str) -> None:
    found = one(refused(other, is_answered, forbidden_by=forbidden_by))
    assert (found.kind, found.expected) == (kind, "any 4xx")


@pytest.mark.parametrize("control", [REFUSED, BROKEN, DROPPED, *NO_GROUND])
@pytest.mark.parametrize(("shown", "kind"), [(True, "undecided"), (False, "inapplicable")])
def test_a_refusal_tells_nothing_where_the_plain_request_is_in_trouble_too(
    control: Exchange, shown: bool, kind: str
) -> None:
    assert one(refused(REFUSED, gives(control), shown=shown)).kind == kind


@pytest.mark.parametrize("exchange", [BROKEN, answered(HTML, 500), DROPPED])
def test_what_breaks_the_target_is_judged_as_that(exchange: Exchange) -> None:
    assert one(refused(exchange, forbidden_by="RESP-400-STORE")).kind == "inapplicable"
    found = one(broken_is_the_clients(exchange, is_answered, WHAT))
    assert (found.kind, found.message, found.expected) == ("violation", f"{WHAT} breaks the target", "any 4xx")


@pytest.mark.parametrize("exchange", NO_GROUND)
def test_a_broken_request_without_an_answer_decides_nothing(exchange: Exchange) -> None:
    assert one(refused(exchange, forbidden_by="RESP-400-STORE")).kind == "undecided"
    assert one(broken_is_the_clients(exchange, not_asked, WHAT)).kind == "undecided"


def test_what_other_methods_are_told_need_be_no_json() -> None:
    assert told(refused(asking(answered(b"Method Not Allowed", 405), b"", "PUT"), is_answered)) == []


# --- broken_is_the_clients


@pytest.mark.parametrize("status", [200, 307, 400, 404, 422, 499])
def test_a_broken_request_that_breaks_nothing(status: int) -> None:
    assert seen(broken_is_the_clients(answered(OPENAI, status), not_asked, WHAT)) == [str(status)]


@pytest.mark.parametrize("control", [REFUSED, BROKEN, DROPPED, *NO_GROUND])
def test_a_target_that_breaks_on_the_plain_request_too_is_not_judged(control: Exchange) -> None:
    assert one(broken_is_the_clients(BROKEN, gives(control), WHAT)).kind == "undecided"


# --- never raises

STATUSES = st.one_of(st.integers(100, 599), st.sampled_from([200, 400, 401, 429, 500, 503]))
TYPES = st.sampled_from(["application/json", "text/event-stream", "text/html", ""])
BODIES = st.one_of(
    st.binary(max_size=200),
    JSON.map(bytes_of),
    st.sampled_from([CHAT, RESPONSE, GEMINI, OPENAI]).map(bytes_of),
    JSON.map(lambda body: b"data: " + bytes_of(body) + b"\n\n"),
)
EXCHANGES = st.builds(
    lambda body, status, media_type, failure, dropped: Exchange(
        Request("POST", "http://gateway.invalid/", {}, b"{}"),
        None if dropped else Response(status, {"content-type": media_type}, (Chunk(body, 0.1),)),
        failure,
        dropped,
    ),
    BODIES, STATUSES, TYPES, st.sampled_from(["", "", "timeout after 1 s"]), st.booleans(),
)  # fmt: skip


@given(EXCHANGES, EXCHANGES, st.booleans(), st.sampled_from(["chat", "responses", "gemini"]))
@example(answered(b'{"choices":' + b"[" * 150 + b"]" * 150 + b"}"), OK, True, "chat")
@example(answered(b"[" * 50_000), OK, True, "gemini")
@example(answered({"choices": [{"index": 10**400}]}), OK, True, "chat")
def test_nothing_that_a_target_answers_breaks_a_check(
    exchange: Exchange, control: Exchange, shown: bool, surface: str
) -> None:
    for findings in (
        legal_is_answered(exchange, gives(control), WHAT, shown=shown),
        legal_is_answered(exchange, gives(control), WHAT, shown=shown, promised_by=("A", "B")),
        legal_is_answered(exchange, gives(control), WHAT, shown=shown, plain=True),
        answer_fits(exchange, surface, WHAT),
        broken_is_refused(exchange, gives(control), WHAT, shown=shown),
        broken_is_refused(exchange, gives(control), WHAT, shown=shown, forbidden_by="A"),
        broken_is_the_clients(exchange, gives(control), WHAT),
    ):
        found = list(findings)
        assert found == collect(found)
        assert all(isinstance(text, str) for finding in found for text in vars(finding).values())
        assert all(len(finding.actual) <= 200 and len(finding.expected) <= 200 for finding in found)
        assert judge("MUST", found) in ("passed", "failed", "warned", "inconclusive", "not_applicable")
