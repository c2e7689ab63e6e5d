"""Every check as a function of one body or of one exchange: the rest of what a case gives it is realistic."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from conformance.checks import (
    access,
    answers,
    chat,
    chat_stream,
    ending,
    gemini,
    gemini_stream,
    reading,
    reasoning,
    responses,
    streams,
    timing,
    usage,
)
from conformance.checks import responses_stream as typed_stream
from conformance.checks.findings import Finding, get, undecided
from conformance.checks.findings import assume_member as counted
from conformance.checks.invariants import findings as invariants
from conformance.checks.same import AnswerSummary, same
from conformance.checks.schema import schema_violations
from conformance.wire.exchange import Exchange

from .samples import CHAT, CHUNKS, DATE, EVENTS, GEMINI, GEMINI_EVENTS, RESPONSE, THINKING, answered, streamed

BodyCheck = Callable[[Any], Iterable[Finding]]
ExchangeCheck = Callable[[Exchange], Iterable[Finding]]


def as_undecided(reason: str) -> Iterator[Finding]:
    """A reason as a check would give it."""
    if reason:
        yield undecided(reason)


def invariants_of(surface: str) -> ExchangeCheck:
    """What holds of every exchange of a surface."""
    return lambda exchange: (finding for _, finding in invariants(exchange, surface))


def chat_cap(body: Any) -> Iterator[Finding]:
    """The cap as the case on chat reads it; so do the next two."""
    made, text = counted(body, "usage.completion_tokens", int), chat.text_of(get(body, "choices.0.message.content"))
    yield from usage.cap_is_kept(made, usage.reasoning_tokens(body), 32, "p", text=text, cut=False)


def responses_cap(body: Any) -> Iterator[Finding]:
    made, text = counted(body, "usage.output_tokens", int), responses.text(body)
    yield from usage.cap_is_kept(made, usage.reasoning_tokens(body), 32, "p", text=text, cut=False)


def gemini_cap(body: Any) -> Iterator[Finding]:
    yield from usage.cap_is_kept(gemini.counts(body)[1], 0, 32, "p", text=gemini.text_of(body), cut=False)


def default_is_none(body: Any) -> Iterator[Finding]:
    """The default effort as its case reads it, where every answer does as the body says."""
    count = usage.reasoning_tokens(body)
    yield from reasoning.default_is_none({"omitted": [count], "none": [count, 0], "high": [count, None]})


def default_looks_like(body: Any) -> Iterator[Finding]:
    """The same by few answers, and by many."""
    count = usage.reasoning_tokens(body)
    told: dict[str, list[int | None]] = {"omitted": [count], "low": [64], "medium": [count, None, 7], "high": [300]}
    yield from reasoning.default_looks_like("low", told)
    yield from reasoning.default_looks_like("medium", {name: counts * reasoning.MANY for name, counts in told.items()})


def older_is_free(body: Any) -> Iterator[Finding]:
    """The cost of older reasoning as its case reads it."""
    yield from reasoning.older_reasoning_is_free(counted(body, "usage.prompt_tokens", int), 7)


def wholes_equal(stream: AnswerSummary, said: Callable[[Any], AnswerSummary], usual: Any) -> BodyCheck:
    """A realistic stream beside the body: as both of the unstreamed answers, then as one of them."""

    def check(body: Any) -> Iterator[Finding]:
        yield from same(stream, said(body), said(body))
        yield from same(stream, said(usual), said(body))
        yield from same(stream, said(body), said(usual))

    return check


def stream_equals(said: Callable[[Exchange], AnswerSummary], whole: AnswerSummary) -> ExchangeCheck:
    """The stream of the exchange beside a realistic whole."""

    def check(exchange: Exchange) -> Iterator[Finding]:
        yield from same(said(exchange), whole, whole)

    return check


def echo_on(surface: str) -> ExchangeCheck:
    """The text of an answer as the drawn cases read it."""

    def check(exchange: Exchange) -> Iterator[Finding]:
        yield from reading.text_is_intact(reading.answer_of(surface, exchange).text)

    return check


def own_answer(exchange: Exchange) -> Iterator[Finding]:
    """An answer beside itself, as if another request had got it."""
    answer = reading.answer_of("chat", exchange)
    yield from reading.is_another_answer(answer, answer)


BODY_CHECKS: dict[str, BodyCheck] = {
    "object": lambda body: chat.object_is(body, "chat.completion"),
    "choices": chat.choices,
    "finish_reason": chat.finish_reason,
    "identifier": chat.identifier,
    "created": lambda body: chat.created(answered(body, date=DATE), body),
    "model": chat.model,
    "model of a family": lambda body: chat.model(body, "gpt-5-1"),
    "content_is_string": chat.content_is_string,
    "holds_answer": chat.holds_answer,
    "content_holds_text": chat.content_holds_text,
    "says_length": lambda body: chat.says_length(body, 1, 1),
    "documented_indices": reasoning.documented_indices,
    "block_types": reasoning.block_types,
    "signed": reasoning.signed,
    "has_text_and_thought": reasoning.has_text_and_thought,
    "reasoned": reasoning.reasoned,
    "did_not_reason": reasoning.did_not_reason,
    "effort_takes_effect": lambda body: reasoning.effort_takes_effect({"low": body, "high": CHAT}),
    "default_is_none": default_is_none,
    "default_looks_like": default_looks_like,
    "older_reasoning_is_free": older_is_free,
    "chat equals": wholes_equal(chat_stream.summarise(streamed(*CHUNKS)), chat.summarise, CHAT),
    "responses equals": wholes_equal(typed_stream.summarise(streamed(*EVENTS)), responses.summarise, RESPONSE),
    "gemini equals": wholes_equal(gemini_stream.summarise(streamed(*GEMINI_EVENTS)), gemini.summarise, GEMINI),
    "responses.shape": lambda body: responses.shape(answered(body), body),
    "output_items": responses.output_items,
    "calls_custom_tool": lambda body: responses.calls_custom_tool(body, "code_exec"),
    "calls_apply_patch": responses.calls_apply_patch,
    "says_incomplete": lambda body: responses.says_incomplete(body, 1, 1),
    "text_path": gemini.text_path,
    "says_max_tokens": lambda body: gemini.says_max_tokens(body, 1, 1),
    "has_counts": usage.has_counts,
    "reasoning_tokens_are_reported": usage.reasoning_tokens_are_reported,
    "reasoning of a whole": lambda body: chat_stream.reasoning_deltas(streamed(*CHUNKS), body),
    "usage of a whole": lambda body: chat_stream.usage_is_reported(streamed(*CHUNKS), body),
    "another id": lambda body: reading.has_another_id(body, body, "another cap"),
    "chat_adds_up": lambda body: usage.chat_adds_up(body, reasoning=True),
    "responses_adds_up": usage.responses_adds_up,
    "gemini_adds_up": usage.gemini_adds_up,
    "chat cap": chat_cap,
    "responses cap": responses_cap,
    "gemini cap": gemini_cap,
    "ChatCompletion": lambda body: schema_violations(body, "chat", "ChatCompletion"),
    "ChatCompletionChunk": lambda body: schema_violations(body, "chat", "ChatCompletionChunk"),
    "Response": lambda body: schema_violations(body, "responses", "Response"),
    "ResponseStreamEvent": lambda body: schema_violations(body, "responses", "ResponseStreamEvent"),
    "GenerateContentResponse": lambda body: schema_violations(body, "gemini", "GenerateContentResponse"),
}
OK = answered(CHAT)
EXCHANGE_CHECKS: dict[str, ExchangeCheck] = {
    "accepted": answers.accepted,
    "accepted as an answer": lambda exchange: answers.accepted(exchange, members=("choices",)),
    "accepted as a stream": lambda exchange: answers.accepted(exchange, streamed=True),
    "refused": lambda exchange: answers.refused(exchange, OK, naming="store"),
    "control": lambda exchange: answers.refused(OK, exchange),
    "recorded": lambda exchange: answers.recorded(exchange, "temperature"),
    "refused_or_recorded": lambda exchange: answers.refused_or_recorded(exchange, OK, "a tool"),
    "recorded with its control": lambda exchange: answers.refused_or_recorded(OK, exchange, "a tool"),
    "stable": lambda exchange: answers.stable([OK, exchange], "store"),
    "stable twice": lambda exchange: answers.stable([exchange, exchange], "store"),
    "no_server_error": lambda exchange: answers.no_server_error(exchange, "an empty body"),
    "error_is_readable": answers.error_is_readable,
    "gemini error": lambda exchange: answers.error_is_readable(exchange, ("google",), ("databricks",)),
    "unauthorised": lambda exchange: answers.unauthorised(exchange, OK),
    "unauthorised with its control": lambda exchange: answers.unauthorised(OK, exchange),
    "recorded with a plain request": lambda exchange: answers.recorded(answered(b"", 500), "temperature", exchange),
    "accepted with its control": lambda exchange: answers.accepted(answered(b"", 502), control=exchange),
    "emptiness": lambda exchange: as_undecided(answers.emptiness(exchange)),
    "withheld": lambda exchange: as_undecided(access.withheld_reason(exchange)),
    "not offered": lambda exchange: as_undecided(access.not_offered_reason(exchange)),
    "arrives_as_it_is_made": timing.arrives_as_it_is_made,
    **{f"invariants of {surface}": invariants_of(surface) for surface in ("chat", "responses", "gemini")},
    "authenticated": answers.authenticated,
    "json_content_type": chat.json_content_type,
    "is_event_stream": streams.is_event_stream,
    "is_whole": ending.is_whole,
    "chat cap told": lambda exchange: reading.cap_is_told("chat", exchange, 32),
    "responses cap told": lambda exchange: reading.cap_is_told("responses", exchange, 32),
    "gemini cap told": lambda exchange: reading.cap_is_told("gemini", exchange, 32),
    "chat text": echo_on("chat"),
    "responses text": echo_on("responses"),
    "gemini text": echo_on("gemini"),
    "is_counted": lambda exchange: reading.is_counted("chat", exchange, 288, "an earlier turn"),
    "breaks_nothing": lambda exchange: reading.breaks_nothing(exchange, "a request without a content type"),
    "usage_follows": reading.usage_follows,
    "compressed_is_readable": reading.compressed_is_readable,
    "own answer": own_answer,
    "chat order": chat_stream.order,
    "usage_is_reported": lambda exchange: chat_stream.usage_is_reported(exchange, CHAT),
    "reasoning_deltas": chat_stream.reasoning_deltas,
    "reasoning_deltas of a whole": lambda exchange: chat_stream.reasoning_deltas(exchange, THINKING),
    "responses order": typed_stream.order,
    "gemini order": gemini_stream.order,
    "chat equals": stream_equals(chat_stream.summarise, chat.summarise(CHAT)),
    "chat equals thinking": stream_equals(chat_stream.summarise, chat.summarise(THINKING)),
    "responses equals": stream_equals(typed_stream.summarise, responses.summarise(RESPONSE)),
    "gemini equals": stream_equals(gemini_stream.summarise, gemini.summarise(GEMINI)),
}
