"""What a run of client cases says at its end: what was observed, what clients do with it, and what to do next."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance.observer.clients import client_of
from conformance.report.wording import counted
from conformance.sdk.agreement import kind

_LONGEST = 160
_FEW = 3


def lines(document: Mapping[str, Any], results: Path) -> Iterator[str]:
    """The lines of the terminal."""
    clients, recordings = document["clients"], document["recordings"]
    told = ", ".join(f"{name} {number}" for name, number in clients.items())
    of = f" of {told}" if told else ""
    yield f"{counted(len(document['cases']), 'case')} observed{of}, in front of this suite's own reference gateway"
    if any("_recorded." in case["id"] for case in document["cases"]):
        whose = f"{recordings['target']} ({recordings['recorded_from']}, {recordings['recorded_at'][:10]})"
        yield f"recorded answers are those of {whose}"
    if failing := [case["id"].removeprefix("sdk/") for case in document["cases"] if case.get("failure")]:
        more = f" and {len(failing) - _FEW} more" if len(failing) > _FEW else ""
        what = f"{len(failing)} of your own tests {'fail' if len(failing) > 1 else 'fails'}"
        yield f"{what}: {', '.join(failing[:_FEW])}{more}"
    yield from findings(document["cases"], clients)
    yield from _asked_again(document["cases"], clients)
    if not document["complete"]:
        yield "ended before its time: what is missing was not observed, and nothing can be compared with it"
    elif any(client_of(case["id"]) in clients for case in document["cases"]):
        yield f"{results}; what is new in it: gateway-conformance compare {results.parent}"
    else:
        yield f"{results}; beside an earlier run of the same cases: gateway-conformance compare EARLIER {results.parent}"


def _asked_again(cases: Iterable[Mapping[str, Any]], clients: Mapping[str, str]) -> Iterator[str]:
    """Which clients come back by themselves when they are turned away: what a caller's own retries would multiply."""
    most: dict[str, tuple[int, str]] = {}
    for case in cases:
        statuses = [sent.get("status") for sent in case["sent"] if sent.get("method") == "POST"]
        if 429 in statuses[:-1]:
            client = client_of(case["id"])
            most[client] = max(most.get(client, (0, "")), (len(statuses), case["id"]))
    for client, (times, case_id) in most.items():
        version = f" {clients[client]}" if client in clients else ""
        yield f"{client}{version}: asks again after 429, up to {times} requests  ({case_id.removeprefix('sdk/')})"


def findings(cases: Iterable[Mapping[str, Any]], clients: Mapping[str, str]) -> Iterator[str]:
    """Each kind of finding in a line: whose it is, the first of its kind in full, and in which cases."""
    kinds: dict[tuple[str, ...], tuple[str, list[str]]] = {}
    for case in cases:
        for finding in map(str, case.get("findings", ())):
            exactly = finding if finding.startswith("the answer is") else ""
            kinds.setdefault((client_of(case["id"]), *kind(finding), exactly), (finding, []))[1].append(case["id"])
    for (client, *_), (finding, found) in kinds.items():
        version = f" {clients[client]}" if client in clients else ""
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield f"{client}{version}: {finding[:_LONGEST]}  ({found[0].removeprefix('sdk/')}{more})"
