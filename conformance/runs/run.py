"""A run and what came of it. The plugin calls it; xdist's workers and the one process that reports share it."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from conformance import __version__, resources
from conformance.checks import verdicts
from conformance.checks.schema import SPECS, spec_path
from conformance.errors import UsageError
from conformance.recordings.evidence import Evidence
from conformance.recordings.manifest import MANIFEST, clients
from conformance.report import body_files, proofs, results
from conformance.report.conclusion import conclude, not_asked
from conformance.report.counts import narrowing, provenance_text
from conformance.report.deviations import Matching, failing, is_active
from conformance.report.pace import limits_of, together
from conformance.report.results import (
    CaseResult,
    Deviation,
    ExchangeRecord,
    KeptLimits,
    Network,
    Results,
    Suite,
    TakenOver,
    Target,
    Timing,
)
from conformance.report.safe import one_line
from conformance.report.timing import timing
from conformance.report.write import ReportDirectory
from conformance.requirements import catalogue, rows
from conformance.requirements.own import is_own
from conformance.runs.earlier import EarlierReport
from conformance.runs.outputs import OutputFiles
from conformance.runs.part import Part
from conformance.runs.settings import Settings
from conformance.wire.redact import is_mere_word


class Run:
    """What is to be run, and what came of it so far."""

    def __init__(self, settings: Settings, report_dir: Path | None, concurrency: int = 1) -> None:
        self.settings, self.concurrency = settings, concurrency
        self.part = Part()
        self.outputs = OutputFiles()
        self.cases: dict[str, CaseResult] = {}
        self.bodies: dict[str, bytes] = {}
        """By exchange: the bodies of requests that go to files, of no more than the first ones."""
        self._taken_over: TakenOver | None = None
        self.errors: list[str] = []
        self.own_errors: list[str] = []
        """Where own cases broke: that says nothing of what the others found."""
        self.deviations: tuple[Deviation, ...] = ()
        self.baseline: Results | None = None
        self.documentation = ""
        """What the target is known to do otherwise."""
        self.in_part: set[str] = set()
        """Requirements of which the selection has left cases out."""
        self.limits_of_workers: list[KeptLimits] = []
        """Of other processes of the run: what their limits of rate have done."""
        self._report = ReportDirectory(report_dir, settings.target.name)
        self._clock = time.perf_counter()
        self.started_at = datetime.now(UTC)

    def prepare(self, *, writes_report: bool = True) -> str:
        """Checks what can be checked before the first case; gives the models that the target does not serve, as text.

        Raises `UsageError`.
        """
        if writes_report:
            self._report.check()
            self.outputs.check()
        self._take_up()
        len(self.settings.generated)  # read before anything is sent: what cannot be read ends the run here
        if self.settings.mode == "replay":
            return ""
        seen = self.settings.preflight()
        self.settings = self.settings.without(seen)
        if writes_report:
            both_sides = self.settings.watches_both_sides
            kept = Evidence(self.settings.target, self.settings.selection.to_json(), both_sides=both_sides)
            self.settings = replace(self.settings, evidence=kept)
        return str(seen)

    def _take_up(self) -> None:
        """Looks into the earlier report that an option names. Raises `UsageError`."""
        if not (named := self.part.earlier()):
            return
        settings = self.settings
        if self.part.resume and settings.mode == "replay":
            raise UsageError(
                "--resume continues a live run, and a replay sends nothing: give the live target, or leave it out"
            )
        report = EarlierReport.read(*named, this_suite(), self.target(), settings.selection)
        taken_over = self.part.look_up(report)
        for case in taken_over:
            self.add(case)
        if self.part.failed:
            self.settings = replace(
                settings, selection=replace(settings.selection, failed_in=report.results.started_at)
            )
        else:
            self._taken_over = report.taken_over(taken_over)

    @property
    def heard(self) -> int:
        """How many of the cases that were to be run have told their result."""
        return len(self.cases) - len(self._taken_over.cases if self._taken_over else ())

    def add(self, result: CaseResult) -> None:
        """Takes the result of a case."""
        self.cases[result.id] = result
        self.bodies.update(result.bodies)
        result.bodies.clear()  # pytest keeps its report of each case, with the result, to the end
        while len(self.bodies) > body_files.MOST:
            del self.bodies[max(self.bodies, key=_in_order)]
        if result.error:
            errors = self.own_errors if is_own(result.id) else self.errors
            errors.append(result.error.strip() if result.usage_error else f"{result.id}: {result.error.strip()}")

    @cached_property
    def _matching(self) -> Matching:
        return Matching({row.id: row.level for row in catalogue().values()}, self.target())

    def uncounted(self, case: CaseResult) -> str:
        """Why a case that failed does not fail the run; empty if it does."""
        failed = [name for name, verdict in case.verdicts.items() if verdict == "failed"]
        profile = self.settings.selection.profile
        counting = [name for name in failed if not profile or name in profile.required]
        if case.verdict != "failed" or is_own(case.id):
            return ""
        if not counting:
            return "unscored"
        if not self.deviations:
            return ""
        active = [one for one in self.deviations if is_active(one, self.started_at.date())]
        return "known deviation" if all(self._matching.covers(active, case, name) for name in counting) else ""

    def provenance_line(self) -> str:
        """Whose behaviour the run shows, in a line. Of a live run no more is known before it."""
        if self.settings.mode != "replay":
            return one_line(f"A live run against {self.settings.target.name}.")
        return one_line(provenance_text(self.target(), self.started_at.isoformat()))

    def credential_line(self) -> str:
        """How a live run authenticates, in a line, and never with what; empty of a replay."""
        if self.settings.mode == "replay":
            return ""
        credential = self.settings.credential
        return one_line(f"It authenticates by {credential.auth_type} ({credential.origin}).")

    def word_line(self) -> str:
        """That the token of a live run is a mere word, in a line; empty if it is none."""
        credential = self.settings.credential
        if not any(map(is_mere_word, credential.secrets)):
            return ""
        return one_line(
            f"the token ({credential.origin}) is a mere word or very short: it is not cut out of what is kept"
        )

    def exit_code(self, results: Results, *, interrupted: bool) -> int:
        """The exit code of the finished run; `interrupted`: it was ended before its time, and not by pytest's -x."""
        errors = [*self.errors, *self.own_errors]
        return exit_code(results, self.cases.values(), errors, interrupted=interrupted)

    def results(self, *, ended: bool) -> Results:
        """What was found; `ended`: the run has got to its end."""
        altered = any(case.provenance == "altered" for case in self.cases.values()) or self.settings.is_altered
        reasons = {
            "the run did not get to its end": not ended,
            "the recording did not get to its end": self.settings.is_unfinished,
            "it judges recordings that were changed after they were made": altered,
        }
        selection, proved = self.settings.selection, proofs.shipped()
        return conclude(
            suite=this_suite(),
            target=self.target(),
            clients=clients(),
            started_at=self.started_at.isoformat(timespec="milliseconds"),  # two runs may begin in the same second
            duration_s=time.perf_counter() - self._clock,
            catalogue=catalogue().values(),
            cases=self.cases.values(),
            selected=set(filter(self.settings.wants, self.settings.known)),
            selection=results.Selection(**vars(selection)),
            incomplete=[*(reason for reason, holds in reasons.items() if holds), *not_asked(self.cases.values())],
            errors=self.errors,
            catches={name: proved.of(name) for name in catalogue()},
            limits=self.limits(),
            timing=self._timing(),
            uncaught={name: proved.uncaught_reason(name) for name in catalogue()},
            shard=self.part.fallen,
            taken_over=self._taken_over,
            deviations=self.deviations,
            baseline=self.baseline,
            documentation=self.documentation,
            in_part=self.in_part,
            own=self.settings.own,
            own_errors=self.own_errors,
        )

    def limits(self) -> KeptLimits | None:
        """What the limits of rate have done so far; None for a replay."""
        limiter = self.settings.sending.rate_limiter
        return together([limits_of(limiter.log), *self.limits_of_workers]) if limiter else None

    def _timing(self) -> Timing | None:
        """When the answers came. A replay that changes the chunks knows it no more; one exchange may be several cases'."""
        if self.settings.rechunking:
            return None
        times = {name: each for case in self.cases.values() for name, each in case.times.items()}
        found = timing(times.values(), recorded=self.settings.mode == "replay")
        return found if found.rows else None

    def write(self, results: Results) -> Path:
        """Writes the report. Gives its directory. Raises `OSError`."""
        evidence = self.settings.evidence.text() if self.settings.evidence else ""
        exchanges = exchanges_of(self.cases.values())
        written = self._report.write(results, exchanges, evidence, body_files.needed(self.bodies, exchanges))
        self.outputs.write(results, exchanges)
        return written

    def finish_recording(self, *, ended: bool) -> Iterator[str]:
        """Puts what was recorded in its place; `ended`: the run has got to its end. Gives what went wrong."""
        if self.settings.mode != "record":
            return
        silent = [case.id for case in self.cases.values() if not case.exchanges and not case.error]
        kept = [case.id for case in self.cases.values() if case.exchanges and not case.error]
        try:
            self.settings.finish_recording(silent, len(kept) - len(self._resumed()), ended=ended)
        except OSError as error:
            yield f"the recordings in {self.settings.cassettes} cannot be finished: {error.strerror or error}"
        except UsageError as error:
            yield str(error)

    def target(self) -> Target:
        """What was under test, as results.json has it."""
        target, kept, replayed = self.settings.target, self.settings.provenance, self.settings.mode == "replay"
        resumed = len(self._resumed())
        altered = sorted(case.id for case in self.cases.values() if case.provenance == "altered")
        return Target(
            name=target.name,
            mode="replay" if replayed else "live",
            surfaces=dict(target.surfaces),
            provenance=kept["recorded_from"] if replayed else self._recorded_from(),
            recorded_since=self._recorded_since(),
            recorded_at=kept.get("recorded_at") if replayed else None,
            altered=(*([MANIFEST] if self.settings.is_altered else []), *altered),
            resumed=resumed,
            all_resumed=bool(resumed) and resumed == sum(bool(case.exchanges) for case in self.cases.values()),
            recorded_in_part=tuple(_in_part(kept.get("runs", ()))) if replayed else (),
            auth_type=target.auth_type or None,
            models=dict(target.models) if target.models is not None else None,
            models_by_surface={name: dict(own) for name, own in target.surface_models.items()},
            not_offered=dict(target.not_offered),
            lacking=target.absent_models(),
            rechunked=str(self.settings.rechunking) if self.settings.rechunking else None,
            network=self._network(),
        )

    def _network(self) -> Network | None:
        route = self.settings.sending.route
        if route is None:
            return None
        from conformance.runs.network import used

        return used(route, self.settings.target)

    def _recorded_since(self) -> str | None:
        if self.settings.mode == "replay":
            return self.settings.provenance.get("recorded_since")
        return self.settings.resumed_since if self._resumed() else None

    def _resumed(self) -> set[str]:
        """The cases that an earlier run has recorded, and that this one has not sent again."""
        return set(self.settings.origins) & set(self.cases) if self.settings.mode == "record" else set()

    def _recorded_from(self) -> str:
        return provenance_of_run(self.cases.values())


