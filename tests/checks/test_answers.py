"""Acceptance, refusal for the stated reason, and errors that a client can read."""

from typing import Any

import pytest

from conformance.checks import answers
from conformance.checks.findings import collect
from conformance.wire.exchange import Exchange, Request

from .samples import CHAT, RESPONSE, answered, judged, seen, told, unanswered

OPENAI = {"error": {"message": "Unsupported parameter: 'store'", "type": "invalid_request_error", "code": None}}
DATABRICKS = {"error_code": "BAD_REQUEST", "message": '{"error": {"message": "store is not supported"}}'}
GOOGLE = {"error": {"code": 400, "message": "Invalid value at 'contents'", "status": "INVALID_ARGUMENT"}}
FASTAPI = {"detail": [{"loc": ["body", "store"], "msg": "Extra inputs are not permitted"}]}
HTML = b"<!doctype html><title>502 Bad Gateway</title>"
OK = answered(CHAT)
CUT = Exchange(OK.request, OK.response, "the answer broke off after 9 bytes (ReadError)")
LATER = [answered(status=status) for status in (408, 429, 502, 503, 504, 529)]
DROPPED = unanswered("RemoteProtocolError: Server disconnected without sending a response.", dropped=True)


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (OPENAI, "openai", "invalid_request_error Unsupported parameter: 'store'"),
        (DATABRICKS, "databricks", 'BAD_REQUEST {"error": {"message": "store is not supported"}}'),
        ({"error_code": 401, "message": "Credential was not sent"}, "databricks", "401 Credential was not sent"),
        (GOOGLE, "google", "INVALID_ARGUMENT 400 Invalid value at 'contents'"),
        ([GOOGLE], "unknown", None),
        (FASTAPI, "unknown", None),
        ({"error": "no such model"}, "unknown", None),
        ({"message": "Forbidden"}, "unknown", "Forbidden"),
        ({"error": {"message": None}}, "unknown", None),
        (None, "unknown", "null"),
        (HTML, "not JSON", HTML.decode()),
        (b"", "not JSON", ""),
        (b"\xff", "not JSON", "\ufffd"),
    ],
)
def test_envelopes(body: Any, kind: str, text: str | None) -> None:
    exchange = answered(body, 400)
    assert answers.envelope(exchange) == kind
    if text is not None:
        assert answers.error_text(exchange) == text
    readable = answers.error_is_readable(exchange)
    if kind in ("openai", "databricks", "google"):
        assert seen(readable) == [kind]
    else:
        (found,) = collect(readable)
        assert (found.kind, found.path) == ("violation", "")
        assert "error_code" in found.expected


def test_without_an_answer_the_failure_is_what_a_person_reads() -> None:
    assert answers.envelope(unanswered("broken pipe")) == "not JSON"
    assert answers.error_text(unanswered("broken pipe")) == "broken pipe"


def test_an_error_text_is_cut() -> None:
    assert len(answers.error_text(answered(b"<html>" * 1000, 500))) <= 200
    assert len(answers.error_text(answered({"message": "x" * 10_000}, 500))) <= 200


@pytest.mark.parametrize("exchange", [*LATER, CUT, DROPPED, unanswered()])
def test_what_is_no_answer_decides_nothing(exchange: Exchange) -> None:
    assert answers.unanswered_reason(exchange)
    checks = [
        answers.accepted(exchange),
        answers.accepted(exchange, streamed=True),
        answers.refused(exchange, OK),
        answers.refused(OK, exchange),
        answers.error_is_readable(exchange),
        answers.unauthorised(exchange, OK),
        answers.unauthorised(answered(OPENAI, 401), exchange),
        answers.authenticated(exchange),
    ]
    assert [judged(check) for check in checks] == [[("undecided", "")]] * len(checks)


@pytest.mark.parametrize(
    ("exchange", "fine"),
    [
        (OK, True),
        (answered(RESPONSE, 201), True),
        (answered(OPENAI, 200), False),  # OpenRouter and others answer 200 and put the error into the body
        (answered(DATABRICKS, 200), False),
        (answered(CHAT, 300), False),
        (answered(CHAT, 302), False),
        (answered(OPENAI, 400), False),
        (answered(HTML, 404), False),
        (answered(HTML, 500), False),
    ],
)
def test_accepted(exchange: Exchange, fine: bool) -> None:
    assert answers.is_success(exchange) is fine
    for streamed in (False, True):
        assert judged(answers.accepted(exchange, streamed=streamed)) == ([] if fine else [("violation", "")])


