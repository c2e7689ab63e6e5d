"""Which cases a gateway can touch: those of whose requests it answers at least one otherwise than the reference does.

A case asks the same of every gateway until one answers otherwise. So what the cases ask of the reference is asked of each
gateway once more, in this process and without a socket; only cases that get another answer need to judge it.
"""

import asyncio
import hashlib
import os
import pickle
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from conformance.corpus import frozen
from conformance.prove.judging import CaseFilter, without_volatile
from conformance.reference.app import create_app
from conformance.reference.directly import ask
from conformance.reference.server import TOKEN_VARIABLE
from conformance.runs import inprocess
from conformance.runs.inprocess import CollectedCase
from conformance.runs.settings import is_generated
from conformance.targets.authenticating import with_credential
from conformance.wire.exchange import Exchange, Request

_LARGE = 64 * 1024
"""Bytes of a body that takes its time to be read."""


@dataclass(frozen=True)
class Asked:
    """What the cases ask of the reference: every request once, and by case the numbers of its own."""

    requests: tuple[Request, ...]
    by_case: Mapping[str, frozenset[int]]
    cases: tuple[CollectedCase, ...] = ()

    @classmethod
    def of(cls, url: str) -> "Asked":
        """What all cases ask of the reference at this URL."""
        numbers, by_case = dict[Any, int](), dict[str, frozenset[int]]()
        requests, cases = list[Request](), list[CollectedCase]()

        def watch(case: CollectedCase, exchanges: Collection[Exchange]) -> None:
            own = set[int]()
            for request in (exchange.request for exchange in exchanges):
                key = (request.method, request.url, tuple(sorted(request.headers.items())), request.body)
                if key not in numbers:
                    numbers[key] = len(requests)
                    requests.append(request)
                own.add(numbers[key])
            by_case[case.id] = frozenset(own)
            cases.append(case)

        inprocess.judge({"statistics": True, "corpus": "full", "base_url": url}, watch=watch)
        return cls(tuple(requests), by_case, tuple(cases))

    def keep(self, path: Path) -> None:
        """Writes it for the processes that need it."""
        path.write_bytes(pickle.dumps(self))

    @classmethod
    def read(cls, path: Path) -> "Asked":
        """What `keep` has written, in a process of the same proof."""
        asked: Asked = pickle.loads(path.read_bytes())  # noqa: S301 (written by this program a moment ago)
        return asked


class AskedHere:
    """The same in one process, which holds the application of all gateways and what the reference answered."""

    def __init__(self, asked: Asked) -> None:
        token = os.environ[TOKEN_VARIABLE]
        self._asked, self._app = asked, create_app(token=token)
        self._requests = [with_credential(request, token) for request in asked.requests]
        self._reference = self._answers("", range(len(self._requests)), everything=True)

    def touched_by(self, prefix: str, *, everything: bool, corpus: str = "none") -> frozenset[str]:
        """The cases of which the gateway under this prefix of the path answers a request otherwise.

        Large requests take their time: they are asked if `everything` is wanted. Of the generated ones, those of a `corpus`.
        """
        wanted = _digests(corpus)
        by_case = {
            case: own
            for case, own in self._asked.by_case.items()
            if not is_generated(case) or case.rpartition("-")[2] in wanted
        }
        answers = self._answers(prefix, frozenset().union(*by_case.values()), everything=everything)
        differing = {number for number, answer in answers.items() if answer != self._reference[number]}
        return frozenset(case for case, own in by_case.items() if not own.isdisjoint(differing))

    def files_of(self, wanted: CaseFilter) -> tuple[str, ...]:
        """The files in which the wanted cases stand, relative to the cases: pytest need not look into the others."""
        return tuple(sorted({case.file for case in self._asked.cases if wanted.includes(case)}))

    def _answers(self, prefix: str, numbers: Iterable[int], *, everything: bool) -> dict[int, str]:
        """By number of the request: a digest of the answer."""
        numbered = ((number, self._requests[number]) for number in sorted(numbers))
        wanted = {number: request for number, request in numbered if everything or len(request.body) <= _LARGE}
        return asyncio.run(_answers(self._app, prefix, wanted))


@cache
def _digests(corpus: str) -> frozenset[str]:
    """What the ids of the generated cases of a corpus end in."""
    return frozenset(case.id for case in frozen.chosen(corpus))


async def _answers(app: ASGIApp, prefix: str, requests: Mapping[int, Request]) -> dict[int, str]:
    return {number: await _answer(app, prefix, request) for number, request in requests.items()}


async def _answer(app: ASGIApp, prefix: str, request: Request) -> str:
    """The digest of one answer; of one that breaks off, that it does."""
    received = await ask(app, request, prefix + request.path)
    total = hashlib.sha256()
    if received.status:
        headers = sorted(one for one in received.headers if one[0] not in (b"date", b"content-length"))
        total.update(f"{received.status} {headers}\n".encode())
    total.update(received.broken.encode())
    total.update(without_volatile(received.body))
    return total.hexdigest()[:16]
