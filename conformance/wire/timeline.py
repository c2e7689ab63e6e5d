"""What a run was doing when: requests in flight, those that waited for a limit, and answers with 429, step by step."""

from dataclasses import dataclass, field

STEP_S = 0.25
"""Seconds of a step."""


@dataclass
class Step:
    """The most requests in flight and waiting at any moment of a step, and the 429s that came in it."""

    in_flight: int = 0
    waiting: int = 0
    throttled: int = 0


@dataclass
class Timeline:
    """The steps since a run began to send. Not safe for threads: whoever keeps it has a lock."""

    steps: list[Step] = field(default_factory=list)
    _in_flight: int = 0
    _waiting: int = 0

    def note(self, at_s: float, *, in_flight: int, waiting: int, throttled: int = 0) -> None:
        """Takes what holds from this moment on, and how many 429s have just come."""
        while len(self.steps) <= at_s / STEP_S:
            # Nothing has changed in a step that nobody has noted.
            self.steps.append(Step(self._in_flight, self._waiting))
        step = self.steps[-1]
        step.in_flight, step.waiting = max(step.in_flight, in_flight), max(step.waiting, waiting)
        step.throttled += throttled
        self._in_flight, self._waiting = in_flight, waiting