@pytest.mark.parametrize(
    ("status", "about_the_request", "about_the_credential"),
    [
        (200, None, None),
        (401, "undecided", "violation"),
        (403, "undecided", "undecided"),  # it may be about the model
        (404, "violation", "undecided"),
    ],
)
def test_a_credential_that_is_refused_tells_nothing_of_the_request(
    status: int, about_the_request: str | None, about_the_credential: str | None
) -> None:
    exchange = answered(CHAT if status == 200 else DATABRICKS, status)
    for check, kind in (
        (answers.accepted(exchange), about_the_request),
        (answers.accepted(exchange, streamed=True), about_the_request),
        (answers.authenticated(exchange), about_the_credential),
    ):
        found = told(check)
        assert [finding.kind for finding in found] == ([kind] if kind else [])
        assert all(str(status) in finding.message + finding.actual for finding in found)


@pytest.mark.parametrize(
    ("exchange", "kinds"),
    [
        (OK, []),
        (answered(b"data: {}\n\n", media_type="text/event-stream"), []),
        (answered(HTML, 401), ["violation"]),
        (answered(b"", 403), ["undecided"]),
        (answered(OPENAI, 400), ["undecided"]),
        (answered(OPENAI, 200), ["undecided"]),
        (answered(HTML, 500), ["undecided"]),
        (answered(b"", 302), ["undecided"]),
    ],
)
def test_authenticated(exchange: Exchange, kinds: list[str]) -> None:
    found = told(answers.authenticated(exchange))
    assert [each.kind for each in found] == kinds
    assert all(each.expected == "2xx" for each in found if each.kind == "violation")


@pytest.mark.parametrize(
    ("control", "kind"),
    [(OK, "violation"), (None, "undecided"), (answered(OPENAI, 403), "undecided")],
)
def test_403_is_about_the_credential_if_another_one_is_answered(control: Exchange | None, kind: str) -> None:
    assert [finding.kind for finding in told(answers.authenticated(answered(OPENAI, 403), control))] == [kind]
    assert [finding.kind for finding in told(answers.authenticated(answered(OPENAI, 401), control))] == ["violation"]
    assert told(answers.authenticated(OK, control)) == []


ANSWERS = [
    (CHAT, ("choices",), True),
    (RESPONSE, ("output",), True),
    (CHAT, ("output", "choices"), True),
    (CHAT, ("output",), False),
    ({"choices": {"0": {}}}, ("choices", "output"), False),
    ({"choices": None}, ("choices",), False),
    ({}, ("choices",), False),
    ([], ("choices",), False),
]


@pytest.mark.parametrize(("body", "members", "fine"), ANSWERS)
def test_an_answer_holds_what_answers_of_its_surface_hold(body: Any, members: tuple[str, ...], fine: bool) -> None:
    exchange = answered(body)
    assert answers.is_answer(exchange, members) is fine
    found = told(answers.accepted(exchange, "a tool", members=members))
    expected = f"2xx and JSON with {' or '.join(members)}"
    assert [(each.kind, each.message, each.expected, each.actual) for each in found] == (
        []
        if fine
        else [("violation", "a tool is answered with something else", expected, answers.error_text(exchange))]
    )


def test_an_error_is_no_answer_whatever_it_holds() -> None:
    assert not answers.is_answer(answered(OPENAI | {"choices": []}), ("choices",))
    assert not answers.is_answer(answered(CHAT, 400), ("choices",))


@pytest.mark.parametrize("body", [b"", HTML, b"data: {}\n\n", b'{"choices": ['])
def test_only_a_stream_is_accepted_without_json(body: bytes) -> None:
    exchange = answered(body)
    assert judged(answers.accepted(exchange, streamed=True)) == []
    (found,) = told(answers.accepted(exchange, "an image as png"))
    assert (found.kind, found.message) == ("violation", "an image as png is not answered with JSON")
    assert found.actual == answers.error_text(exchange)


