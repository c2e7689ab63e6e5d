"""The cases that run now in the observed environment: each has hosts of its own for a while, and what it sent is its own."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.reference.tap import Tap, Tapped
from conformance.sdk.agreement import disagreements, request_differences
from conformance.sdk.hosts import Host, Trouble
from conformance.sdk.normal import wire
from conformance.sdk.seen import of_error, settled, with_errors


@dataclass
class Lease:
    """A case while it runs."""

    case: str
    hosts: list[Host]
    is_again: bool
    """Whether it runs once more, to be measured again: nothing else of it counts."""
    began: float = field(default_factory=time.monotonic)
    tapped: list[Tapped] = field(default_factory=list)
    observed: dict[str, Any] = field(default_factory=dict)
    """What went over the wire (`sent`) and what the caller got (`seen`), as results.json has it."""
    findings: list[str] = field(default_factory=list)
    duration_s: float = 0.0

    @property
    def home(self) -> Host:
        """The host that the case was given first."""
        return self.hosts[0]

    def note(self, got: Mapping[str, Any], given: Mapping[str, Any] | None, *, derived: bool) -> None:
        """Notes what the caller got, and what of it is not what the wire said."""
        told = with_errors(got)
        exchanges = [one.exchange for one in self.tapped]
        self.observed = {"sent": [wire(one) for one in exchanges], "seen": settled(told)}
        if exchanges and told:
            self.findings += request_differences(exchanges[-1], given) if given is not None else ()
            self.findings += disagreements(exchanges[-1], told, derived=derived)

    def result(self, about: str, requirements: Sequence[str], failure: Mapping[str, Any]) -> dict[str, Any]:
        """The case as results.json has it."""
        failed = {"failure": of_error(failure)} if failure else {}
        return {
            "id": self.case,
            "about": about,
            "requirements": list(requirements),
            "verdict": "failed" if self.findings or failed else "passed",
            "findings": self.findings,
            **failed,
            "connections": len({(one.port, one.peer) for one in self.tapped}),
            "duration_s": round(self.duration_s, 1),
            **self.observed,
        }


class Leases:
    """Who has which host. A host that is given back is given away last: a client may still close its connections."""

    def __init__(self, urls: Sequence[str], tap: Tap, gateway: Any) -> None:
        self._tap, self._gateway = tap, gateway
        self._hosts = {host.port: host for host in (Host(url, gateway) for url in urls)}
        self._free = deque(self._hosts.values())
        self._held = dict[int, Lease]()
        self._number = 0

    def host(self, port: int) -> Host:
        """The host that listens on a port."""
        return self._hosts[port]

    @property
    def running(self) -> list[Lease]:
        """The cases that run now."""
        return list(self._held.values())

    def of(self, number: int) -> Lease:
        """The lease of this number. Raises `ValueError` if it has ended."""
        if number not in self._held:
            raise ValueError(f"there is no case {number} now")
        return self._held[number]

    async def begin(self, case: str, *, is_again: bool) -> tuple[int, Lease]:
        """Gives a case a host. Raises `ValueError` if none is free."""
        host = self._host(lambda: self._gateway, Trouble())
        await self._tap.take([host.port])  # what a client of an earlier case may have sent while it was closed
        self._number += 1
        self._held[self._number] = Lease(case, [host], is_again)
        return self._number, self._held[self._number]

    def more(self, lease: Lease, trouble: Trouble, gateway: Any = None) -> str:
        """Gives a case another host, in trouble or with another gateway. Gives its URL. Raises `ValueError` if none is free."""
        host = self._host(lambda: gateway or self._gateway, trouble)
        lease.hosts.append(host)
        return host.url

    def _host(self, gateway: Callable[[], Any], trouble: Trouble) -> Host:
        if not self._free:
            raise ValueError("no host is left: a case may ask for a few, and few cases may run at once")
        host = self._free.popleft()
        host.gateway = gateway()
        host.begin(trouble)
        return host

    async def gather(self, lease: Lease) -> None:
        """Takes what a case has sent since the last time."""
        lease.tapped += await self._tap.take([host.port for host in lease.hosts])

    def end(self, number: int) -> None:
        """Takes the hosts of a case back."""
        self._free.extend(self._held.pop(number).hosts)

    def end_all(self) -> list[Lease]:
        """Takes back what the cases of a process have that was ended. Gives them."""
        left = self.running
        for number in list(self._held):
            self.end(number)
        return left
