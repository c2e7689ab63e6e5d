"""What one case found about one requirement, with the exchanges that show it."""

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.report.results import Finding
from conformance.report.views.exchanges import FOLDED, OPEN, ShownExchange, shown_exchanges
from conformance.report.views.listed import Link, ListedCase
from conformance.report.wording import counted, cut

_LABELS = {"violation": "actual", "undecided": "undecided", "warning": "seen"}
"""By kind of finding: what its message is called beside what was expected."""


@dataclass(frozen=True)
class ShownFinding:
    """What was expected, and what came. Texts that are empty are left out."""

    kind: str
    expected: str
    label: str
    message: str
    actual: str
    path: str


@dataclass(frozen=True)
class Evidence:
    """What a case found about a requirement. Its exchanges stand at the first of its requirements."""

    case: Link
    findings: tuple[ShownFinding, ...]
    anchor: str
    """Of the case's exchanges, here or at another requirement."""
    home: str
    """The other requirement at which the exchanges stand; empty if here."""
    exchanges: tuple[ShownExchange, ...]
    omitted: str
    folded: str
    """The words that all exchanges are folded under; empty if each stands by itself."""


def evidence(
    case: ListedCase, findings: tuple[Finding, ...], requirement: str, homes: Mapping[str, str], *, compact: bool
) -> Evidence:
    """The evidence of a case; `findings` are the gravest first, `homes` tell at which requirement exchanges stand.

    A compact one folds all exchanges under a line.
    """
    home = homes[case.row.id]
    here = home == requirement
    return Evidence(
        case=Link(cut(case.row.id, 200), case.listed),
        findings=tuple(map(_shown, findings)),
        anchor=case.evidence,
        home="" if here else home,
        exchanges=shown_exchanges(case, FOLDED if compact else OPEN, _judged(findings)) if here else (),
        omitted=case.omitted,
        folded=f"{counted(len(case.exchanges), 'exchange')} and curl" if compact else "",
    )


def _judged(findings: tuple[Finding, ...]) -> frozenset[str]:
    """The exchanges that the gravest findings are about."""
    return frozenset(found.exchange for found in findings if found.kind == findings[0].kind)


def _shown(found: Finding) -> ShownFinding:
    return ShownFinding(
        kind=found.kind,
        expected=cut(found.expected, 600),
        label=_LABELS[found.kind],
        message=cut(found.message, 600),
        actual=cut(found.actual, 600),
        path=cut(found.path, 200),
    )
