"""What whoever watches a target wants of a run, also of one that could not look: lines of JSON, and metrics for Prometheus.

A run that could not look at its target is a state of its own: it must neither read as kept promises nor as broken ones.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from conformance import __version__
from conformance.checks.verdicts import RunVerdict, Verdict
from conformance.report.counts import by_verdict, narrowing, selection_text
from conformance.report.results import Results, Selection, Tokens, to_text
from conformance.report.safe import one_line
from conformance.report.scope import scope_of
from conformance.requirements import LEVELS, Level

State = Literal["looked", "incomplete", "could_not_look"]
STATES: tuple[State, ...] = ("looked", "incomplete", "could_not_look")
"""A run got to its end; it did not, or the suite broke; or there was nothing to judge: no gateway, a refused token."""
RUN_VERDICTS: tuple[RunVerdict, ...] = ("conformant", "conformant_with_deviations", "nonconformant", "inconclusive")
WHOLE = "whole"
"""How a selection is called that narrows nothing."""


class RunLine(Struct, frozen=True, kw_only=True, tag_field="type", tag="run"):
    """The run itself: the first line. What only a run that looked can tell is absent in the others."""

    target: str
    mode: str
    selection: Annotated[str, Meta(description="Whole, or what narrows it, in words.")]
    started_at: str
    state: State
    reason: Annotated[str, Meta(description="Why it could not look, or is not complete.")] = ""
    suite: str
    shard: str = ""
    failed_in: str = ""
    duration_s: float
    verdict: RunVerdict | UnsetType = UNSET
    scope: Annotated[tuple[str, ...], Meta(description="How far the verdict reaches, in words.")] = ()
    partial: Annotated[bool, Meta(description="Whether that is less than all that the documents promise.")] = False
    counts: Mapping[str, int] | UnsetType = UNSET
    requests: int | UnsetType = UNSET
    tokens: Tokens | UnsetType = UNSET


class RequirementLine(Struct, frozen=True, kw_only=True, tag_field="type", tag="requirement"):
    """A requirement and its verdict in the run."""

    target: str
    mode: str
    selection: str
    started_at: str
    id: str
    level: Level
    surface: str
    verdict: Verdict
    note: str


class Watched(Struct, frozen=True, kw_only=True):
    """A run as it is watched: what it says of itself, and of each requirement; of none if it could not look."""

    run: RunLine
    requirements: tuple[RequirementLine, ...] = ()


def series_of(selection: Selection | Mapping[str, Any]) -> str:
    """What tells runs of one target apart: the selection in words. A rerun of what failed belongs to the run before."""
    narrowed = {name: value for name, value in narrowing(selection).items() if name not in ("failed_in", "shard")}
    return one_line(selection_text(narrowed)) or WHOLE


def watched(results: Results) -> Watched:
    """A run that has results."""
    reach = scope_of(results)
    run = RunLine(
        target=one_line(results.target.name),
        mode=results.target.mode,
        selection=series_of(results.selection),
        started_at=results.started_at,
        state="looked" if results.complete and not results.errors else "incomplete",
        reason=one_line("; ".join(results.incomplete)),
        suite=results.suite.version,
        shard=results.selection.shard,
        failed_in=results.selection.failed_in,
        duration_s=results.duration_s,
        verdict=results.verdict,
        scope=reach.texts,
        partial=reach.partial,
        counts={str(verdict): count for verdict, count in by_verdict(results.requirements).items()},
        requests=results.requests,
        tokens=results.tokens,
    )
    rows = [
        RequirementLine(
            target=run.target, mode=run.mode, selection=run.selection, started_at=run.started_at,
            id=row.id, level=row.level, surface=row.surface, verdict=row.verdict, note=one_line(row.note),
        )
        for row in results.requirements
    ]  # fmt: skip
    return Watched(run=run, requirements=tuple(rows))


def could_not_look(target: str, mode: str, selection: Mapping[str, Any], started_at: datetime, reason: str) -> Watched:
    """A run that has no results."""
    run = RunLine(
        target=one_line(target),
        mode=mode,
        selection=series_of(selection),
        started_at=started_at.isoformat(timespec="seconds"),
        state="could_not_look",
        reason=one_line(reason),
        suite=__version__,
        shard=str(selection.get("shard", "")),
        duration_s=round((datetime.now(UTC) - started_at).total_seconds(), 3),
    )
    return Watched(run=run)


def ndjson(run: Watched) -> str:
    """The run in lines of JSON: first itself, then each requirement."""
    return "".join(f"{to_text(line)}\n" for line in (run.run, *run.requirements))


def from_ndjson(text: str) -> Watched:
    """The inverse of `ndjson`; unknown members are ignored. Raises `ValueError`."""
    first, *rest = [line for line in text.split("\n") if line] or [""]
    return Watched(
        run=msgspec.json.decode(first, type=RunLine),
        requirements=tuple(msgspec.json.decode(line, type=RequirementLine) for line in rest),
    )


_PREFIX = "gateway_conformance_"
_HELP = {
    "run_state": "1 for the state of the last run: looked, incomplete, or could_not_look.",
    "run_verdict": "1 for the verdict of the last run; absent if it could not look.",
    "run_timestamp_seconds": "When the last run ended, in seconds since 1970.",
    "run_duration_seconds": "How long the last run took.",
    "requests": "Requests of the last run.",
    "tokens": "Tokens of the last run as the target counts them, by direction.",
    "requirements": "How many requirements of a level got a verdict in the last run.",
    "requirement_verdict": "1 for the verdict of each requirement in the last run.",
    "suite_info": "1; the version of the suite that judged.",
}
"""The metrics, all of them gauges."""

Sample = tuple[str, Mapping[str, str], float]


def prometheus(run: Watched) -> str:
    """The run in the text format of Prometheus, for the textfile collector of its node exporter."""
    found = dict[str, list[str]]()
    own = {"target": run.run.target, "mode": run.run.mode, "selection": _part(run.run)}
    for name, labels, value in _samples(run):
        shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in (own | dict(labels)).items())
        found.setdefault(name, []).append(f"{_PREFIX}{name}{{{shown}}} {value:.15g}\n")
    return "".join(
        f"# HELP {_PREFIX}{name} {text}\n# TYPE {_PREFIX}{name} gauge\n{''.join(found[name])}"
        for name, text in _HELP.items()
        if name in found
    )


def _part(line: RunLine) -> str:
    """The selection of one run: two files of a collector may not hold the same series."""
    shard = [f"shard {line.shard}"] if line.shard else []
    return "; ".join([line.selection, *shard, *(["what failed"] if line.failed_in else [])])


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _samples(run: Watched) -> Iterable[Sample]:
    line, ended = run.run, datetime.fromisoformat(run.run.started_at) + timedelta(seconds=run.run.duration_s)
    yield from (("run_state", {"state": state}, state == line.state) for state in STATES)
    yield "run_timestamp_seconds", {}, ended.timestamp()
    yield "run_duration_seconds", {}, line.duration_s
    yield "suite_info", {"version": line.suite}, 1
    if line.verdict is UNSET:
        return
    yield from (("run_verdict", {"verdict": verdict}, verdict == line.verdict) for verdict in RUN_VERDICTS)
    if line.requests is not UNSET:
        yield "requests", {}, line.requests
    if line.tokens is not UNSET:
        yield "tokens", {"direction": "input"}, line.tokens.input
        yield "tokens", {"direction": "output"}, line.tokens.output
    for level in LEVELS:
        rows = [row for row in run.requirements if row.level == level]
        counts = {verdict: sum(row.verdict == verdict for row in rows) for verdict in by_verdict(())}
        yield from (("requirements", {"level": level, "verdict": verdict}, count) for verdict, count in counts.items())
    for row in run.requirements:
        labels = {"requirement": row.id, "level": row.level, "surface": row.surface, "verdict": row.verdict}
        yield "requirement_verdict", labels, 1
