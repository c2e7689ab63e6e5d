"""What a run of client cases says at its end: what was observed, what clients do with it, and what to do next."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance.sdk.agreement import kind
from conformance.sdk.clients import client_of

_LONGEST = 160


def lines(document: Mapping[str, Any], results: Path) -> Iterator[str]:
    """The lines of the terminal."""
    clients, recordings = document["clients"], document["recordings"]
    told = ", ".join(f"{name} {number}" for name, number in clients.items())
    yield f"{len(document['cases'])} cases observed of {told}"
    yield (
        "in front of this suite's reference gateway, and given recorded answers of "
        f"{recordings['target']} ({recordings['recorded_from']}, {recordings['recorded_at'][:10]})"
    )
    for client, what, cases in _findings(document["cases"]):
        version = f" {clients[client]}" if client in clients else ""
        more = f" and {len(cases) - 1} more" if len(cases) > 1 else ""
        yield f"{client}{version}: {what[:_LONGEST]}  ({cases[0].removeprefix('sdk/')}{more})"
    yield f"{results}; what is new in it: gateway-conformance compare {results.parent}"


def _findings(cases: list[dict[str, Any]]) -> Iterator[tuple[str, str, list[str]]]:
    """Each kind of finding, the first of its kind in full: whose, what, and in which cases."""
    kinds: dict[tuple[str, ...], tuple[str, list[str]]] = {}
    for case in cases:
        for finding in case["findings"]:
            kinds.setdefault((client_of(case["id"]), *kind(finding)), (finding, []))[1].append(case["id"])
    for (client, *_), (finding, found) in kinds.items():
        yield client, finding, found
