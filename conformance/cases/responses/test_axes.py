"""Responses along the axes of docs/axes.md: every GPT model whole and streamed, cut, in a later turn, in other letters."""

from collections.abc import Iterator

from conformance.cases.axes import each_drawn, judge_values
from conformance.checks import responses_stream
from conformance.checks.reading import body_of
from conformance.checks.usage import responses_adds_up
from conformance.probing.axes import Asked
from conformance.probing.drawn import answered
from conformance.probing.judge import Judge
from conformance.probing.surface import Responses


def also_decided(asked: Asked) -> Iterator[str]:
    """What an answer shows beside the promises of its values."""
    yield "RESP-STREAM-ORDER" if asked.transport == "streamed" else "RESP-USAGE-SUM"
    if asked.length == "cut":
        yield "RESP-MAXOUT-CAP"


@each_drawn("responses", also_decided)
def test_drawn(responses: Responses, judge: Judge, asked: Asked) -> None:
    """Each GPT model answers, whole and streamed, in a first and a later turn, whatever else is asked along with it."""
    model = responses.on(asked.model)
    exchange = answered(model, asked)
    if asked.transport == "streamed":
        judge(responses_stream.order(exchange), "RESP-STREAM-ORDER", about=exchange)
    else:
        judge(responses_adds_up(body_of("responses", exchange)), "RESP-USAGE-SUM", about=exchange)
    judge_values(model, asked, exchange, cap="RESP-MAXOUT-CAP")
