"""Responses with stream: true, which the page does not describe but the API that it names does."""

from conformance.cases import decides
from conformance.cases.judge import Judge, NotApplicable
from conformance.cases.surface import Responses
from conformance.checks import responses_stream
from conformance.checks.answers import is_success, unanswered
from conformance.checks.findings import NothingToJudge, observation
from conformance.checks.schema import fits
from conformance.checks.streams import read


@decides("RESP-STREAM", "RESP-STREAM-ORDER")
def test_stream(responses: Responses, judge: Judge) -> None:
    """If Responses streams, it streams typed events that add up to one response."""
    responses.ask(responses.hello)
    streamed = responses.send({**responses.hello, "stream": True})
    if reason := unanswered(streamed):
        raise NothingToJudge(reason)
    kind = streamed.response.media_type if streamed.response else ""
    judge([observation("stream: true is answered with", f"{streamed.status} {kind}")], "RESP-STREAM")
    if not is_success(streamed) or kind != "text/event-stream":
        raise NotApplicable("the target does not stream Responses")
    judge(responses_stream.order(streamed), "RESP-STREAM-ORDER")
    for event in read(streamed).bodies:
        judge(fits(event, "responses", "ResponseStreamEvent"), "RESP-STREAM-ORDER")