@pytest.mark.parametrize(
    ("exchange", "status", "kinds"),
    [
        (answered(OPENAI, 400), 400, []),
        (answered(DATABRICKS, 400), 400, []),
        (answered(FASTAPI, 400), 400, []),
        (answered({"error": {"message": "no", "param": "store"}}, 400), 400, []),
        (answered({"detail": "x" * 300 + " store"}, 400), 400, []),
        (answered(GOOGLE, 400), 400, ["warning"]),
        (answered(HTML, 400), 400, ["warning"]),
        (answered(OPENAI, 422), 400, ["violation"]),
        (answered(OPENAI, 404), 400, ["violation"]),
        (answered(OPENAI, 400), None, []),
        (answered(OPENAI, 422), None, []),
        (answered(OPENAI, 499), None, []),
        (answered(OPENAI, 500), None, ["violation"]),
        (answered(OPENAI, 399), None, ["violation"]),
        (answered(OPENAI, 200), None, ["violation"]),
        (OK, 400, ["violation"]),
    ],
)
def test_refused(exchange: Exchange, status: int | None, kinds: list[str]) -> None:
    found = told(answers.refused(exchange, OK, status=status, naming="store"))
    assert [finding.kind for finding in found] == kinds
    if kinds == ["violation"]:
        assert found[0].expected == f"{status or 'any 4xx'} (control without it: 200)"
        assert found[0].actual.startswith(f"{exchange.status}, ")
    if kinds == ["warning"]:
        assert found[0].expected == "store"


@pytest.mark.parametrize("control", [answered(OPENAI, 400), answered(HTML, 500), answered(OPENAI, 200)])
def test_a_refusal_needs_its_control(control: Exchange) -> None:
    (found,) = collect(answers.refused(answered(OPENAI, 400), control, status=400, naming="store"))
    assert found.kind == "undecided"
    assert "control" in found.message


@pytest.mark.parametrize(
    ("exchange", "kinds"),
    [
        (answered(OPENAI, 400), []),
        (answered(b"", 415), []),
        (OK, ["violation"]),
        (answered(OPENAI, 500), ["violation"]),
        (answered(b"", 302), ["violation"]),
        (DROPPED, ["violation"]),
        (unanswered(), ["undecided"]),
        (unanswered("ConnectError: Connection refused"), ["undecided"]),
        (CUT, ["undecided"]),
        *((exchange, ["undecided"]) for exchange in LATER),
    ],
)
def test_no_server_error(exchange: Exchange, kinds: list[str]) -> None:
    found = collect(answers.no_server_error(exchange, "an empty body"))
    assert [finding.kind for finding in found] == (kinds or ["observation"])
    assert all(finding.message.startswith("an empty body") for finding in found)


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        (GOOGLE, []),
        (DATABRICKS, ["warning"]),
        (OPENAI, ["violation"]),
        (FASTAPI, ["violation"]),
        (HTML, ["violation"]),
        (b"", ["violation"]),
    ],
)
def test_an_envelope_may_be_tolerated(body: Any, kinds: list[str]) -> None:
    found = answers.error_is_readable(answered(body, 400), usual=("google",), tolerated=("databricks",))
    assert [finding.kind for finding in told(found)] == kinds


@pytest.mark.parametrize(
    ("exchange", "kinds"),
    [
        (answered(OPENAI, 401), []),
        (answered(DATABRICKS, 403), []),
        (answered({"detail": "Not authenticated"}, 401), []),
        (answered(HTML, 401), []),
        (answered(b"Invalid scope, required scopes: ai-gateway", 403, media_type="text/plain"), []),
        (answered(b"Invalid Token", 400, media_type="text/plain"), []),
        (answered({"error_code": 401, "message": "Credential was not sent."}, 401), []),
        (answered(OPENAI, 404), []),
        (answered(b"", 303), []),  # to a page where people log in
        (OK, ["violation"]),
        (answered(OPENAI, 500), ["violation"]),
    ],
)
def test_unauthorised(exchange: Exchange, kinds: list[str]) -> None:
    assert [found.kind for found in told(answers.unauthorised(exchange, OK))] == kinds


@pytest.mark.parametrize("control", [answered(DATABRICKS, 400), answered({}), *LATER])
def test_a_refused_credential_shows_nothing_where_a_valid_one_gets_no_answer_either(control: Exchange) -> None:
    assert judged(answers.unauthorised(answered(OPENAI, 401), control)) == [("undecided", "")]


