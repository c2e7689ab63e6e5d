"""Which error a finding is about: the one that it quotes, or the one that its exchange ends in."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.checks.findings import get
from conformance.report.requested import model_of, parsed
from conformance.report.results import ExchangeRecord, Finding
from conformance.wire.exchange import CUT_OFF, NOT_SENT, RETRYABLE_STATUSES

_CONTROL = re.compile(r"the (?:control|plain request)\b(.*)", re.DOTALL)
_STATUS = re.compile(r"(^|: |answered |\()([45]\d\d), (.*)", re.DOTALL)
EMPTY = "an empty answer proves nothing"
_DENIED = re.compile(
    r"a (?:service policy|guardrail of the target) denied the request|a content filter withheld the answer"
)
_STREAM = re.compile(r"the stream ends in an error: (.*)", re.DOTALL)
_UNSENT = re.compile(rf"(?:{NOT_SENT}|{CUT_OFF}).*", re.DOTALL)
_FAILURE = re.compile(
    r"(timeout: |no whole answer within|given up after|the answer broke off|the connection was (?:closed|reset)"
    r"|the answer is encoded as).*",
    re.DOTALL,
)
_ANSWER_LISTS = ("choices", "output", "candidates")
"""The members of answers that hold what a model said."""
_SILENT = ("timeout: ", "no whole answer within")
_LACKS = re.compile(
    r"lacks a model|does not know the model|(?:no such|unknown) model|endpoint does not exist"
    r"|\bmodel\b.{0,60}(?:not found|does not exist|unknown)",
    re.IGNORECASE | re.DOTALL,
)
_PATH = re.compile(r"path must|invalid path|no route", re.IGNORECASE)
_SERVER_ERROR = 500
_KEY = 80
"""Characters of a normalised error that tell it from others; texts are cut soon behind."""

_PART = re.compile(r"[^\s…]*…$")
_READ = 400
"""Characters of a text that are looked at: a target may send any number."""
_CODES = re.compile(r"^(?:[A-Z_]{4,} |\d+ |\w+_error )+")
"""Codes before the message of an error: which of them there are is a matter of its envelope."""
_CUT = re.compile(r"(?<=…) \(\d+ characters\)$")
_QUOTED = re.compile(r"'[^'\s]{1,80}'|`[^`\s]{1,80}`|\"[^\"\s]{1,80}\"")
_VARYING = re.compile(r"(?:databricks-|system\.ai\.)[\w.:/-]+|[^\s…]*\d[^\s…]*")


@dataclass(frozen=True)
class ErrorTold:
    """What came instead of an answer: a status and a text, or a failure in words. Of `key` others have the same."""

    key: tuple[str, ...]
    text: str
    status: str = ""
    model: str = ""
    """The model that is not there, if it is that."""
    is_lost: bool = False
    """Whether it may be answered later: the target is busy, down or silent."""
    is_unsent: bool = False


def error_told(
    finding: Finding, exchange: ExchangeRecord | None, streams: Iterable[ExchangeRecord] = ()
) -> ErrorTold | None:
    """The error for which a finding has no answer to judge; None if it judges an answer, or the form of a refusal.

    `streams` are those of its case: a comparison of a stream with an unstreamed answer may be about the latter.
    """
    text = _blamed(finding)
    about = [exchange, *(streams if "stream" in finding.message else ())]
    return _quoted(text, finding, exchange) or next(
        filter(None, (_of_exchange(finding, one) for one in about if one and one.response)), None
    )


def _quoted(text: str, finding: Finding, exchange: ExchangeRecord | None) -> ErrorTold | None:
    """The error that a text quotes, or the failure of its exchange."""
    told: ErrorTold | None = None
    if EMPTY in text:
        told = ErrorTold((EMPTY, _listed_in(exchange)), text[text.index(EMPTY) :])
    elif denied := _DENIED.search(text):
        told = ErrorTold((denied[0],), text[denied.start() :])
    elif ended := _STREAM.search(text):
        told = _of_stream(ended[1])
    elif unsent := _UNSENT.search(text):
        is_budget = "have cost" in unsent[0]  # and not that the time of the run is over
        why = normalised(unsent[0].partition(": ")[2])
        told = ErrorTold(("not sent", why), unsent[0], is_lost=is_budget, is_unsent=is_budget)
    elif quoted := _STATUS.search(text):
        told = _of_status(quoted[2], quoted[3].removesuffix(")" if quoted[1] == "(" else ""), finding, exchange)
    elif failed := _FAILURE.search(text) or (_FAILURE.match(exchange.failure) if exchange else None):
        silent = failed[0].startswith(_SILENT)
        told = ErrorTold(("timeout" if silent else normalised(failed[1]),), failed[0], is_lost=silent)
    return told


def _listed_in(exchange: ExchangeRecord | None) -> str:
    """The list that should hold what a model said; empty if there is none."""
    body = parsed(exchange.response.body) if exchange and exchange.response else None
    return next((name for name in _ANSWER_LISTS if isinstance(body, dict) and name in body), "")


def normalised(text: str) -> str:
    """A text without what differs each time that the same is said: digits, ids, quoted names, names of models.

    One that was cut before its 80th character ends in an ellipsis, with no part of a word before it.
    """
    plain = _QUOTED.sub("#", _PART.sub("…", without_cut(text)[:_READ]))
    return " ".join(_VARYING.sub("#", plain).lower().split())[:_KEY]


def without_cut(text: str) -> str:
    """A text that was cut, without the words for how long it was."""
    return _CUT.sub("", text)


def _blamed(finding: Finding) -> str:
    """The words of a finding that may quote an error: what came of the control, if that is not answered either."""
    text = f"{finding.message} ({finding.actual})" if finding.actual else finding.message
    control = _CONTROL.search(finding.message)
    if control and any(quote.search(control[1]) for quote in (_STREAM, _STATUS, _UNSENT, _FAILURE)):
        return control[1]
    if finding.kind != "undecided" and finding.actual:
        return finding.actual
    return text.removesuffix("; the plain request: answered")


def _of_status(status: str, text: str, finding: Finding, exchange: ExchangeRecord | None) -> ErrorTold | None:
    told = f"{status}, {text}"
    model = model_of(exchange) if exchange else ""
    if int(status) in RETRYABLE_STATUSES:
        return ErrorTold((status,), told, status, is_lost=True)
    if int(status) < _SERVER_ERROR and not _needs_answer(finding):
        return None
    if int(status) < _SERVER_ERROR and model and not _PATH.search(text):
        named = status == "404" and re.search(_whole(model, not_after="/"), text)
        if named or _LACKS.search(f"{finding.message} {text}"):
            return ErrorTold(("model", model), told, status, model)
    varying = _CODES.sub("", re.sub(_whole(model), "0", text) if model else text)  # as a number: it varies
    return ErrorTold((status, normalised(varying)), told, status)


def _whole(model: str, *, not_after: str = "") -> str:
    """A pattern of a model's name that is no part of another word."""
    return rf"(?<![\w{not_after}-]){re.escape(model)}(?![\w:-])"


