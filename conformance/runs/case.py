"""One case while it runs: its sender, its judge, and how the way it ended becomes a result."""

import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest
import pytest_socket
from msgspec import UNSET, UnsetType

from conformance.checks.answers import is_success
from conformance.checks.both_sides import both_sides
from conformance.checks.ending import truncation_reason
from conformance.checks.findings import Finding as CheckFinding
from conformance.checks.findings import Undecided, Violated
from conformance.checks.invariants import findings, surface_of
from conformance.checks.usage import reported_tokens
from conformance.probing.attempts import JudgedFinding
from conformance.probing.judge import CaseEnded, Judge, NotApplicable
from conformance.probing.surface import Surface
from conformance.recordings.manifest import provenance_of
from conformance.report import body_files
from conformance.report.exchange_text import record
from conformance.report.results import CaseResult, CaseVerdict, ExchangeRecord, ExchangeTimes, Finding, Variation
from conformance.report.timing import times_of
from conformance.requirements.own import is_own
from conformance.runs.settings import Settings, SharedRequest
from conformance.wire.cassette import CassetteError
from conformance.wire.exchange import Exchange
from conformance.wire.metering import model_of
from conformance.wire.sender import Limits, Sender
from conformance.wire.upstream import MARK, TROUBLE

S = TypeVar("S", bound=Surface)
_SHOWN = ("violation", "undecided", "warning")
"""The findings with whose exchanges a reader needs a command that works."""


