"""One case while it runs: its wire, its judge, and how the way it ended becomes a result."""

import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest_socket

from conformance.cases.judge import CaseEnded, Judge, NotApplicable
from conformance.cases.surface import Surface
from conformance.checks.findings import Broken, Finding, NothingToJudge
from conformance.checks.usage import reported_tokens
from conformance.recordings import provenance_of
from conformance.report.exchange_text import record
from conformance.report.results import CaseResult, CaseVerdict
from conformance.session import Session
from conformance.wire.cassette import CassetteError

S = TypeVar("S", bound=Surface)


class RunningCase:
    """What a case has while it runs, made fresh for each."""

    def __init__(self, identifier: str, requirements: tuple[str, ...], session: Session) -> None:
        self.id = identifier
        self.session = session
        self.judge = Judge(requirements)
        self.recorder = session.wire(identifier)
        self.wire = session.patient(self.recorder)
        self._duration_s = 0.0
        self._error = ""
        self._usage_error = False

    def surface(self, kind: type[S]) -> S:
        """A surface of the target, as this case sees it."""
        return kind(self.session.target, self.wire, self.judge, self.session.token)

    @contextmanager
    def judged(self) -> Iterator[None]:
        """Runs the case: whatever the target did ends in findings; whatever the suite did wrong is an error."""
        started = time.perf_counter()
        try:
            with self._network():
                yield
                self.judge.finish()
        except NotApplicable as reason:
            self.judge.leave_not_applicable(str(reason))
        except (NothingToJudge, CaseEnded, Broken) as reason:
            self.judge.leave_undecided(str(reason))
        except CassetteError as error:
            self._error, self._usage_error = self.session.mend(self.id, error), True
        except Exception:
            self._error = traceback.format_exc(limit=-4)
        self._duration_s = time.perf_counter() - started

    @contextmanager
    def _network(self) -> Iterator[None]:
        if self.session.mode != "replay":
            yield
            return
        pytest_socket.disable_socket(allow_unix_socket=True)
        try:
            yield
        finally:
            pytest_socket.enable_socket()

    def result(self) -> CaseResult:
        """The result, with its exchanges cut and redacted."""
        exchanges = self.recorder.exchanges
        clean = self.session.redactor.text
        found = [(name, finding) for name, findings in self.judge.findings.items() for finding in findings]
        replayed_from = self.session.provenance.get("recorded_from")
        return CaseResult(
            id=self.id,
            verdict=self._verdict(),
            verdicts={} if self._error else {name: self.judge.verdict_on(name) for name in self.judge.requirements},
            duration_s=self._duration_s,
            findings=[_as_json(name, finding, clean) for name, finding in found if finding.kind != "observation"],
            observations=[_as_json(name, finding, clean) for name, finding in found if finding.kind == "observation"],
            notes=self.judge.not_applicable,
            exchanges=[
                record(f"{self.id}#{number}", self.id, exchange, self.session.redactor)
                for number, exchange in enumerate(exchanges, 1)
            ],
            tokens=reported_tokens(exchanges),
            provenance=replayed_from if self.session.mode == "replay" and replayed_from else provenance_of(exchanges),
            error=clean(self._error),
            usage_error=self._usage_error,
        )

    def _verdict(self) -> CaseVerdict:
        return "error" if self._error else self.judge.verdict()

    def keep(self) -> None:
        """Writes the cassette, if this run records."""
        if self.session.mode == "record" and not self._error:
            self.session.keep(self.id, self.recorder.exchanges)


def _as_json(requirement: str, finding: Finding, clean: Any) -> dict[str, str]:
    texts: Mapping[str, str] = {name: clean(value) for name, value in vars(finding).items()}
    return {"requirement": requirement, **texts}
