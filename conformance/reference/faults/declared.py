"""How a fault is declared."""

import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from conformance.reference.policy import DOCUMENTED, Policy
from conformance.reference.variant import EventEdit, Fault, RequestEdit, ResponseEdit

FAULTS: dict[str, Fault] = {}
"""Every fault by its name, in the order of declaration."""

REFUSED = "the request is not accepted (400"
TAKEN = "the request is not refused as documented (200"
BROKEN = "the request is not refused as documented (500"
"""Words in which a requirement reports what it is most often about: it was refused, it was taken, it broke the gateway."""


def fault(
    name: str,
    *,
    breaks: Mapping[str, str] = MappingProxyType({}),
    warns: Mapping[str, str] = MappingProxyType({}),
    undecides: Sequence[str] = (),
    says: str,
    policy: Policy = DOCUMENTED,
    request: RequestEdit | None = None,
    response: ResponseEdit | None = None,
    events: EventEdit | None = None,
    generated: bool = False,
    stateful: bool = False,
) -> None:
    """Declares a fault: its name, one sentence on what is wrong, what differs, and who must report it in which words."""
    assert name not in FAULTS, f"two faults are named {name}"
    module = sys._getframe(1).f_globals["__name__"].rpartition(".")[2]  # noqa: SLF001  # whose declaration this is
    FAULTS[name] = Fault(
        name, says, policy, request, response, events, f"reference/faults/{module}.py", stateful, breaks, warns,
        tuple(undecides), generated,
    )  # fmt: skip
