"""How a variant is declared."""

import sys
from collections.abc import Sequence

from conformance.reference.policy import DOCUMENTED, Policy
from conformance.reference.variant import EventEdit, RequestEdit, ResponseEdit, Variant, together

VARIANTS: dict[str, Variant] = {}
"""Every variant by its name, in the order of declaration."""
MIXED: dict[str, tuple[str, ...]] = {}
"""The variants that use the latitude of others, with the names of those."""


def variant(
    name: str,
    says: str,
    policy: Policy = DOCUMENTED,
    *,
    request: RequestEdit | None = None,
    response: ResponseEdit | None = None,
    events: EventEdit | None = None,
    uses: Sequence[str] = (),
    stateful: bool = False,
) -> None:
    """Declares a variant: its name, one sentence on what sets it apart, and how; with the latitude of others that it `uses`."""
    assert name not in VARIANTS, f"two variants are named {name}"
    module = sys._getframe(1).f_globals["__name__"].rpartition(".")[2]  # noqa: SLF001  # whose declaration this is
    declared_in = f"reference/variants/{module}.py"
    own = Variant(name, says, policy, request, response, events, declared_in, stateful)
    if uses:
        MIXED[name] = tuple(uses)
    VARIANTS[name] = together(own, *(VARIANTS[used] for used in uses))
