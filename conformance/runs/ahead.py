"""Cases run ahead: many at once, in threads of this process, while pytest reports them in its own order.

pytest runs one test after the other, and a gateway takes a second for an answer. So the bodies of the cases run before pytest
comes to them; when it does, it waits for what is not done yet, and takes what is. What a case has sent and received is let
go as soon as it is judged.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

import pytest

from conformance.recordings.costs import recorded_requests
from conformance.report.results import CaseResult
from conformance.runs import fixtures, session
from conformance.runs.items import CASE, case_id
from conformance.runs.progress import State
from conformance.runs.run import Run

_HEAVY = "heavy"
"""The marker of cases that send tens of megabytes: one of them at a time."""


class Ahead:
    """The cases of a run that are run ahead, and what came of each."""

    def __init__(self, run: Run, items: Iterable[pytest.Item], *, in_order: bool = False) -> None:
        """`in_order`: cases are begun as pytest comes to them, so that few are begun behind one that ends the run."""
        self._run = run
        cases = [item for item in items if isinstance(item, pytest.Function) and fixtures.can_be_filled(item)]
        self._done: dict[pytest.Item, Future[None]] = {item: Future() for item in cases}
        if not in_order:
            # What takes longest must not be begun last: heavy ones wait for each other, each request for the one before.
            requests = recorded_requests()
            cases.sort(key=lambda item: (not _is_heavy(item), -requests.get(case_id(item), 1)))
        self._waiting = cases
        self._running: dict[pytest.Function, float] = {}
        """Since when, in seconds of the monotonic clock."""
        self._tokens = 0
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self._is_stopped = self._is_interrupted = False

    def start(self, concurrency: int) -> None:
        """Begins to run cases, so many at once. The threads are no reason for a process to go on."""
        session.interrupted_by.append(self._interrupt)
        for number in range(min(concurrency, len(self._waiting))):
            threading.Thread(target=self._work, name=f"case-{number}", daemon=True).start()

    def wait(self, item: pytest.Item) -> None:
        """Waits until a case has run, if it is one that is run ahead. Raises `KeyboardInterrupt` if the run is interrupted."""
        if self._is_interrupted:
            raise KeyboardInterrupt
        if item in self._done:
            self._done[item].result()

    def _interrupt(self) -> None:
        self._is_interrupted = True
        for done in self._done.values():
            with suppress(InvalidStateError):
                done.set_exception(KeyboardInterrupt())

    def stop(self) -> None:
        """Nothing more is begun, and nothing more is sent by what has begun."""
        self._is_stopped = True
        with suppress(ValueError):
            session.interrupted_by.remove(self._interrupt)
        with self._lock:
            self._waiting.clear()
        self._run.settings.stop("the run was ended")

    def judged(self) -> Sequence[CaseResult]:
        """The results of all cases that have run to their end."""
        cases = [item.stash[CASE] for item, done in self._done.items() if _has_run(done) and CASE in item.stash]
        return [case.outcome for case in cases if case.outcome]

    def state(self) -> State:
        """How far the run is."""
        now = time.monotonic()
        limiter = self._run.settings.sending.rate_limiter
        with self._lock:
            running, tokens = dict(self._running), self._tokens
            done = len(self._done) - len(self._waiting) - len(running)
        slowest, since = min(running.items(), key=lambda one: one[1], default=(None, now))
        return State(
            done=done, total=len(self._done), elapsed_s=now - self._begun, tokens=tokens,
            in_flight=limiter.in_flight if limiter else len(running), throttled=limiter.log.throttled if limiter else 0,
            slowest=case_id(slowest) if slowest else "", slowest_s=now - since,
        )  # fmt: skip

    def _work(self) -> None:
        while item := self._next():
            _run_ahead(item)
            with self._lock:
                del self._running[item]
                if CASE in item.stash and (outcome := item.stash[CASE].outcome):
                    self._tokens += sum(outcome.tokens)
            if not self._is_stopped:  # what was stopped has judged answers that never came
                with suppress(InvalidStateError):
                    self._done[item].set_result(None)

    def _next(self) -> pytest.Function | None:
        """The next case to begin; None if there is none. Of the heavy ones, whoever runs one takes the others after it."""
        with self._lock:
            is_laden = any(map(_is_heavy, self._running))
            item = next((item for item in self._waiting if not (is_laden and _is_heavy(item))), None)
            if item:
                self._waiting.remove(item)
                self._running[item] = time.monotonic()
            return item


def _has_run(done: Future[None]) -> bool:
    return done.done() and done.exception() is None


def _is_heavy(item: pytest.Function) -> bool:
    return item.get_closest_marker(_HEAVY) is not None


def _run_ahead(item: pytest.Function) -> None:
    try:
        fixtures.fill(item)
    except BaseException:  # pytest meets it again, in its turn
        return
    case = item.stash[CASE]
    try:
        case.run(lambda: item.obj(**fixtures.arguments(item)))
    except BaseException as ending:  # pytest's own ways to end a test are no exceptions, and belong to its turn
        case.ending = ending
    case.release()
