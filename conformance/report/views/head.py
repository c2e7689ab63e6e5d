"""The head of the report: the verdict, what it is worth, and the facts of the run."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.checks.verdicts import DECIDED
from conformance.report.counts import (
    VERDICTS,
    by_verdict,
    member,
    narrowing,
    network_text,
    provenance_text,
    selection_text,
    taken_over_text,
)
from conformance.report.deviations import failing
from conformance.report.errors_of_suite import is_of_own
from conformance.report.results import Results, Target
from conformance.report.scope import beside_musts, musts_of_gateways, outcome_of, scope_of
from conformance.report.views.catalogue import tally
from conformance.report.views.listed import Listed
from conformance.report.wording import counted, cut, surfaces, symbol

_MOST_ERRORS = 10
"""Errors that are told."""


@dataclass(frozen=True)
class SuiteError:
    """Where the suite itself broke: what a reader needs of it, and the whole if that is more."""

    gist: str
    traceback: str


@dataclass(frozen=True)
class Alarm:
    """That the run is not to be trusted as it stands."""

    title: str
    reasons: str
    summary: str
    errors: tuple[SuiteError, ...]
    more: str


@dataclass(frozen=True)
class Fact:
    """A fact of the run; `moment` is its time for machines, if it is one."""

    term: str
    text: str
    moment: str = ""


@dataclass(frozen=True)
class Head:
    """What stands above everything else."""

    title: str
    name: str
    joined: str
    """What stands between the name and the outcome."""
    sign: str
    outcome: str
    mood: str
    """Which of the verdicts it looks like."""
    scope: str
    """How far the verdict reaches."""
    musts: str
    alarm: Alarm | None
    run: str
    """The run in a line, which its facts are folded under."""
    facts: tuple[Fact, ...]
    surfaces: tuple[tuple[str, str], ...]
    """Each with its base URL."""
    models: tuple[tuple[str, str], ...]
    """Documented ones, each with the target's own name."""
    models_folded: str
    """How many models there are."""
    proof: str
    """Whose behaviour the run shows, and what it does not prove."""


def head(results: Results, cases: Listed) -> Head:
    """The head of a run's report."""
    target, verdict = results.target, results.headline_verdict
    alarm = _alarm(results) if results.errors or not results.complete else None
    outcome, reach = outcome_of(results), "; ".join(scope_of(results).texts)
    models = list(_models(target))
    mood: str = (
        "incomplete" if alarm and verdict.startswith("conformant") else "failed" if failing(results) else verdict
    )
    if mood.startswith("conformant") and not results.is_of_own_alone and not _is_any_must_decided(results):
        mood = "not_tested"  # nothing that a gateway has to keep was judged: that is no reason to be green
    return Head(
        title=f"{symbol(verdict)} {outcome}{' (incomplete)' if alarm else ''}: {cut(target.name, 80)} ({reach})",
        name=cut(target.name, 200),
        joined=": " if results.is_of_own_alone else " is ",
        sign=symbol(verdict),
        outcome=f"{outcome} so far" if alarm and verdict != "nonconformant" else outcome,
        mood=mood,
        scope=reach,
        musts=_musts(results),
        alarm=alarm,
        run=f"{target.mode.capitalize()} of {results.started_at[:10]}: {counted(results.requests, 'request')} in "
        f"{counted(len(results.cases), 'case')}, {results.duration_s:,.1f} s",
        facts=tuple(_facts(results, cases)),
        surfaces=tuple((surfaces(name), cut(url, 300)) for name, url in target.surfaces.items()),
        models=tuple((name, cut(own, 200)) for name, own in models),
        models_folded=f"{counted(len(models), 'documented model')} by the target's own names",
        proof=provenance_text(target, results.started_at),
    )


def _models(target: Target) -> Iterator[tuple[str, str]]:
    """Documented models, with the surface where that calls them otherwise, and the target's names."""
    yield from (target.models or {}).items()
    for surface, named in target.models_by_surface.items():
        yield from ((f"{model} on {surface}", own) for model, own in named.items())


def _is_any_must_decided(results: Results) -> bool:
    return any(row.verdict in DECIDED for row in musts_of_gateways(results))


def _musts(results: Results) -> str:
    musts = musts_of_gateways(results)
    if not _is_any_must_decided(results):
        return f"No MUST was judged: {tally(by_verdict(results.requirements))}."
    counts = {verdict: sum(row.verdict == verdict for row in musts) for verdict in VERDICTS}
    return f"Of {counted(len(musts), 'MUST requirement')}{beside_musts(results)}: {tally(counts)}."


def _alarm(results: Results) -> Alarm:
    number = len(results.errors)
    all_own = bool(number) and all(map(is_of_own, results.errors))
    about = (
        f"{'of own cases' if all_own else 'of the suite or of its set-up'}. An error is never a verdict on the target."
    )
    broke = "‼ An own case broke" if all_own else "‼ The suite itself broke"
    return Alarm(
        title=broke if results.complete else "‼ The run is incomplete",
        reasons="" if results.complete else f"Why: {'; '.join(results.incomplete)}.",
        summary=f"{counted(number, 'error')} {about}" if number else "",
        errors=tuple(map(_error, results.errors[:_MOST_ERRORS])),
        more=f"{number - _MOST_ERRORS} more: see results.json." if number > _MOST_ERRORS else "",
    )


def _error(text: str) -> SuiteError:
    """An error by its first line and its last, which names the exception."""
    lines = text.strip().splitlines() or ["an error without a text"]
    if len(lines) == 1:
        return SuiteError(cut(lines[0], 1000), "")
    return SuiteError(f"{cut(lines[0], 200)}\n{cut(lines[-1], 800)}", cut(text, 4000))


def _facts(results: Results, cases: Listed) -> Iterator[Fact]:
    tokens = results.tokens
    requests = f"{results.requests:,} in {counted(len(results.cases), 'case')}"
    if cases.generated:
        requests += f", {len(cases.generated):,} of them generated from the specs"
    replay = ": recordings, nothing was sent" if results.target.mode == "replay" else ""
    yield Fact("Mode", f"{results.target.mode}{replay}")
    if results.target.auth_type:
        yield Fact("Authentication", cut(results.target.auth_type, 80))
    yield Fact("Started", results.started_at.replace("T", " "), moment=results.started_at)
    yield Fact("Duration", f"{results.duration_s:,.1f} s")
    if network := network_text(results.target):
        yield Fact("Network", cut(network, 600))
    yield Fact("Requests", requests)
    if taken_over := taken_over_text(results):
        yield Fact("Taken over", taken_over)
    yield Fact("Tokens, as the target counts them", f"{tokens.input:,} in, {tokens.output:,} out")
    yield Fact("Suite", f"{results.suite.name} {results.suite.version}")
    if results.clients:
        yield Fact("Clients", ", ".join(f"{name} {version}" for name, version in results.clients.items()))
    selected = "; ".join(_choice(name, value) for name, value in narrowing(results.selection).items())
    parts = [cut(selection_text(part), 400) for part in results.target.recorded_in_part]
    recorded = f", of which a part was recorded: {', and '.join(parts)}" if parts else ""
    yield Fact("Selection", f"{selected or 'the whole catalogue'}{recorded}")


def _choice(name: str, value: Any) -> str:
    """What of a selection was chosen; a flag is told by its name alone."""
    if isinstance(value, bool):
        return name
    return f"{member(name)}: {cut(value if isinstance(value, str) else ', '.join(map(str, value)), 400)}"
