"""The Gemini API along the axes of docs/axes.md: whole and streamed, cut, in a later turn, in other letters, compressed."""

from collections.abc import Iterator

from conformance.cases.axes import each_drawn, judge_values
from conformance.checks import gemini_stream
from conformance.checks.reading import body_of
from conformance.checks.usage import gemini_adds_up
from conformance.probing.axes import Asked
from conformance.probing.drawn import answered
from conformance.probing.judge import Judge
from conformance.probing.surface import Gemini


def also_decided(asked: Asked) -> Iterator[str]:
    """What an answer shows beside the promises of its values."""
    yield "GEM-STREAM-ORDER" if asked.transport == "streamed" else "GEM-USAGE-SUM"
    if asked.length == "cut":
        yield "GEM-MAXOUT-CAP"


@each_drawn("gemini", also_decided)
def test_drawn(gemini: Gemini, judge: Judge, asked: Asked) -> None:
    """The model answers, whole and streamed, in a first and a later turn, whatever else is asked along with it."""
    model = gemini.on(asked.model)
    exchange = answered(model, asked)
    if asked.transport == "streamed":
        judge(gemini_stream.order(exchange), "GEM-STREAM-ORDER", about=exchange)
    else:
        judge(gemini_adds_up(body_of("gemini", exchange)), "GEM-USAGE-SUM", about=exchange)
    judge_values(model, asked, exchange, cap="GEM-MAXOUT-CAP")
