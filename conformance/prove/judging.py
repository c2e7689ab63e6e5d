"""What a proof keeps of one gateway: the verdict on each requirement in words, and a digest of what it answered."""

import hashlib
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.reference.proxies import PROXIES
from conformance.reference.proxies.application import proxying
from conformance.reference.upstream import Upstream
from conformance.reference.variant import Fault, Variant
from conformance.report.conclusion import requirement_rows
from conformance.report.results import CaseResult, Finding
from conformance.requirements import BOTH_SIDES, catalogue
from conformance.runs import inprocess
from conformance.runs.inprocess import CollectedCase
from conformance.runs.settings import is_generated
from conformance.wire.exchange import Exchange

_VOLATILE = re.compile(
    rb"""(?<=[a-z]_)[0-9a-f]{24,32}                         # identifiers of answers, items and calls
    | (?<="created":)\d{10}(?!\d) | (?<=ed_at":)\d{10}(?!\d)
    | (?<="responseId":")[^"]+ """,
    re.VERBOSE,
)
"""What the reference gateway makes anew for each answer."""
_MINUTE_S = "0.5"
"""How long a minute lasts for the limits of rate of the gateways that are proved, and for who keeps to them."""
_SERVED_UNDER = re.compile(rb"/(?:faults|variants)/[a-z0-9-]+(?=/)")
"""The prefix of the path of a gateway, which some of its answers repeat."""


@dataclass(frozen=True)
class Verdict:
    """What became of one requirement: its verdict, and the lines of what was found, gravest kinds only."""

    verdict: str
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """What the cases found about one gateway."""

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    """By requirement."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """By case: a digest of all that the gateway answered in it."""
    files: Mapping[str, str] = field(default_factory=dict)
    """By case: the file in which it stands, relative to the cases."""
    errors: tuple[str, ...] = ()
    requests: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class CaseFilter:
    """Which cases are to run: these, and those that decide these requirements."""

    cases: frozenset[str]
    requirements: frozenset[str]

    def includes(self, case: CollectedCase) -> bool:
        """Whether a case is among them. Of the generated ones each decides the same: they are by their ids alone."""
        if is_generated(case.id):
            return case.id in self.cases
        return case.id in self.cases or not self.requirements.isdisjoint(case.requirements)


def judge_gateway(
    url: str,
    wanted: CaseFilter | None = None,
    corpus: str = "none",
    files: Collection[str] = (),
    upstream: Upstream | None = None,
) -> Judgement:
    """Judges the gateway at the base `url` by the wanted cases (by all of them, statistics included, if None).

    With an `upstream` it is a proxy before it, both sides of which are watched.
    `corpus`: of how many of the generated requests cases are wanted. `files`: where the wanted cases stand, relative to the
    cases; none: nobody knows.
    """
    answers, files = dict[str, str](), dict[str, str]()

    def watch(case: CollectedCase, exchanges: Collection[Exchange]) -> None:
        if not is_generated(case.id):  # they are sent anew each time: what was answered is not kept
            answers[case.id], files[case.id] = digest(exchanges), case.file

    started = time.perf_counter()
    options: inprocess.Options = {"statistics": True, "corpus": corpus, "base_url": url, "minute": _MINUTE_S}
    found = inprocess.judge(
        options, *files, choose=wanted.includes if wanted else lambda _: True, watch=watch, upstream=upstream
    )
    results = list(found.results.values())
    return Judgement(
        verdicts=dict(_verdicts(results)),
        answers=answers,
        files=files,
        errors=found.errors,
        requests=sum(len(case.exchanges) for case in results),
        seconds=time.perf_counter() - started,
    )


def judge_proxy(proxy: Variant) -> Judgement:
    """Judges a reference proxy by what it makes of requests and answers, with the reference gateway as its upstream.

    A wrong one is judged by the cases that are to report it, a right one by all that are about both sides.
    """
    both_sides = {name for name, row in catalogue().items() if row.testable == (BOTH_SIDES,)}
    concerned = proxy.reported_by if isinstance(proxy, Fault) else both_sides
    with Upstream().listening() as upstream, proxying(upstream.url, PROXIES[proxy.name].quirk) as url:
        return judge_gateway(url, CaseFilter(frozenset(), frozenset(concerned)), upstream=upstream)


def digest(exchanges: Collection[Exchange]) -> str:
    """The digest of all answers, without what differs each time."""
    total = hashlib.sha256()
    for exchange in exchanges:
        total.update(f"{exchange.status} {exchange.failure}\n".encode())
        if exchange.response:
            headers = {**exchange.response.headers, "date": "", "content-length": ""}
            total.update(repr(sorted(headers.items())).encode())
            total.update(without_volatile(exchange.response.body) + b"\n")
    return total.hexdigest()[:16]


def without_volatile(body: bytes) -> bytes:
    """What is the same each time that the same gateway is asked the same."""
    return _VOLATILE.sub(b"...", _SERVED_UNDER.sub(b"", body))


def _verdicts(cases: list[CaseResult]) -> Any:
    found: dict[str, list[str]] = {}
    for case in cases:
        for finding in case.findings:
            found.setdefault(finding.requirement, []).append(line(finding))
    for row in requirement_rows(catalogue().values(), cases, set(catalogue())):
        yield row.id, Verdict(row.verdict, tuple(dict.fromkeys(found.get(row.id, ()))))


def line(finding: Finding) -> str:
    """A finding in one line: what is wrong, and what was seen."""
    return without_volatile(finding.line.encode(errors="surrogatepass")).decode(errors="replace")
