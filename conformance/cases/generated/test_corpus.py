"""Requests made from the specs: legal ones are answered with what fits, broken ones are refused in words."""

from conformance.cases import decides
from conformance.cases.generated.sending import send, send_once
from conformance.cases.judge import Judge
from conformance.cases.surface import Surface
from conformance.checks.generated import answer_fits, broken_is_refused, broken_is_the_clients, legal_is_answered
from conformance.corpus.case import GeneratedCase
from conformance.corpus.frozen import plain_of
from conformance.running import RunningCase
from conformance.wire.exchange import Exchange


@decides("SPEC-VALID-ANSWERED", "SPEC-ANSWER-FITS")
def test_legal(surface: Surface, generated: GeneratedCase, running: RunningCase, judge: Judge) -> None:
    """A request that fits the spec is answered, or refused where nothing promises it; the answer fits the spec."""

    def control() -> Exchange:
        return send_once(surface, plain_of(generated), running)

    what, shown, plain = str(generated), generated.shown, generated.is_plain
    exchange = control() if plain else send(surface, generated, control)
    answered = legal_is_answered(exchange, control, what, shown=shown, promised_by=generated.promised_by, plain=plain)
    judge(answered, "SPEC-VALID-ANSWERED", about=exchange)
    judge(answer_fits(exchange, generated.of.spec, what, shown=generated.of.shown), "SPEC-ANSWER-FITS", about=exchange)


@decides("SPEC-INVALID-REFUSED", "ERR-CLIENT-NOT-5XX")
def test_broken(surface: Surface, generated: GeneratedCase, running: RunningCase, judge: Judge) -> None:
    """A request that breaks the spec in one place is refused, and breaks nothing else; the plain one is answered."""

    def control() -> Exchange:
        return send_once(surface, plain_of(generated), running)

    what, shown = str(generated), generated.shown
    exchange = send(surface, generated, control)
    refused = broken_is_refused(exchange, control, what, shown=shown, forbidden_by=generated.forbidden_by)
    judge(refused, "SPEC-INVALID-REFUSED", about=exchange)
    judge(broken_is_the_clients(exchange, control, what, shown=shown), "ERR-CLIENT-NOT-5XX", about=exchange)
