"""A run: options in, results out. The plugin calls it; xdist's workers and the one process that reports share it."""

import time
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance import __version__, resources
from conformance.checks import verdicts
from conformance.checks.schema import SPECS, spec_path
from conformance.errors import UsageError
from conformance.recordings.manifest import MANIFEST, clients
from conformance.report import proofs, results
from conformance.report.conclusion import conclude, not_asked
from conformance.report.counts import narrowing, provenance_text
from conformance.report.results import CaseResult, Results, Suite, Target
from conformance.report.safe import one_line
from conformance.report.write import ReportDirectory
from conformance.requirements import catalogue, rows
from conformance.runs.selection import Selection
from conformance.runs.session import ALL_CASES, CASES
from conformance.runs.settings import Settings
from conformance.targets import target as targets
from conformance.targets.preflight import Availability
from conformance.wire.rechunk import Rechunking
from conformance.wire.sender import Limits


class Run:
    """What is to be run, and what came of it so far."""

    def __init__(self, settings: Settings, report_dir: Path | None) -> None:
        self.settings = settings
        self.cases: dict[str, CaseResult] = {}
        self.errors: list[str] = []
        self._report = ReportDirectory(report_dir, settings.target.name)
        self._clock = time.perf_counter()
        self._started_at = datetime.now(UTC)

    @classmethod
    def from_options(cls, options: Namespace, *, parallel: bool) -> "Run":
        """The run that pytest's options describe. Raises `UsageError`."""
        selection = Selection.of(
            options.gateway_surface,
            options.gateway_level,
            options.gateway_requirement,
            smoke=options.gateway_smoke,
            cheap=options.gateway_cheap and not options.gateway_smoke,
            statistics=options.gateway_statistics,
            all_models=options.gateway_all_models,
            corpus=_corpus(options),
            keyword=options.keyword,
            markers=options.markexpr,
            left_out=tuple(
                str(name) for given in (options.deselect, options.ignore, options.ignore_glob) for name in given or ()
            ),
            paths=_paths(options.file_or_dir),
        )
        cassettes = Path(options.gateway_cassettes) if options.gateway_cassettes else None
        report_dir = Path(options.gateway_report_dir) if options.gateway_report_dir else None
        rechunking = _rechunking(options.gateway_rechunk)
        target = _target(options)
        if target is None and selection.only_generated:
            raise UsageError(
                f"the requests in {selection.corpus} are not recorded: give a live target with --base-url or --target"
            )
        if target is None:
            if options.gateway_record:
                raise UsageError("recording needs a target: give --base-url or --target")
            return cls(Settings.replaying(cassettes, selection, rechunking), report_dir)
        if rechunking:
            raise UsageError("only recorded streams are re-chunked: leave out --rechunk, or the live target")
        if options.gateway_record:
            if parallel:
                raise UsageError("recording in parallel would mix the recordings: leave out -n")
            if cassettes is None:
                raise UsageError("recording needs a directory: give --cassettes DIR")
        elif options.gateway_again:
            raise UsageError("--again is about recordings: use it with `gateway-conformance record`")
        elif cassettes:
            raise UsageError("a live run replays nothing: leave out --cassettes, or use `gateway-conformance record`")
        settings = Settings.live(target, selection, _limits(options), cassettes, again=options.gateway_again)
        return cls(_after_preflight(settings, options), report_dir)

    def prepare(self, *, writes_report: bool = True) -> str:
        """Checks what can be checked before the first case; gives the models that the target does not serve, as text.

        Raises `UsageError`.
        """
        if writes_report:
            self._report.check()
        len(self.settings.generated)  # read before anything is sent: what cannot be read ends the run here
        if self.settings.mode == "replay":
            return ""
        seen = self.settings.preflight()
        self.settings = self.settings.without(seen)
        return str(seen)

    def add(self, result: CaseResult) -> None:
        """Takes the result of a case."""
        self.cases[result.id] = result
        if result.error:
            self.errors.append(result.error.strip() if result.usage_error else f"{result.id}: {result.error.strip()}")

    def provenance_line(self) -> str:
        """Whose behaviour the run shows, in a line. Of a live run no more is known before it."""
        if self.settings.mode != "replay":
            return one_line(f"A live run against {self.settings.target.name}.")
        return one_line(provenance_text(self.target(), self._started_at.isoformat()))

    def credential_line(self) -> str:
        """How a live run authenticates, in a line, and never with what; empty of a replay."""
        if self.settings.mode == "replay":
            return ""
        credential = self.settings.credential
        return one_line(f"It authenticates by {credential.auth_type} ({credential.origin}).")

    def exit_code(self, results: Results, *, interrupted: bool) -> int:
        """The exit code of the finished run; `interrupted`: it was ended before its time, and not by pytest's -x."""
        broken = bool(self.errors)
        if broken and all(case.usage_error for case in self.cases.values() if case.error) and self._only_case_errors():
            return verdicts.EXIT_USAGE
        return verdicts.exit_code(results.verdict, broken=broken, complete=results.complete, interrupted=interrupted)

    def _only_case_errors(self) -> bool:
        return len(self.errors) == sum(bool(case.error) for case in self.cases.values())

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
            suite=Suite(
                name="gateway-conformance",
                version=__version__,
                openapi_sha256={surface: resources.digest(spec_path(surface)) for surface in SPECS},
                catalogue_sha256=resources.digest(*rows()),
            ),
            target=self.target(),
            clients=clients(),
            started_at=self._started_at.isoformat(timespec="seconds"),
            duration_s=time.perf_counter() - self._clock,
            catalogue=catalogue().values(),
            cases=self.cases.values(),
            selected={name for name in catalogue() if selection.wants(name)},
            selection=results.Selection(**vars(selection)),
            incomplete=[*(reason for reason, holds in reasons.items() if holds), *not_asked(self.cases.values())],
            errors=self.errors,
            catches={name: proved.of(name) for name in catalogue()},
            uncaught={name: proved.uncaught_reason(name) for name in catalogue()},
        )

    def write(self, results: Results) -> Path:
        """Writes the report. Gives its directory. Raises `OSError`."""
        found = (exchange for case in sorted(self.cases.values(), key=_by_id) for exchange in case.exchanges)
        exchanges = list({exchange.id: exchange for exchange in found}.values())
        return self._report.write(results, exchanges)

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
            lacking=target.absent_models(),
            rechunked=str(self.settings.rechunking) if self.settings.rechunking else None,
        )

    def _recorded_since(self) -> str | None:
        if self.settings.mode == "replay":
            return self.settings.provenance.get("recorded_since")
        return self.settings.resumed_since if self._resumed() else None

    def _resumed(self) -> set[str]:
        """The cases that an earlier run has recorded, and that this one has not sent again."""
        return set(self.settings.origins) & set(self.cases) if self.settings.mode == "record" else set()

    def _recorded_from(self) -> str:
        seen = {case.provenance for case in self.cases.values() if case.exchanges}
        return "reference" if seen == {"reference"} else "live"