EMPTY: list[Any] = [
    {},
    {"ok": True},
    [],
    {"choices": []},
    {"output": [], "status": "completed"},
    {"candidates": []},
    {"choices": [{"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": "stop"}]},
    {"choices": [{"index": 0, "message": {"role": "assistant", "content": [{"type": "text", "text": ""}]}}]},
    {"output": [{"type": "message", "role": "assistant", "content": []}]},
    {"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}]},
]


@pytest.mark.parametrize("body", EMPTY, ids=str)
def test_an_empty_answer_proves_nothing(body: Any) -> None:
    exchange = answered(body)
    for check in (
        answers.accepted(exchange),
        answers.recorded(exchange, "temperature"),
        answers.refused(answered(OPENAI, 400), exchange),
        answers.refused_or_recorded(answered(OPENAI, 400), exchange, "a tool"),
        answers.authenticated(exchange),
        answers.unauthorised(answered(OPENAI, 401), exchange),
    ):
        assert judged(check) == [("undecided", "")]


@pytest.mark.parametrize(
    "body",
    [
        {"choices": [{"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": "length"}]},
        {"choices": [{"message": {"content": None, "tool_calls": [{"function": {"name": "add", "arguments": ""}}]}}]},
        {"choices": [{"message": {"content": None, "refusal": "No."}, "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": [{"type": "reasoning", "summary": [{"signature": "EqoB"}]}]}}]},
        {"output": [], "status": "incomplete"},
        {"output": [{"type": "apply_patch_call", "operation": {"path": "main.py"}}], "status": "completed"},
        {"candidates": [{"finishReason": "MAX_TOKENS"}]},
        {"candidates": [{"content": {"parts": [{"functionCall": {"name": "add"}}]}, "finishReason": "STOP"}]},
    ],
    ids=str,
)
def test_what_was_cut_or_holds_something_is_no_empty_answer(body: Any) -> None:
    assert not answers.emptiness(answered(body))


@pytest.mark.parametrize(
    ("exchange", "breaks"),
    [
        (DROPPED, True),
        (answered(HTML, 502), True),
        (answered(HTML, 503), True),
        (answered(HTML, 503, retry_after="3"), False),
        (answered(OPENAI, 429), False),
        (unanswered(), False),
    ],
)
def test_what_breaks_each_time_while_its_control_is_answered_is_broken(exchange: Exchange, breaks: bool) -> None:
    kind = "violation" if breaks else "undecided"
    assert judged(answers.accepted(exchange, "a video", control=OK)) == [(kind, "")]
    assert judged(answers.accepted(exchange, "a video", control=exchange)) == [("undecided", "")]


def test_a_server_error_is_none_of_the_probe_where_the_plain_request_gets_it_too() -> None:
    assert judged(answers.recorded(BROKEN, "one image", OK)) == [("warning", "")]
    assert judged(answers.recorded(BROKEN, "one image", BROKEN)) == [("undecided", "")]


def test_an_error_in_a_stream_is_told_by_its_message() -> None:
    stream = answered(
        b'data: {"error":{"message":"400: no store here"}}\n\ndata: [DONE]\n\n', media_type="text/event-stream"
    )
    assert answers.status_and_text(stream) == "200, the stream ends in an error: 400: no store here"
    named = answered(b'event: error\ndata: {"type":"error","message":"overloaded"}\n\n', media_type="text/event-stream")
    assert answers.error_event(named) == "the stream ends in an error: overloaded"


def test_the_expected_envelopes_are_those_that_would_do() -> None:
    (found,) = told(answers.error_is_readable(answered({"error": "no"}, 400), ("google",), ("databricks",)))
    assert found.expected == '{"error_code", "message"} or {"error": {"message", "status", …}}'


def test_what_was_seen_is_recorded() -> None:
    assert seen(answers.refused(answered(DATABRICKS, 400), OK)) == ["400 databricks"]
    assert seen(answers.no_server_error(answered(HTML, 404), "an empty body")) == ["404 not JSON"]
    assert seen(answers.unauthorised(answered(OPENAI, 401), OK)) == ["401 openai"]


def test_an_answer_that_should_not_be_is_told_by_its_id() -> None:
    (found,) = told(answers.refused(answered(RESPONSE), OK, status=400))
    assert found.actual == "200, resp_1 response completed"
    (found,) = told(answers.refused(answered(b"<html>", media_type="text/html"), OK))
    assert found.actual == "200, text/html"


def test_no_error_to_read() -> None:
    assert judged(answers.error_is_readable(OK)) == [("undecided", "")]