def _needs_answer(finding: Finding) -> bool:
    """Whether an error is itself what is wrong; that a refusal has another form than promised is something else."""
    return finding.kind == "undecided" or finding.expected.startswith("2xx") or "lacks a model" in finding.message


def _of_exchange(finding: Finding, exchange: ExchangeRecord) -> ErrorTold | None:
    """The error in an answer that is a success by its status, in a stream, or of a status that is told alone."""
    assert exchange.response
    status, body = exchange.response.status, exchange.response.body
    if status >= _SERVER_ERROR and finding.actual == str(status):
        return _of_status(str(status), next(_errors(body), body[:200]), finding, exchange)
    if status not in range(200, 300):
        return None
    error = next(_errors(body), "")
    if not error:
        return None
    if is_event_stream(body):
        return _of_stream(error)
    where = f"{status}, but the body is an error"
    return ErrorTold((where, normalised(_CODES.sub("", error))), f"{where}: {error}", str(status))


def _of_stream(error: str) -> ErrorTold:
    where = "the stream ends in an error"
    return ErrorTold((where, normalised(_CODES.sub("", error))), f"{where}: {error}", "200")


def is_event_stream(body: str) -> bool:
    """Whether a body is a stream of events, whatever its headers say."""
    return body.lstrip().startswith(("data:", "event:", ":"))


def _errors(body: str) -> Iterator[str]:
    """The errors that a body tells: that of an error envelope, or those of a stream's events."""
    if '"error' not in body:  # cheap, and true of most
        return
    texts = [line[5:] for line in body.splitlines() if line.startswith("data:")] if is_event_stream(body) else [body]
    for text in texts:
        document = parsed(text)
        for path in ("error", "response.error"):
            if (error := get(document, path)) and isinstance(error, dict | str):
                yield _error_text(error)
        if isinstance(get(document, "message"), str) and (
            get(document, "type") == "error" or isinstance(get(document, "error_code"), str | int)
        ):
            yield _error_text(document)


def _error_text(error: Any) -> str:
    if isinstance(error, str):
        return error
    parts = [str(error[name]) for name in ("error_code", "status", "code", "type", "message") if error.get(name)]
    return " ".join(parts) or json.dumps(error)