def _in_part(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The selections of recordings that were made of parts of the catalogue; none if some run has selected all of it."""
    selections = [narrowing(run.get("selection", {})) for run in runs]
    added = {"statistics", "all_models"}
    parts = [{name: value for name, value in selection.items() if name not in added} for selection in selections]
    return list({str(part): part for part in parts}.values()) if all(parts) else []


def _paths(file_or_dir: Sequence[str]) -> tuple[str, ...]:
    """The paths below the cases that were given to pytest. Raises `UsageError` on one that lies elsewhere."""
    found = [path for path in file_or_dir if path != ALL_CASES]
    for path in found:
        if not Path(path.partition("::")[0]).resolve().is_relative_to(CASES):
            raise UsageError(
                f"{path} is not among the cases: give a path below {CASES}, or select by -k, -m, --requirement"
            )
    return tuple(Path(path).resolve().relative_to(CASES).as_posix() if "::" not in path else path for path in found)


def _target(options: Namespace) -> targets.Target | None:
    found = targets.from_options(
        options.gateway_base_url,
        Path(options.gateway_target) if options.gateway_target else None,
        options.gateway_profile,
        live=options.gateway_live,
    )
    if found is None and options.gateway_live:
        raise UsageError(
            "a live run needs a target: give --base-url https://<workspace>, --target FILE.toml or --profile NAME"
        )
    return found


def _rechunking(text: str | None) -> Rechunking | None:
    try:
        return None if text is None else Rechunking.of(text)
    except ValueError as error:
        raise UsageError(f"--rechunk: {error}") from None


def _after_preflight(settings: Settings, options: Namespace) -> Settings:
    """The same run with what the preflight has found and spent, if that was in another process."""
    if options.gateway_spent:
        settings.retry_budget.resume(options.gateway_spent)
    return settings.without(Availability.of(options.gateway_lacking))


def _corpus(options: Namespace) -> str:
    given: str | None = options.gateway_corpus
    if options.gateway_smoke and given not in (None, "", "none"):
        raise UsageError("--smoke sends no generated requests: leave out --corpus, or --smoke")
    return given or ("none" if options.gateway_smoke else "smoke" if options.gateway_cheap else "standard")


def _limits(options: Namespace) -> Limits:
    try:
        return Limits.from_options(
            options.gateway_timeout, options.gateway_total_timeout, options.gateway_max_body, options.gateway_patience,
            options.gateway_max_time,
        )  # fmt: skip
    except ValueError as error:
        raise UsageError(str(error)) from None


def _by_id(case: CaseResult) -> str:
    return case.id
