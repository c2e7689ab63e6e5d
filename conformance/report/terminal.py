"""The summary of a run in the terminal."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain
from pathlib import Path

from conformance.checks.verdicts import STRONGEST_FIRST
from conformance.report.causes import PROBLEMS
from conformance.report.changed import since_text
from conformance.report.counts import (
    by_verdict,
    cut_note,
    network_text,
    provenance_text,
    taken_over_text,
)
from conformance.report.deviations import FAILING, failing, line, not_covered_text
from conformance.report.errors_of_suite import error_line
from conformance.report.models import BEST_FIRST
from conformance.report.pace import limits_line
from conformance.report.results import Cause, ModelRow, OwnRequirements, RequirementRow, Results
from conformance.report.safe import one_line
from conformance.report.scope import beside_musts, headline, musts_of_gateways, outcome_of, scope_of
from conformance.report.wording import counted
from conformance.requirements import LEVELS, SURFACES

Style = Mapping[str, bool]
_LINE = 200
"""Characters of the line of a requirement, or of a cause."""
_IDS = 70
"""Characters of that line for the requirements behind a cause."""
_COLOURS: dict[str, Style] = {
    "conformant": {"green": True},
    "conformant_with_deviations": {"yellow": True},
    "nonconformant": {"red": True},
    "inconclusive": {"yellow": True},
}


def summary(results: Results, directory: Path | None) -> Iterator[tuple[str, Style]]:
    """The lines of the summary, each with its style; `directory` is where the report is, if it could be written."""
    yield "", {}
    colour = {"red": True} if failing(results) else _COLOURS[results.headline_verdict]
    yield _headline(results), {"bold": True, **colour}
    yield one_line(provenance_text(results.target, results.started_at)), {}
    if network := network_text(results.target):
        yield f"network: {one_line(network)}", {}
    if taken_over := taken_over_text(results):
        yield taken_over, {}
    yield f"{counted(len(results.requirements), 'requirement')}: {_counted(results.requirements)}", {}
    musts = musts_of_gateways(results)
    yield f"{len(musts)} of them MUST{beside_musts(results)}: {_counted(musts)}", {}
    yield _traffic(results), {}
    if results.models:
        yield _models(results), {}
    if results.limits and (line := limits_line(results.limits)):
        yield f"limits: {line}", {}
    if results.selection.cheap and results.complete:
        left = [row.id for row in results.requirements if row.note.endswith("(--cheap left out some)")]
        yield f"--cheap left undecided: {', '.join(left) or 'nothing'}", {}
    rows = {row.id: row for row in results.requirements}
    for cause in results.causes:
        behind = [rows[name] for name in cause.requirements]
        if not all(row.known for row in behind):  # those are told with their owners
            yield _line_of(cause, behind), {}
    yield from _since(results)
    yield from _deviations(results)
    yield from chain.from_iterable(map(_own, results.own))
    for error in results.errors:
        yield f"ERROR {error_line(error)}"[:400], {"red": True}
    if directory:
        yield f"report: {directory / 'report.html'}", {"bold": True}


def _since(results: Results) -> Iterator[tuple[str, Style]]:
    """What has changed since the earlier run."""
    if results.baseline:
        yield one_line(f"since {since_text(results.baseline)}")[:400], {}


def _deviations(results: Results) -> Iterator[tuple[str, Style]]:
    """What became of each known deviation, those that fail the run last."""
    rows = results.deviations.rows if results.deviations else ()
    for row in sorted(rows, key=lambda one: one.outcome in FAILING):
        failed = row.outcome in FAILING
        yield (
            one_line(f"{'DEVIATION' if failed else 'known deviation'} {line(row)}")[:400],
            {"red": True} if failed else {},
        )
    for one in results.deviations.not_covered if results.deviations else ():
        yield one_line(f"{one.requirement}: {not_covered_text(one)}")[:400], {"red": True}


def _own(own: OwnRequirements) -> Iterator[tuple[str, Style]]:
    """The verdict on what is one's own, apart from that on the contract."""
    yield f"own requirements of {own.name}, no part of the contract: {own.verdict}", _COLOURS[own.verdict]
    yield f"  {counted(len(own.requirements), 'requirement')}: {_counted(own.requirements)}", {}
    yield from ((_line_of_row(row), {}) for row in own.requirements if row.verdict in PROBLEMS)


def _line_of(cause: Cause, rows: Sequence[RequirementRow]) -> str:
    """A cause in a line: its only requirement, or what came and the first of the requirements behind it, the worst first."""
    if len(rows) == 1:
        return _line_of_row(rows[0])
    ordered = sorted(rows, key=lambda row: (STRONGEST_FIRST.index(row.verdict), LEVELS.index(row.level)))
    ids = _first_ids([row.id for row in ordered])
    head = f"  {cause.verdict:<13} {len(rows)} for one cause: "
    return f"{head}{cut_note(one_line(cause.summary), _LINE - len(head) - len(ids) - 3)} [{ids}]"


def _line_of_row(row: RequirementRow) -> str:
    head = f"  {row.verdict:<13} {row.id:<28} {row.level:<7} {'does not count: ' if row.unscored else ''}"
    return head + cut_note(one_line(row.note), _LINE - len(head))


def _first_ids(ids: Sequence[str]) -> str:
    """As many ids as fit, and how many more there are."""
    lengths = list(accumulate(len(name) + 2 for name in ids))
    shown = max(1, sum(length <= _IDS for length in lengths))
    more = [f"and {len(ids) - shown} more"] if shown < len(ids) else []
    return ", ".join([*ids[:shown], *more])


def _headline(results: Results) -> str:
    """The target and the verdict, and what they are about."""
    reasons = "; ".join(results.incomplete)
    word = outcome_of(results) + (f", and INCOMPLETE: {one_line(reasons)}" if reasons else "")
    return f"{one_line(results.target.name)}: {headline(word, scope_of(results).texts)}"


def _counted(rows: Iterable[RequirementRow]) -> str:
    return ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in by_verdict(rows).items() if count)


def _models(results: Results) -> str:
    """How many models were answered, by surface, and what came of those that were not: some are asked to be refused."""
    asked = {name: [row for row in results.models if row.surface == name] for name in SURFACES}
    return f"models answered: {', '.join(_answered(rows, surface) for surface, rows in asked.items() if rows)}"


def _answered(rows: Iterable[ModelRow], surface: str) -> str:
    best = Counter(min(row.capabilities.values(), key=BEST_FIRST.index) for row in rows)
    others = [f"{best[cell]} {cell}" for cell in BEST_FIRST[1:] if best[cell]]
    return f"{best['answered']} on {surface}" + (f" ({', '.join(others)})" if others else "")


def _traffic(results: Results) -> str:
    """How many cases were run, and what was sent for them."""
    replayed = results.target.mode == "replay"
    generated = sum(bool(case.varies) for case in results.cases)
    cases = counted(len(results.cases), "case") + (f" ({generated} of them generated)" if generated else "")
    sent = "" if replayed or results.target.resumed or results.taken_over else " sent"
    tokens = "replayed, nothing sent" if replayed else f"{results.tokens.input} tokens in, {results.tokens.output} out"
    asked = f"{counted(results.requests, 'request')}, {results.bytes.sent / 1e6:.1f} MB{sent}"
    return f"{cases}, {asked}, {tokens}, {results.duration_s:.1f} s"
