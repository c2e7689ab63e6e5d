"""The summary of a run in the terminal."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance.report.counts import by_verdict, cut_note, told_of, whose_behaviour, words_of
from conformance.report.safe import one_line

Style = Mapping[str, bool]
_LINE = 200
"""Characters of a requirement's line."""
_COLOURS: dict[str, Style] = {
    "conformant": {"green": True},
    "nonconformant": {"red": True},
    "inconclusive": {"yellow": True},
}


def summary(document: Mapping[str, Any], directory: Path | None) -> Iterator[tuple[str, Style]]:
    """The lines of the summary, each with its style; `directory` is where the report is, if it could be written."""
    target = document["target"]
    yield "", {}
    why = "; ".join(document["incomplete"])
    verdict = document["verdict"] + (f", and INCOMPLETE: {one_line(why)}" if why else "")
    yield f"{one_line(target['name'])}: {verdict}{_selected(document)}", {"bold": True, **_COLOURS[document["verdict"]]}
    yield one_line(whose_behaviour(document)), {}
    counts = by_verdict(document)
    total = len(document["requirements"])
    told = [f"{count} {verdict.replace('_', ' ')}" for verdict, count in counts.items() if count]
    yield f"{total} requirements: {', '.join(told)}", {}
    musts = Counter(row["verdict"] for row in document["requirements"] if row["level"] == "MUST")
    told = [f"{musts[verdict]} {verdict.replace('_', ' ')}" for verdict in counts if musts[verdict]]
    yield f"{sum(musts.values())} of them MUST: {', '.join(told)}", {}
    tokens = document["tokens"]
    sent = (
        "replayed, nothing sent"
        if target["mode"] == "replay"
        else f"{tokens['input']} tokens in, {tokens['output']} out"
    )
    megabytes = f"{document['bytes']['sent'] / 1e6:.1f} MB" + (
        "" if target["mode"] == "replay" or target.get("resumed") else " sent"
    )
    asked = f"{document['requests']} requests, {megabytes}"
    generated = sum("varies" in case for case in document["cases"])
    cases = f"{len(document['cases'])} cases" + (f" ({generated} of them generated)" if generated else "")
    yield f"{cases}, {asked}, {sent}, {document['duration_s']:.1f} s", {}
    if document["selection"]["cheap"] and document["complete"]:
        left = [row["id"] for row in document["requirements"] if row["note"].endswith("(--cheap left out some)")]
        yield f"--cheap left undecided: {', '.join(left) or 'nothing'}", {}
    for verdict in ("failed", "inconclusive", "warned"):
        for row in document["requirements"]:
            if row["verdict"] == verdict:
                head = f"  {verdict:<13} {row['id']:<28} {row['level']:<7} "
                yield head + cut_note(one_line(row["note"]), _LINE - len(head)), {}
    for error in document["errors"]:
        yield f"ERROR {one_line(error)}"[:400], {"red": True}
    if directory:
        yield f"report: {directory / 'report.html'}", {"bold": True}


def _selected(document: Mapping[str, Any]) -> str:
    told = {
        name: value for name, value in told_of(document["selection"]).items() if value is not True or name == "cheap"
    }
    return f", in what was selected ({one_line(words_of(told))})" if told else ""
