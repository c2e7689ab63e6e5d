"""Responses with stream: true, which the page does not describe but the API that it names does."""

from conformance.cases import decides
from conformance.checks import responses_stream
from conformance.checks.answers import is_success, recorded
from conformance.checks.ending import is_whole, truncation_reason
from conformance.checks.event_stream import is_streamed, read
from conformance.checks.findings import Undecided
from conformance.checks.responses import summarise
from conformance.checks.same import same
from conformance.checks.schema import schema_violations
from conformance.checks.timing import arrives_as_it_is_made
from conformance.probing.judge import Judge, NotApplicable
from conformance.probing.probes import LONG_ANSWER
from conformance.probing.surface import Responses


@decides("RESP-STREAM")
def test_long_stream(responses: Responses, judge: Judge) -> None:
    """If Responses streams, the pieces of a long answer come as they are made, not all at its end."""
    streamed = responses.attempt({"input": LONG_ANSWER, "max_output_tokens": 400, "stream": True})
    judge.or_end(recorded(streamed, "stream: true"))
    if not is_success(streamed) or not is_streamed(streamed):
        raise NotApplicable("the target does not stream Responses")
    if reason := truncation_reason(streamed):
        raise Undecided(reason)
    judge(arrives_as_it_is_made(streamed))


@decides("RESP-STREAM", "RESP-STREAM-ORDER", "RESP-STREAM-EQUAL")
def test_stream(responses: Responses, judge: Judge) -> None:
    """If Responses streams, it streams typed events that add up to one response."""
    whole = responses.ask(responses.hello)
    streamed = responses.send({**responses.hello, "stream": True})
    judge.or_end(recorded(streamed, "stream: true"), "RESP-STREAM")
    if not is_success(streamed) or not is_streamed(streamed):
        raise NotApplicable("the target does not stream Responses")
    if judge(responses_stream.order(streamed), "RESP-STREAM-ORDER"):
        judge(is_whole(streamed), "RESP-STREAM")
    for event in () if truncation_reason(streamed) else read(streamed).bodies:
        judge(schema_violations(event, "responses", "ResponseStreamEvent"), "RESP-STREAM-ORDER")
    again = responses.ask(responses.hello)
    found = same(responses_stream.summarise(streamed), summarise(whole.body), summarise(again.body))
    judge(found, "RESP-STREAM-EQUAL", about=streamed)
