"""A gateway that differs from the reference: by its policy, or by a small edit of a request, an answer or a stream."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from conformance.reference.calls import Answer, Call, Event
from conformance.reference.policy import DOCUMENTED, Policy

RequestEdit = Callable[[Call], Call]
"""What the gateway makes of a call before it serves it; may raise Refusal."""
ResponseEdit = Callable[[Call, Answer], Answer]
"""What the gateway makes of an answer, a refusal included, before it sends it. Has the call as it came in."""
EventEdit = Callable[[Call, Sequence[Event]], Iterable[Event]]
"""What the gateway makes of all the events of a stream before it sends them."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One gateway: its name, what sets it apart in one sentence, and how."""

    name: str
    says: str
    policy: Policy = DOCUMENTED
    request: RequestEdit | None = None
    response: ResponseEdit | None = None
    events: EventEdit | None = None
    declared_in: str = ""
    """The source file that declares it."""
    stateful: bool = False
    """Whether what it answers depends on what it was asked before."""


@dataclass(frozen=True, slots=True)
class Fault(Variant):
    """A variant that is wrong.

    Of the requirements that it `breaks`, each is reported at its own level, in a finding that holds these words: the stated
    reason. `warns`: MUSTs of which it is warned only. `undecides`: those that may not be decided while it is there.
    """

    breaks: Mapping[str, str] = field(default_factory=dict)
    warns: Mapping[str, str] = field(default_factory=dict)
    undecides: tuple[str, ...] = ()
    generated: bool = False
    """Whether only a request that was made from the specs shows it."""

    @property
    def reported_by(self) -> tuple[str, ...]:
        """The ids of the requirements that report it."""
        return (*self.breaks, *self.warns)


REFERENCE = Variant("reference", "conforms to everything")


def together(first: Variant, *others: Variant) -> Variant:
    """The first gateway, with all that sets the others apart too. Where two set the same limit, the later one's holds."""
    for other in others:
        first = replace(
            first,
            policy=first.policy.under(other.policy),
            request=_requests(first.request, other.request),
            response=_responses(first.response, other.response),
            events=_events(first.events, other.events),
            stateful=first.stateful or other.stateful,
        )
    return first


def _requests(one: RequestEdit | None, then: RequestEdit | None) -> RequestEdit | None:
    return (lambda call: then(one(call))) if one and then else one or then


def _responses(one: ResponseEdit | None, then: ResponseEdit | None) -> ResponseEdit | None:
    return (lambda call, answer: then(call, one(call, answer))) if one and then else one or then


def _events(one: EventEdit | None, then: EventEdit | None) -> EventEdit | None:
    return (lambda call, events: then(call, tuple(one(call, events)))) if one and then else one or then
