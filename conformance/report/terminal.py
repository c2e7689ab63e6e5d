"""The summary of a run in the terminal."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance.report.counts import by_verdict, whose_behaviour
from conformance.report.safe import one_line

Style = Mapping[str, bool]
_COLOURS: dict[str, Style] = {
    "conformant": {"green": True},
    "nonconformant": {"red": True},
    "inconclusive": {"yellow": True},
}


def summary(document: Mapping[str, Any], directory: Path) -> Iterator[tuple[str, Style]]:
    """The lines of the summary, each with its style."""
    target = document["target"]
    yield "", {}
    yield f"{one_line(target['name'])}: {document['verdict']}", {"bold": True, **_COLOURS[document["verdict"]]}
    yield one_line(whose_behaviour(document)), {}
    counts = by_verdict(document)
    total = len(document["requirements"])
    told = [f"{count} {verdict.replace('_', ' ')}" for verdict, count in counts.items() if count]
    yield f"{total} requirements: {', '.join(told)}", {}
    tokens = document["tokens"]
    sent = (
        "replayed, nothing sent"
        if target["mode"] == "replay"
        else f"{tokens['input']} tokens in, {tokens['output']} out"
    )
    yield f"{len(document['cases'])} cases, {document['requests']} requests, {sent}, {document['duration_s']:.1f} s", {}
    for verdict in ("failed", "inconclusive", "warned"):
        for row in document["requirements"]:
            if row["verdict"] == verdict:
                yield one_line(f"  {verdict:<13} {row['id']:<28} {row['level']:<7} {row['note']}")[:200], {}
    if not document["complete"]:
        yield "INCOMPLETE: the run did not get to its end", {"red": True}
    for error in document["errors"]:
        yield f"ERROR {one_line(error)}"[:400], {"red": True}
    yield f"report: {directory / 'report.html'}", {"bold": True}
