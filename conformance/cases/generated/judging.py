"""What is judged of the answer to a generated request, and by which requirement."""

from collections.abc import Iterator, Mapping

from conformance.checks.findings import Finding
from conformance.checks.generated import (
    Control,
    answer_fits,
    broken_is_refused,
    broken_is_the_clients,
    legal_is_answered,
)
from conformance.corpus.case import GeneratedCase
from conformance.wire.exchange import Exchange


def judgements(case: GeneratedCase, exchange: Exchange, control: Control) -> Mapping[str, Iterator[Finding]]:
    """By requirement: what its check finds. `control` gives the exchange of the plain request beside it."""
    what, shown = str(case), case.shown
    if case.mode == "positive":
        promised_by, plain = case.promised_by, case.is_plain
        return {
            "SPEC-VALID-ANSWERED": legal_is_answered(
                exchange, control, what, shown=shown, promised_by=promised_by, plain=plain
            ),
            "SPEC-ANSWER-FITS": answer_fits(exchange, case.of.spec, what, shown=case.of.shown),
        }
    return {
        "ERR-CLIENT-NOT-5XX": broken_is_the_clients(exchange, control, what, shown=shown),
        "SPEC-INVALID-REFUSED": broken_is_refused(exchange, control, what, shown=shown, forbidden_by=case.forbidden_by),
    }