def this_suite() -> Suite:
    """Which suite judges here."""
    return Suite(
        name="gateway-conformance",
        version=__version__,
        openapi_sha256={surface: resources.digest(spec_path(surface)) for surface in SPECS},
        catalogue_sha256=resources.digest(*rows()),
    )


def provenance_of_run(cases: Iterable[CaseResult]) -> str:
    """Whose behaviour live cases show: those that were answered at all. What was not sent any more tells of nobody."""
    seen = {case.provenance for case in cases if any(exchange.response for exchange in case.exchanges)}
    return "reference" if seen == {"reference"} else "live"


def exit_code(results: Results, cases: Iterable[CaseResult], errors: Sequence[str], *, interrupted: bool) -> int:
    """The exit code of a finished run. Whatever the user has to mend, and nothing else, is wrong usage."""
    broken = [case for case in cases if case.error]
    if errors and len(errors) == len(broken) and all(case.usage_error for case in broken):
        return verdicts.EXIT_USAGE
    codes = [
        verdicts.exit_code(verdict, broken=bool(errors), complete=results.complete, interrupted=interrupted)
        for verdict in results.verdicts_asked_for
    ]
    if failing(results) and not errors and not interrupted:
        return verdicts.EXIT_NONCONFORMANT
    return verdicts.EXIT_NONCONFORMANT if verdicts.EXIT_NONCONFORMANT in codes else max(codes)


def exchanges_of(cases: Iterable[CaseResult]) -> list[ExchangeRecord]:
    """The exchanges of cases in the order of their ids, each once; the first alone send files."""
    found = (exchange for case in sorted(cases, key=_by_id) for exchange in case.exchanges)
    return body_files.bounded({exchange.id: exchange for exchange in found}.values())


def _in_part(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The selections of recordings that were made of parts of the catalogue; none if some run has selected all of it."""
    selections = [narrowing(run.get("selection", {})) for run in runs]
    added = {"statistics", "all_models"}
    parts = [{name: value for name, value in selection.items() if name not in added} for selection in selections]
    return list({str(part): part for part in parts}.values()) if all(parts) else []


def _by_id(case: CaseResult) -> str:
    return case.id


def _in_order(exchange: str) -> tuple[str, int, str]:
    """Where an exchange stands in a report, by its id, which ends in its number."""
    case, _, number = exchange.rpartition("#")
    return case, len(number), number
