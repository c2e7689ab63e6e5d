"""Requests made from the specs: legal ones are answered with what fits, broken ones are refused in words."""

from conformance.cases import decides
from conformance.corpus.case import GeneratedCase
from conformance.corpus.frozen import plain_of
from conformance.probing.generated import judgements, send, send_once
from conformance.probing.judge import Judge
from conformance.probing.surface import Surface
from conformance.runs.case import RunningCase
from conformance.wire.exchange import Exchange


@decides("SPEC-VALID-ANSWERED", "SPEC-ANSWER-FITS")
def test_legal(surface: Surface, generated: GeneratedCase, running: RunningCase, judge: Judge) -> None:
    """A request that fits the spec is answered, or refused where nothing promises it; the answer fits the spec."""
    _judge(surface, generated, running, judge)


@decides("SPEC-INVALID-REFUSED", "ERR-CLIENT-NOT-5XX")
def test_broken(surface: Surface, generated: GeneratedCase, running: RunningCase, judge: Judge) -> None:
    """A request that breaks the spec in one place is refused, and breaks nothing else; the plain one is answered."""
    _judge(surface, generated, running, judge)


def _judge(surface: Surface, generated: GeneratedCase, running: RunningCase, judge: Judge) -> None:
    def control() -> Exchange:
        return send_once(surface, plain_of(generated), running.shared)

    exchange = control() if generated.is_plain else send(surface, generated, control)
    for requirement, found in judgements(generated, exchange, control):
        if requirement in judge.requirements:
            judge(found, requirement, about=exchange)
        else:
            for finding in found:
                judge.notice(requirement, finding, exchange)
