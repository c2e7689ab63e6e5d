"""One case of a client library while it runs: the caller, whose requests go through the tap."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.reference.faults import FAULTS
from conformance.reference.variants import VARIANTS
from conformance.sdk.agreement import disagreements, request_differences
from conformance.sdk.normal import wire
from conformance.sdk.seen import observe, settled
from conformance.sdk.tap import TOKEN, Tap
from conformance.wire.exchange import Exchange


@dataclass
class Caller:
    """Calls a client, and notes what went over the wire and what came back to the caller.

    `url` is the base URL of a whole workspace: its surfaces lie below, at the documented paths. `at` gives the same workspace
    with a fault of the reference gateway.
    """

    url: str
    tap: Tap
    runner: asyncio.Runner
    token: str = TOKEN
    derives: bool = False
    """Whether what calls return may be something that the caller has made of what the client gave."""
    exchanges: list[Exchange] = field(default_factory=list)
    observed: dict[str, Any] = field(default_factory=dict)
    """What went over the wire (`sent`) and what the caller got (`seen`), as results.json has it."""
    disagreements: list[str] = field(default_factory=list)
    failure: dict[str, Any] = field(default_factory=dict)
    """What the case itself has raised, beside the calls that it is about."""

    def at(self, fault: str) -> str:
        """The base URL of a workspace whose gateway has this fault, or is this variant. Raises `ValueError` for neither."""
        if fault in VARIANTS:
            return f"{self.url}/variants/{fault}"
        if fault not in FAULTS:
            raise ValueError(f"there is no fault {fault}: `gateway-conformance serve --fault list` names them")
        return f"{self.url}/faults/{fault}"

    def run(self, awaitable: Any) -> Any:
        """Awaits, in the event loop of this case."""

        async def awaited() -> Any:
            return await awaitable

        return self.runner.run(awaited())

    def sees(self, call: Callable[[], Any], given: Mapping[str, Any] | None = None) -> None:
        """Makes the call that the case is about. It may return an awaitable or a stream; it may raise.

        What was sent before, such as the first turns of a conversation, is noted too. `given` is the JSON that is to arrive.
        """
        got = observe(call, self.runner)
        self.note(got)
        if self.exchanges:
            self.disagreements += request_differences(self.exchanges[-1], given) if given is not None else ()
            self.disagreements += disagreements(self.exchanges[-1], got, derived=self.derives)

    def note(self, got: dict[str, Any]) -> None:
        """Notes what the caller got, with all that was sent since the last time."""
        self.exchanges += self.tap.take()
        self.observed = {"sent": [wire(exchange) for exchange in self.exchanges], "seen": settled(got)}