class RunningCase:
    """What a case has while it runs, made fresh for each. `limits`: tighter ones than the run's."""

    def __init__(
        self, identifier: str, requirements: tuple[str, ...], settings: Settings, limits: Limits | None = None
    ) -> None:
        self.id = identifier
        self.settings = settings
        self.recorder = settings.recording_sender(identifier)
        self.judge = Judge(requirements, self.recorder.exchanges, settings.target.waived, settings.known)
        self.sender = settings.retrying_sender(identifier, self.recorder, limits)
        self.varies: Variation | UnsetType = UNSET
        self._shared: dict[str, Exchange] = {}
        self._duration_s = 0.0
        self._error = ""
        self._usage_error = False
        self._asks_again = False
        self.outcome: CaseResult | None = None
        """The result, once the case has run."""
        self.trouble = ""
        """Why what was sent and received could not be kept, if so."""
        self.ending: BaseException | None = None
        """What ended a case that has run ahead, if that was no result: it is raised in the turn of the case."""

    def run(self, ask: Callable[[], object]) -> CaseResult:
        """Runs the body of the case, again if anything is broken; the result is its outcome."""
        with self.judged():
            self.judge.check_needed()
            ask()
        self.confirm(ask)
        self.outcome = self.result()
        self.trouble = self._keep()
        return self.outcome

    def surface(self, kind: type[S]) -> S:
        """A surface of the target, as this case sees it."""
        return kind(self.settings.target, self.sender, self.judge)

    def shared(self, identifier: str, send: Callable[[Sender], object]) -> Exchange:
        """The exchange of a request that several cases need: sent by the first of them, evidence of each.

        `identifier` is the case that it belongs to; if that is this one, it is simply its own exchange.
        """
        with self.settings.shared_lock(identifier):
            known = self.settings.shared
            if identifier not in known:
                recorder = self.settings.recording_sender(identifier)
                known[identifier] = SharedRequest(recorder, self.settings.retrying_sender(identifier, recorder))
            unsent = not known[identifier].recorder.exchanges  # by the first of them; where none may, each learns why
            if unsent or (self._asks_again and identifier == self.id):
                self._send_shared(identifier, known[identifier], send)
            sent = list(known[identifier].recorder.exchanges)
        if identifier == self.id:
            self.recorder.exchanges.extend(sent[len(self.recorder.exchanges) :])
        else:
            self._shared[f"{identifier}#{len(sent)}"] = sent[-1]
        return sent[-1]

    def _send_shared(self, identifier: str, request: SharedRequest, send: Callable[[Sender], object]) -> None:
        send(request.sender)
        if self.settings.mode != "replay":
            self.settings.keep(identifier, request.recorder.exchanges)

    def release(self) -> None:
        """Lets go of what was sent and received: a thousand hostile answers would not fit into memory."""
        self.recorder.exchanges.clear()
        self._shared.clear()

    @contextmanager
    def judged(self) -> Iterator[None]:
        """Runs the case: whatever the target did ends in findings; whatever the suite did wrong is an error."""
        started, begun = time.perf_counter(), len(self.recorder.exchanges)
        try:
            with self._network():
                yield
                self.judge.finish()
        except (NotApplicable, pytest.skip.Exception) as reason:
            self.judge.leave_not_applicable(str(reason))
        except (Undecided, CaseEnded, Violated) as reason:
            self.judge.leave_undecided(str(reason))
        except CassetteError as error:
            if any(map(_is_cut, self.recorder.exchanges)):
                self.judge.leave_undecided(f"an answer was cut, and what is asked after that was not recorded: {error}")
            else:
                self._error, self._usage_error = self.settings.cassette_hint(self.id, error), True
        except (Exception, pytest.fail.Exception):
            self._error = traceback.format_exc(limit=-4)
        self._notice_invariants(begun)
        self._duration_s += time.perf_counter() - started

    def confirm(self, ask: Callable[[], object]) -> None:
        """Asks everything once more if anything is broken: what does not come back is unsteady, and no failure.

        Recordings that hold no second answer cannot be asked: then the first one counts.
        """
        first = self.judge.attempt()
        if self._error or not first.is_broken:
            return
        self.judge.begin()
        self._asks_again = True
        with self.judged():
            ask()
        if self._usage_error:
            self._error, self._usage_error = "", False
            self.judge.restore(first)
        else:
            self.judge.confirm(first)

    def _notice_invariants(self, begun: int) -> None:
        """Holds each exchange since `begun` to what holds of every answer of its surface.

        Whoever takes a request that makes no sense may answer it as it likes: only its errors are judged. What an own case asks
        for may be no part of the contract: nothing in its answer is.
        """
        if is_own(self.id):
            return
        makes_no_sense = "ERR-CLIENT-NOT-5XX" in self.judge.requirements
        for exchange in self.recorder.exchanges[begun:]:
            found = list(self._of_both_sides(exchange))
            asked_for_trouble = bool(exchange.upstream) and TROUBLE.search(exchange.request.body)
            is_left_open = asked_for_trouble or (makes_no_sense and is_success(exchange))
            surface = surface_of(exchange, self.settings.target.surfaces)
            if surface and not is_left_open:
                found += findings(exchange, surface)
            for requirement, finding in found:
                if self.settings.selection.wants(requirement):
                    self.judge.notice(requirement, finding, exchange)

    def _of_both_sides(self, exchange: Exchange) -> Iterator[tuple[str, CheckFinding]]:
        """What a proxy has made of a request, or of its answer, that it should not."""
        if exchange.upstream is None or MARK.search(exchange.request.body):
            return  # requests that are sent at once are judged together
        for requirement, finding in both_sides(exchange, self.settings.target.documented_names):
            if finding.kind in ("violation", "warning"):
                yield requirement, finding

    @contextmanager
    def _network(self) -> Iterator[None]:
        if self.settings.mode != "replay":
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
        found = [(name, one) for name, judged in self.judge.judged.items() for one in judged]
        bodies = dict(self._bodies(one.exchange for _, one in found if one.finding.kind in _SHOWN))
        return CaseResult(
            id=self.id,
            requirements=self.judge.requirements,
            verdict=self._verdict(),
            verdicts={} if self._error else self.judge.verdicts(),
            duration_s=self._duration_s,
            findings=tuple(self._finding(name, one) for name, one in found if one.finding.kind != "observation"),
            observations=tuple(self._finding(name, one) for name, one in found if one.finding.kind == "observation"),
            notes=self.judge.not_applicable,
            exchanges=(
                *(self._record(name, exchange, has_file=name in bodies) for name, exchange in self._named()),
                *(self._record_once(name, exchange) for name, exchange in self._shared.items()),
            ),
            tokens=reported_tokens(exchanges),
            times=dict(self._times()),
            provenance=self.settings.origins.get(self.id) or provenance_of(exchanges),
            varies=self.varies,
            error=self.settings.redactor.text(self._error),
            usage_error=self._usage_error,
            bodies=bodies,
        )

    def _named(self) -> Iterator[tuple[str, Exchange]]:
        """The case's own exchanges by their ids."""
        return ((f"{self.id}#{number}", exchange) for number, exchange in enumerate(self.recorder.exchanges, 1))

    def _bodies(self, numbers: Iterable[int]) -> Iterator[tuple[str, bytes]]:
        """By id: the bodies that go to files, of the exchanges with these numbers."""
        shown = set(numbers)
        for number, (name, exchange) in enumerate(self._named(), 1):
            if number in shown and body_files.fits(exchange.request.body):
                yield name, self.settings.redactor.redact_bytes(exchange.request.body)

    def _times(self) -> Iterator[tuple[str, ExchangeTimes]]:
        """By id of an exchange of this case, or of one that it shares: when its answer came."""
        for name, exchange in (*self._named(), *self._shared.items()):
            url, surfaces = exchange.request.url, self.settings.target.surfaces
            surface = surface_of(exchange, surfaces) or (
                "serving" if url.startswith(surfaces.get("serving", "-")) else ""
            )
            if surface and (times := times_of(exchange, surface, model_of(exchange.request))):
                yield name, times

    def _record(self, name: str, exchange: Exchange, *, has_file: bool = False) -> ExchangeRecord:
        return record(name, name.rpartition("#")[0], exchange, self.settings.redactor, has_file=has_file)

    def _record_once(self, name: str, exchange: Exchange) -> ExchangeRecord:
        """The record of an exchange that hundreds of cases share."""
        known = self.settings.shared_records
        if name not in known:
            known[name] = self._record(name, exchange)
        return known[name]

    def _finding(self, requirement: str, judged: JudgedFinding) -> Finding:
        text, found = self.settings.redactor.text, judged.finding
        return Finding(
            requirement=requirement,
            exchange=f"{self.id}#{judged.exchange}" if judged.exchange else "",
            kind=found.kind,
            message=text(found.message),
            expected=text(found.expected),
            actual=text(found.actual),
            path=text(found.path),
        )

    def _verdict(self) -> CaseVerdict:
        return "error" if self._error else self.judge.verdict()

    def _keep(self) -> str:
        """Keeps what was sent and received, if this run does. Gives why it could not, if so."""
        if self.settings.mode != "replay" and not self._error:
            try:
                self.settings.keep(self.id, self.recorder.exchanges)
            except OSError as error:
                return f"{self.id} cannot be recorded to {self.settings.cassettes}: {error.strerror or error}"
        return ""


def _is_cut(exchange: Exchange) -> bool:
    """Whether an answer did not come to its end."""
    return bool(exchange.failure or truncation_reason(exchange))
