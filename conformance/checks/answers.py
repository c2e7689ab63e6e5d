"""Was a request accepted, refused for the stated reason, or not answered at all? And can a client read the error?"""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from typing import Any

from conformance.checks.event_stream import is_streamed, read, stream_error
from conformance.checks.findings import (
    ABSENT,
    Finding,
    Undecided,
    abbreviated,
    get,
    inapplicable,
    observation,
    undecided,
    violation,
    warning,
)
from conformance.wire.exchange import RETRYABLE_STATUSES, Exchange, NotJson, parse_json

MODEL_MISSING = frozenset(
    {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND", "MODEL_NOT_FOUND", "NOTFOUNDERROR", "NOT_FOUND_ERROR"}
)
"""Codes of a model that is not there."""
ENDPOINT_MISSING = "ENDPOINT_NOT_FOUND"
"""The code of a path that is not there, or of an endpoint: its words tell which."""
_PATH_WORDS = re.compile(
    r"path must be of|invalid path|no (api|route|path)\b|path\b.{0,40}\b(not found|does not exist)", re.IGNORECASE
)
_ENDPOINT_WORDS = re.compile(
    r"\b(endpoint|model)\b.{0,80}\b(does not exist|not found|was not found)", re.IGNORECASE | re.DOTALL
)
UNAUTHENTICATED, FORBIDDEN = 401, 403
_ENVELOPES = {
    "databricks": '{"error_code", "message"}',
    "openai": '{"error": {"message", …}}',
    "google": '{"error": {"message", "status", …}}',
}
_MISSING_WORDS = (
    r"model\W+{model}\W+(does not exist|was not found|is not found|not found|is unknown)",
    r"(model not found|no such model|unknown model|invalid model name)\b[^.]{{0,40}}?(?<![\w/.-]){model}",
)
"""What proxies say of a model that they lack where the status says no more than that the request is wrong."""
_FINISHED = {
    "choices": ("finish_reason", "stop"), "output": ("status", "completed"), "candidates": ("finishReason", "STOP"),
}  # fmt: skip
"""By the list of what an answer says: the member that tells how it ended, and its value where nothing cut it short."""
_FRAME = frozenset({"type", "role", "id", "index", "status", "object", "finish_reason", "finishReason", "logprobs"})
"""Members that frame what a model says."""
CANNOT_FETCH = re.compile(
    r"(could not|cannot|can't|unable to|failed to|error (while )?)\W*(be )?(fetch|download|retriev|access|reach|load)"
    r"|unreachable"
)
"""What a target says that could not fetch a URL; that it does not support URLs at all is something else."""


def unanswered_reason(exchange: Exchange) -> str:
    """Why an exchange is no ground for a verdict (no response, a cut one, told to come back later); empty if it is one."""
    if exchange.failure:
        return exchange.failure
    if exchange.status in RETRYABLE_STATUSES:
        return f"the target answered {exchange.status}, {error_text(exchange)}"
    return ""


def is_success(exchange: Exchange) -> bool:
    """Whether the answer is one: 2xx, and not an error envelope under 2xx."""
    succeeded = exchange.status is not None and 200 <= exchange.status < 300
    return succeeded and envelope(exchange) in ("not JSON", "unknown")


def no_answer_reason(exchange: Exchange) -> str:
    """Why a request got no answer that proves anything: none at all, an error, or an empty one. Empty if it did."""
    if reason := unanswered_reason(exchange):
        return reason
    if not is_success(exchange):
        return status_and_text(exchange)
    return emptiness(exchange)


def emptiness(exchange: Exchange) -> str:
    """Why a success proves nothing: it finished, and holds neither text nor anything else. Empty if it holds something.

    A stream is left to the checks of streams; so is a body of another form, which `accepted` tells.
    """
    if (response := exchange.response) is None or response.media_type == "text/event-stream":
        return ""
    body = _json(exchange)
    if any(isinstance(get(body, member), list) and not _is_empty(body, member) for member in _FINISHED):
        return ""
    return f"an empty answer proves nothing: {abbreviated(response.body.decode('utf-8', errors='replace')[:400])}"


def _is_empty(body: Any, member: str) -> bool:
    """Whether none of the listed says anything, although nothing cut it short."""
    name, finished = _FINISHED[member]
    ends = [get(body, name)] if member == "output" else [get(part, name) for part in body[member]]
    cut = any(end not in (finished, None, ABSENT) for end in ends)
    return not cut and not any(map(_holds, body[member]))


def _holds(value: Any) -> bool:
    """Whether there is anything in a value that a model may have said: a text that is not empty, a call, data."""
    if isinstance(value, dict):
        return any(_holds(inner) for name, inner in value.items() if name not in _FRAME)
    if isinstance(value, list):
        return any(map(_holds, value))
    return isinstance(value, str) and bool(value)


def is_refused(exchange: Exchange) -> bool:
    """Whether a request got an answer, and one that is an error: not that it came too early, or that nothing came."""
    return not unanswered_reason(exchange) and not is_success(exchange)


def accepted(
    exchange: Exchange,
    what: str = "the request",
    *,
    streamed: bool = False,
    members: Sequence[str] = (),
    control: Exchange | None = None,
) -> Iterator[Finding]:
    """A request that must be accepted was answered with 2xx and, unless it is `streamed`, with JSON that is no error.

    `members`: the lists of which an answer of this surface holds one. Each attempt broke, while the `control`, the same
    request without what is promised, was answered: then it is the request that breaks the target.
    """
    if control and breaks(exchange) and not no_answer_reason(control):
        yield violation(f"{what} breaks the target", expected="2xx and an answer", actual=_breakage(exchange))
    elif reason := unanswered_reason(exchange):
        yield undecided(reason)
    elif exchange.status in (UNAUTHENTICATED, FORBIDDEN):
        # A matter of the credential and of what its owner may use: it tells nothing about what was asked.
        yield undecided(f"the credential is not accepted: {status_and_text(exchange)}")
    elif not is_success(exchange):
        yield violation(f"{what} is not accepted", expected="2xx and an answer", actual=status_and_text(exchange))
    elif not streamed and envelope(exchange) == "not JSON":
        yield violation(f"{what} is not answered with JSON", expected="2xx and JSON", actual=error_text(exchange))
    elif members and not is_answer(exchange, members):
        expected = f"2xx and JSON with {' or '.join(members)}"
        yield violation(f"{what} is answered with something else", expected=expected, actual=error_text(exchange))
    elif not streamed and (reason := emptiness(exchange)):
        yield undecided(f"{what}: {reason}")


def breaks(exchange: Exchange) -> bool:
    """Whether the target broke on a request, at each attempt: the connection is closed, or a gateway in front says so.

    A 503 that tells when to come back is no breakage, nor is a timeout.
    """
    if exchange.dropped or exchange.status in (502, 504):
        return True
    return exchange.status == 503 and "retry-after" not in (exchange.response.headers if exchange.response else {})


def _breakage(exchange: Exchange) -> str:
    return f"each time: {exchange.failure or status_and_text(exchange)}"


def refused(
    exchange: Exchange, control: Exchange, *, status: int | None = None, naming: str | None = None
) -> Iterator[Finding]:
    """A request was refused for the stated reason: the control, the same without the offending part, was accepted.

    `status`: the one that the documents give, else any 4xx. `naming`: what the error text should name.
    """
    if reason := no_answer_reason(control):
        yield undecided(f"the control, without the offending part, is not answered either: {reason}")
        return
    if reason := unanswered_reason(exchange):
        yield undecided(f"the request: {reason}")
        return
    seen = exchange.status or 0
    expected = f"{status or 'any 4xx'} (control without it: {control.status})"
    if not (seen == status if status else 400 <= seen < 500):
        yield violation("the request is not refused as documented", expected=expected, actual=status_and_text(exchange))
        return
    yield observation("refused with", f"{seen} {envelope(exchange)}")
    if naming and naming.lower() not in error_message(exchange).lower():
        yield warning(f"the error does not name {naming}", expected=naming, actual=error_text(exchange))


def is_answer(exchange: Exchange, members: Sequence[str]) -> bool:
    """Whether a success holds what answers of its surface hold: one of `members`, a list."""
    body = _json(exchange)
    return is_success(exchange) and any(isinstance(get(body, member), list) for member in members)


def recorded(exchange: Exchange, what: str, control: Exchange | None = None) -> Iterator[Finding]:
    """What no document settles: how the target answered is told. Only a server error is worth a warning.

    It is none if the `control`, a plain request to the same model, breaks as well: then nothing is known of this one.
    """
    if reason := unanswered_reason(exchange):
        yield undecided(f"{what}: {reason}")
    elif (exchange.status or 0) >= 500 and control and (reason := no_answer_reason(control)):
        yield undecided(f"{what}: {status_and_text(exchange)}; the plain request: {reason}")
    elif (exchange.status or 0) >= 500:
        yield warning(f"{what}: the target breaks", expected="2xx or 4xx", actual=status_and_text(exchange))
    elif is_success(exchange) and (reason := emptiness(exchange)):
        yield undecided(f"{what}: {reason}")
    else:
        yield observation(f"answer to {what}", status_and_text(exchange))


def refused_or_recorded(exchange: Exchange, control: Exchange, what: str, *, warns: bool = False) -> Iterator[Finding]:
    """A refusal is the natural reading, but no document says what happens: 4xx passes, 2xx is recorded, 5xx violates.

    `warns`: taking it is worth a warning.
    """
    for finding in refused(exchange, control):
        if finding.kind == "violation" and is_success(exchange) and not warns:
            yield observation(f"{what}: it is taken", status_and_text(exchange))
        else:
            lesser = finding.kind == "violation" and (exchange.status or 0) < 500
            yield replace(finding, kind="warning" if lesser else finding.kind, message=f"{what}: {finding.message}")


def stable(exchanges: Sequence[Exchange], what: str, legal: Container[int] = (200, 400)) -> Iterator[Finding]:
    """Each of several equal requests got the same status, one of the `legal` ones; which one is told."""
    for exchange in exchanges:
        if reason := unanswered_reason(exchange):
            yield undecided(f"{what}: {reason}")
            return
    statuses = [exchange.status for exchange in exchanges]
    if len(set(statuses)) > 1:
        yield violation(f"{what} is answered differently each time", expected="one status", actual=statuses)
    elif statuses[0] not in legal:
        yield violation(f"{what} is answered with another status", expected=legal, actual=statuses[0])
    else:
        yield observation(f"{what} is answered with", statuses[0])


def no_server_error(exchange: Exchange, what: str) -> Iterator[Finding]:
    """A mistake of the client is answered with 4xx. `what` names the mistake."""
    if exchange.dropped:
        yield violation(f"{what}: the connection is dropped", expected="any 4xx", actual=exchange.failure)
    elif reason := unanswered_reason(exchange):
        yield undecided(f"{what}: {reason}")
    elif not 400 <= (exchange.status or 0) < 500:
        yield violation(f"{what} is not refused", expected="any 4xx", actual=status_and_text(exchange))
    else:
        yield observation(f"{what} is answered with", f"{exchange.status} {envelope(exchange)}")


def error_is_readable(
    exchange: Exchange, usual: Container[str] = ("databricks", "openai", "google"), tolerated: Container[str] = ()
) -> Iterator[Finding]:
    """The body of an error is JSON from which a client reads a message, in one of the `usual` envelopes.

    A `tolerated` envelope is legal too, but not all clients of the surface read it.
    """
    if reason := unanswered_reason(exchange):
        yield undecided(reason)
    elif is_success(exchange):
        yield undecided(f"no error to read: the target answered {exchange.status}")
    elif (kind := envelope(exchange)) in tolerated:
        yield warning(
            f"the error envelope is {kind}, of which some clients read no status", actual=error_text(exchange)
        )
    elif kind not in usual:
        expected = " or ".join(form for name, form in _ENVELOPES.items() if name in usual or name in tolerated)
        yield violation(f"the error body is {kind}", expected=expected, actual=error_text(exchange))
    else:
        yield observation("error envelope", kind)


def authenticated(exchange: Exchange, control: Exchange | None = None, *, unpromised: str = "") -> Iterator[Finding]:
    """The credential of a request is taken: it is answered. Any other refusal than of the credential tells nothing.

    It is one of the credential if the same request with another credential, `control`, is answered.
    `unpromised`: why no document says that this credential is taken; then a refusal breaks nothing.
    """
    refused = exchange.status == UNAUTHENTICATED or (
        _is_refusal(exchange) and control is not None and not no_answer_reason(control)
    )
    if reason := unanswered_reason(exchange):
        yield undecided(reason)
    elif refused and unpromised:
        yield inapplicable(f"{unpromised}; here it is refused: {status_and_text(exchange)}")
    elif refused:
        yield violation("the credential is refused", expected="2xx", actual=status_and_text(exchange))
    elif reason := no_answer_reason(exchange):
        yield undecided(f"no answer to judge: {reason}")


def unauthorised(exchange: Exchange, control: Exchange) -> Iterator[Finding]:
    """A request without a valid credential is refused, while the `control`, the same with one, is answered.

    401 and 403 are HTTP's statuses for it, but no document names one; nor does any say that the refusal is JSON.
    """
    if reason := unanswered_reason(exchange):
        yield undecided(reason)
    elif reason := no_answer_reason(control):
        yield undecided(f"the same request with a valid credential: {reason}")
    elif not _is_refusal(exchange):
        expected = f"401, 403 or another 4xx (with a valid one: {control.status})"
        wrong = (
            "the credential is not checked"
            if is_success(exchange)
            else "a credential that is not valid breaks the target"
        )
        yield violation(wrong, expected=expected, actual=status_and_text(exchange))
    else:
        yield observation("refused with", f"{exchange.status} {envelope(exchange)}")


def _is_refusal(exchange: Exchange) -> bool:
    """Whether nothing is answered, by the client's fault; a page to log in at counts as well."""
    return 300 <= (exchange.status or 0) < 500


def envelope(exchange: Exchange) -> str:
    """Which error envelope a body is: `databricks`, `google`, `openai`, `unknown` or `not JSON`."""
    body = _json(exchange)
    if body is ABSENT:
        return "not JSON"
    if isinstance(get(body, "message"), str) and isinstance(get(body, "error_code"), str | int):
        return "databricks"
    if isinstance(get(body, "error.message"), str):
        return "google" if isinstance(get(body, "error.status"), str) else "openai"
    return "unknown"


def error_text(exchange: Exchange) -> str:
    """What a person would read of an error, cut short: its codes and message, or else the body."""
    return abbreviated(error_message(exchange))


def error_message(exchange: Exchange) -> str:
    """All that an error says in words, its codes first; of what is no known error, the whole body."""
    body = _json(exchange)
    paths = ("error_code", "message", "error.status", "error.code", "error.type", "error.param", "error.message")
    found = [str(value) for path in paths if (value := get(body, path)) is not ABSENT and value is not None]
    if found:
        return " ".join(found)
    return exchange.response.body.decode("utf-8", errors="replace") if exchange.response else exchange.failure


def lacks_model(exchange: Exchange) -> bool:
    """Whether the target says that it does not have the model that was asked for.

    By a code, by 403 or 404 and the model's name, or in words about the model of that name.
    """
    if not 400 <= (exchange.status or 0) < 500:
        return False
    body = _json(exchange)
    codes = (get(body, path) for path in ("error_code", "error.status", "error.code", "error.type"))
    error_codes = {code.upper() for code in codes if isinstance(code, str)}
    if error_codes & MODEL_MISSING:
        return True
    model, message = re.escape(_requested_model(exchange)), error_message(exchange)
    if ENDPOINT_MISSING in error_codes:
        return not _PATH_WORDS.search(message) and _ENDPOINT_WORDS.search(message) is not None
    if not model:
        return False
    if exchange.status in (FORBIDDEN, 404):
        # A path that is not there is named as a whole, with what follows the model in it.
        return re.search(rf"(?<![\w/]){model}(?![\w:-])", message) is not None
    named = rf"{model}(?![\w:-])"
    return any(re.search(words.format(model=named), message, re.IGNORECASE) for words in _MISSING_WORDS)


def _requested_model(exchange: Exchange) -> str:
    """The model that a request names in its path or body; empty if it names none."""
    if found := re.search(r"/models/([^/:]+):|/serving-endpoints/([^/]+)/invocations$", exchange.request.path):
        return found[1] or found[2]
    try:
        model = get(parse_json(exchange.request.body), "model") if exchange.request.body else ""
    except NotJson:
        return ""
    return model if isinstance(model, str) else ""


def cannot_fetch(exchange: Exchange) -> bool:
    """Whether the target says that it could not fetch a URL, which is no refusal of URLs."""
    return not is_success(exchange) and CANNOT_FETCH.search(error_message(exchange).lower()) is not None


def status_and_text(exchange: Exchange) -> str:
    """The status of an answer, and what a person would read of it."""
    if is_success(exchange):
        return f"{exchange.status}, {_summary(exchange)}"
    return f"{exchange.status}, {error_text(exchange)}"


def _summary(exchange: Exchange) -> str:
    """A successful answer in a few words: its id and status, whatever the surface calls them; of a stream, its error."""
    if error := error_event(exchange):
        return error
    body = _json(exchange)
    parts = [str(value) for path in ("id", "object", "status") if isinstance(value := get(body, path), str)]
    return " ".join(parts) or (exchange.response.media_type if exchange.response else "")


def error_event(exchange: Exchange) -> str:
    """What the error among the events of a stream says; empty if there is none, or no stream."""
    if not is_streamed(exchange):
        return ""
    try:
        return stream_error(read(exchange))
    except Undecided:
        return ""


def _json(exchange: Exchange) -> Any:
    try:
        return exchange.response.json() if exchange.response else ABSENT
    except NotJson:
        return ABSENT
