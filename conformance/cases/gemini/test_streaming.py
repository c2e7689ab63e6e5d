"""streamGenerateContent, which the page does not mention but the API that it names has."""

from conformance.cases import decides
from conformance.checks import gemini_stream
from conformance.checks.answers import is_success, recorded
from conformance.checks.ending import is_whole, truncation_reason
from conformance.checks.event_stream import is_streamed
from conformance.checks.findings import Undecided
from conformance.checks.gemini import summarise
from conformance.checks.same import same
from conformance.checks.timing import arrives_as_it_is_made
from conformance.probing.judge import Judge, NotApplicable
from conformance.probing.probes import LONG_ANSWER
from conformance.probing.probes import gemini as body_of
from conformance.probing.surface import Gemini


@decides("GEM-STREAM")
def test_long_stream(gemini: Gemini, judge: Judge) -> None:
    """If the Gemini surface streams, the pieces of a long answer come as they are made, not all at its end."""
    streamed = gemini.attempt(body_of({"text": LONG_ANSWER}, maxOutputTokens=400), url=gemini.stream_url())
    judge.or_end(recorded(streamed, "streamGenerateContent"))
    if not is_success(streamed) or not is_streamed(streamed):
        raise NotApplicable("the target does not stream on the Gemini surface")
    if reason := truncation_reason(streamed):
        raise Undecided(reason)
    judge(arrives_as_it_is_made(streamed))


@decides("GEM-STREAM", "GEM-STREAM-ORDER", "GEM-STREAM-EQUAL")
def test_stream(gemini: Gemini, judge: Judge) -> None:
    """If the Gemini surface streams, its events make one consistent answer."""
    whole = gemini.ask(gemini.hello)
    streamed = gemini.send(gemini.hello, url=gemini.stream_url())
    judge.or_end(recorded(streamed, "streamGenerateContent"), "GEM-STREAM")
    if not is_success(streamed) or not is_streamed(streamed):
        raise NotApplicable("the target does not stream on the Gemini surface")
    if judge(gemini_stream.order(streamed), "GEM-STREAM-ORDER"):
        judge(is_whole(streamed), "GEM-STREAM")
    again = gemini.ask(gemini.hello)
    found = same(gemini_stream.summarise(streamed), summarise(whole.body), summarise(again.body))
    judge(found, "GEM-STREAM-EQUAL", about=streamed)
