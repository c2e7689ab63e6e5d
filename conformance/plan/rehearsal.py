"""The rehearsal of a run: every case that it would run asks the stand-in what it would ask the target."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise

from conformance.errors import UsageError
from conformance.plan.sent import Sent
from conformance.plan.stand_in import StandIn
from conformance.report.safe import one_line
from conformance.runs import inprocess
from conformance.runs.inprocess import CollectedCase, Options
from conformance.targets.target import Target


class BrokenRehearsal(Exception):
    """The suite itself broke in the rehearsal; the text is one line."""


@dataclass(frozen=True)
class Rehearsal:
    """What a run would send, in its order: the first `preflight` requests before any case."""

    sent: tuple[Sent, ...]
    preflight: int
    cases: int
    """How many would be run."""
    longest: int
    """Requests of the case that has the most: they are sent one after the other."""


def rehearse(target: Target, options: Options, more: Sequence[str] = ()) -> Rehearsal:
    """What a run with these options of the target and the selection, and further arguments, would send.

    Raises `UsageError` for what `run` would refuse, `BrokenRehearsal` where the suite broke.
    """
    before = list[int]()
    """How many requests had been sent when the cases were chosen, and after each of them."""
    with closing(StandIn(target)) as stand_in:

        def count(*_: object) -> None:
            before.append(len(stand_in.sent))

        def choose(_: CollectedCase) -> bool:
            if not before:  # pytest has collected the cases: all that is sent by now was the preflight
                count()
            return True

        judged = inprocess.judge(options, *more, choose=choose, watch=count, stand_in=stand_in)
    if judged.usage_error:
        raise UsageError(judged.usage_error)
    if judged.errors:
        raise BrokenRehearsal(one_line(judged.errors[0]))
    preflight = before[0] if before else len(stand_in.sent)
    longest = max((after - earlier for earlier, after in pairwise(before)), default=0)
    return Rehearsal(tuple(stand_in.sent), preflight, len(judged.results), longest)