@pytest.mark.parametrize(
    ("status", "body", "lacks"),
    [
        (404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"}, True),
        (404, {"error": {"message": "no", "code": "model_not_found"}}, True),
        (404, {"error": {"message": "no", "code": 404, "status": "NOT_FOUND"}}, True),
        (400, {"error": {"message": "no", "type": "not_found"}}, True),
        (404, {"error_code": "ENDPOINT_NOT_FOUND", "message": "No API found for POST /v1"}, False),
        (404, {"error_code": 404, "message": "no"}, False),
        (404, HTML, False),
        (403, {"error_code": "NOT_FOUND", "message": "no"}, True),
        (200, {"error_code": "NOT_FOUND", "message": "no"}, False),
        (500, {"error_code": "NOT_FOUND", "message": "no"}, False),
    ],
)
def test_a_missing_model_is_not_a_missing_path(status: int, body: Any, lacks: bool) -> None:
    assert answers.lacks_model(answered(body, status)) is lacks


CHAT_PATH, GEMINI_PATH = "/v1/chat/completions", "/v1beta/models/system.ai.gemini-3-1-pro:generateContent"
ASKED = b'{"model": "system.ai.gpt-5", "messages": []}'


@pytest.mark.parametrize(
    ("path", "sent", "status", "said", "lacks"),
    [
        (CHAT_PATH, ASKED, 403, "You have no EXECUTE on system.ai.gpt-5.", True),
        (CHAT_PATH, ASKED, 404, "The model `system.ai.gpt-5` was not found", True),
        (CHAT_PATH, ASKED, 400, "system.ai.gpt-5 takes no such field", False),
        (CHAT_PATH, ASKED, 400, "The model 'system.ai.gpt-5' does not exist.", True),
        (
            CHAT_PATH,
            ASKED,
            400,
            "Invalid model name passed in model=system.ai.gpt-5. Call `/v1/models` to see all",
            True,
        ),
        (CHAT_PATH, ASKED, 400, "Model not found: system.ai.gpt-5", True),
        (CHAT_PATH, ASKED, 400, "Model not found: system.ai.gpt-5-1", False),
        (CHAT_PATH, ASKED, 400, "The file that system.ai.gpt-5 was to read does not exist.", False),
        (CHAT_PATH, ASKED, 422, "unknown model system.ai.gpt-5", True),
        (CHAT_PATH, ASKED, 403, "You have no EXECUTE on system.ai.gpt-5-1.", False),
        (CHAT_PATH, ASKED, 403, "You may not do this.", False),
        (CHAT_PATH, b"{", 404, "The model system.ai.gpt-5 was not found", False),
        (CHAT_PATH, b'{"model": 7}', 404, "no model 7", False),
        (CHAT_PATH, b"", 404, "nothing here", False),
        (GEMINI_PATH, b"{}", 404, "no model system.ai.gemini-3-1-pro", True),
        (GEMINI_PATH, b"{}", 404, f"there is no POST {GEMINI_PATH} here", False),
        ("/serving-endpoints/databricks-gpt-5/invocations", b"{}", 403, "no permission: databricks-gpt-5", True),
    ],
)
def test_a_model_that_is_named_in_the_refusal_is_missing(
    path: str, sent: bytes, status: int, said: str, lacks: bool
) -> None:
    response = answered({"error": {"message": said, "type": "SomeError"}}, status).response
    request = Request("POST", f"http://127.0.0.1:1{path}", {}, sent)
    assert answers.lacks_model(Exchange(request, response)) is lacks


@pytest.mark.parametrize(
    ("exchange", "cannot"),
    [
        (answered({"error": {"message": text}}, 400), cannot)
        for text, cannot in [
            ("Failed to download the file", True),
            ("Could not fetch https://media.example/a.mp4", True),
            ("The media cannot be retrieved", True),
            ("Unable to access the URL", True),
            ("failed to reach media.example", True),
            ("Unable to load the file", True),
            ("Error while fetching the URL", True),
            ("media.example is unreachable", True),
            ("URLs are not supported", False),
            ("Fetching URLs is not supported", False),
            ("Download of media is disabled: send it inline", False),
            ("This model takes no video", False),
            ("Failed to parse the body", False),
            ("", False),
        ]
    ],
)
def test_cannot_fetch(exchange: Exchange, cannot: bool) -> None:
    assert answers.cannot_fetch(exchange) is cannot


def test_what_was_fetched_is_no_trouble() -> None:
    assert not answers.cannot_fetch(answered({"choices": "Could not fetch"}))
    assert answers.cannot_fetch(answered(b"Could not fetch the file", 400, "text/plain"))


BROKEN = answered(OPENAI, 500)
MOVED = answered(b"", 302)


@pytest.mark.parametrize(
    ("exchange", "kind", "actual"),
    [
        (OK, "observation", "200, chatcmpl_1 chat.completion"),
        (answered(b"data: {}\n\n", media_type="text/event-stream"), "observation", "200, text/event-stream"),
        (answered(OPENAI, 200), "observation", "200, invalid_request_error Unsupported parameter: 'store'"),
        (answered(DATABRICKS, 404), "observation", f"404, BAD_REQUEST {DATABRICKS['message']}"),
        (MOVED, "observation", "302, "),
        (BROKEN, "warning", "500, invalid_request_error Unsupported parameter: 'store'"),
        (answered(HTML, 501), "warning", f"501, {HTML.decode()}"),
        *((exchange, "undecided", "") for exchange in (*LATER, CUT, DROPPED, unanswered())),
    ],
)
def test_recorded(exchange: Exchange, kind: str, actual: str) -> None:
    (found,) = collect(answers.recorded(exchange, "temperature 0.1"))
    assert (found.kind, found.actual) == (kind, actual)
    assert "temperature 0.1" in found.message


@pytest.mark.parametrize(
    ("exchange", "control", "kind"),
    [
        (answered(OPENAI, 400), OK, "observation"),
        (answered(HTML, 499), OK, "observation"),
        (OK, OK, "observation"),
        (answered(OPENAI, 200), OK, "warning"),
        (MOVED, OK, "warning"),
        (answered(OPENAI, 500), OK, "violation"),
        (answered(HTML, 501), OK, "violation"),
        (answered(OPENAI, 400), answered(OPENAI, 400), "undecided"),
        (BROKEN, BROKEN, "undecided"),
        (OK, BROKEN, "undecided"),
        *((exchange, OK, "undecided") for exchange in (*LATER, CUT, DROPPED, unanswered())),
        *((answered(OPENAI, 400), control, "undecided") for control in (*LATER, CUT, DROPPED, unanswered())),
    ],
)
def test_refused_or_recorded(exchange: Exchange, control: Exchange, kind: str) -> None:
    (found,) = collect(answers.refused_or_recorded(exchange, control, "an animated GIF"))
    assert found.kind == kind
    assert found.message.startswith("an animated GIF: ")


REFUSED = answered(OPENAI, 400)


@pytest.mark.parametrize(
    ("exchanges", "kind", "actual"),
    [
        ([OK, OK], "observation", "200"),
        ([OK, answered(RESPONSE)], "observation", "200"),
        ([OK], "observation", "200"),
        ([REFUSED, answered(HTML, 400)], "observation", "400"),
        ([OK, REFUSED], "violation", "[200, 400]"),
        ([REFUSED, OK], "violation", "[400, 200]"),
        ([OK, OK, REFUSED], "violation", "[200, 200, 400]"),
        ([REFUSED, answered(OPENAI, 422)], "violation", "[400, 422]"),
        ([answered(OPENAI, 422)] * 2, "violation", "422"),
        ([answered(OPENAI, 422)], "violation", "422"),
        ([answered(RESPONSE, 201)] * 2, "violation", "201"),
        ([BROKEN, BROKEN], "violation", "500"),
        *(([OK, exchange], "undecided", "") for exchange in (*LATER, CUT, DROPPED, unanswered())),
        *(([exchange, REFUSED], "undecided", "") for exchange in (*LATER, CUT, DROPPED, unanswered())),
    ],
)
def test_stable(exchanges: list[Exchange], kind: str, actual: str) -> None:
    (found,) = collect(answers.stable(exchanges, "store false"))
    assert (found.kind, found.actual) == (kind, actual)
    assert found.message.startswith("store false")


def test_which_statuses_are_legal_is_the_callers() -> None:
    assert seen(answers.stable([BROKEN, BROKEN], "store false", legal=(500,))) == ["500"]
    (found,) = told(answers.stable([OK, OK], "store false", legal=(400, 422)))
    assert (found.kind, found.expected, found.actual) == ("violation", "(400, 422)", "200")
