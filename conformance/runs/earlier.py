"""An earlier report of the same run, of which a part is run again (`--failed`) or what is left (`--resume`)."""

from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import asdict

from conformance.errors import UsageError
from conformance.report.body_files import with_bodies
from conformance.report.results import CaseResult, CaseRow, Results, Suite, TakenOver, Target, read, read_cases
from conformance.report.safe import one_line
from conformance.runs.selection import Selection
from conformance.wire.exchange import CUT_OFF, NOT_SENT

NOT_PASSED = frozenset({"failed", "warned", "inconclusive", "error"})
"""What `--failed` runs again. What is not applicable is not."""


@dataclass(frozen=True)
class EarlierReport:
    """A report, read and found to fit."""

    path: Path
    results: Results

    @classmethod
    def read(cls, option: str, path: Path, suite: Suite, target: Target, selection: Selection) -> "EarlierReport":
        """The report, if it is one of the same suite, target and selection. Raises `UsageError` if not."""
        if not path.exists():
            raise UsageError(f"{option} {path}: there is no such report; give a report directory of `run`")
        report = cls(path, read(path))
        report.check(option, suite, target, selection)
        return report

    def check(self, option: str, suite: Suite, target: Target, selection: Selection) -> None:
        """Raises `UsageError`, in one line, if the report is about something else."""
        found = self.results
        if mismatch := unlike_suite(found.suite, suite):
            raise UsageError(f"{option} {self.path}: {mismatch}; run the whole anew")
        if found.target.mode != target.mode:
            hint = "give --base-url or --target as then" if target.mode == "replay" else "leave out the live target"
            raise UsageError(f"{option} {self.path}: it is the report of a {found.target.mode} run; {hint}")
        if mismatch := unlike_target(found.target, target):
            raise UsageError(f"{option} {self.path}: {mismatch}; give the target of that run")
        if mismatch := unlike_selection(found, selection):
            raise UsageError(f"{option} {self.path}: {mismatch}; give the selection of that run")

    def judged(self) -> list[CaseResult]:
        """The cases that were judged to their end, with their exchanges. Raises `UsageError`."""
        return [
            with_bodies(case, self.path)
            for case in read_cases(self.path, self.results)
            if not case.error and not _is_cut_off(case)
        ]

    def taken_over(self, cases: list[CaseResult]) -> TakenOver:
        """How the report of the whole tells of these; the oldest of a chain of reports counts."""
        before = self.results.taken_over
        return TakenOver(
            started_at=before.started_at if before else self.results.started_at,
            cases=tuple(sorted(case.id for case in cases)),
        )

    def passed(self) -> list[str]:
        """The ids of the cases that need not be run again. Raises `UsageError` if that is all of them."""
        ids = [row.id for row in self.results.cases if not needs_another_look(row)]
        if self.results.complete and len(ids) == len(self.results.cases):
            raise UsageError(
                f"--failed {self.path}: there is nothing to run again: each case passed, or does not apply"
            )
        return ids


def needs_another_look(row: CaseRow) -> bool:
    """Whether a case did not pass, or what was noticed in passing was not in order."""
    return row.verdict in NOT_PASSED or not NOT_PASSED.isdisjoint(row.verdicts.values())


def _is_cut_off(case: CaseResult) -> bool:
    """Whether something was not sent any more, or a case is undecided for want of an answer, as when time was over."""
    lost = [exchange.failure for exchange in case.exchanges if exchange.failure]
    return any(failure.startswith((NOT_SENT, CUT_OFF)) for failure in lost) or (
        case.verdict == "inconclusive" and bool(lost)
    )


def unlike_suite(found: Suite, suite: Suite) -> str:
    """Why results cannot be put beside those of `suite`; empty if they can."""
    if found.version != suite.version:
        return f"it was made by version {one_line(found.version)} of the suite, this is {suite.version}"
    if found.catalogue_sha256 != suite.catalogue_sha256:
        return "it was made with another catalogue of requirements"
    if dict(found.openapi_sha256) != dict(suite.openapi_sha256):
        return "it was made with other specs"
    return ""


def unlike_target(found: Target, target: Target) -> str:
    """Why two targets are not the same one; empty if they are."""
    if found.name != target.name:
        return f"its target is {one_line(found.name)}, not {one_line(target.name)}"
    if dict(found.surfaces) != dict(target.surfaces):
        return "its target has other surfaces, or has them elsewhere"
    if (found.models, found.models_by_surface) != (target.models, target.models_by_surface):
        return "its target calls its models otherwise"
    if found.not_offered != target.not_offered:
        return "its target offers something else"
    return ""


def unlike_selection(found: Results, selection: Selection) -> str:
    """Why results are about another selection; empty if they are about this one."""
    if found.selection.failed_in:
        return "it is itself a part: the cases that --failed has run again"
    differing = differences(Selection(**asdict(found.selection)), selection)
    return f"it is about another selection: {differing}" if differing else ""


def differences(found: Selection, selection: Selection) -> str:
    """In which options two selections differ."""
    return "; ".join(
        f"{_OPTIONS.get(name, '--' + name.replace('_', '-'))} was {_shown(before)}, and is {_shown(value)}"
        for name, before in vars(found).items()
        if before != (value := getattr(selection, name))
    )


_OPTIONS = {
    "surfaces": "--surface", "levels": "--level", "requirements": "--requirement", "keyword": "-k", "markers": "-m",
    "left_out": "--deselect or --ignore", "paths": "the paths of cases", "own": "the paths of own cases",
}  # fmt: skip
"""The options of a selection whose names are not those of its members."""


def _shown(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    if value is True or value is False:
        return "given" if value else "not given"
    return one_line(text) or "not given"
