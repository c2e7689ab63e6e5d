"""Makes the corpus anew: the hand-made requests, and what schemathesis makes of the specs, cut to what is told apart."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from conformance import resources
from conformance.checks.schema import SPECS, spec_path
from conformance.corpus.case import GeneratedCase
from conformance.corpus.choice import SEED, sized
from conformance.corpus.frozen import HEADER, file_of
from conformance.corpus.handmade import handmade
from conformance.corpus.making import made, value_type
from conformance.corpus.operations import OPERATIONS
from conformance.corpus.schemathesis_api import VERSION, enumerated


def corpus() -> list[GeneratedCase]:
    """Every case, in the order in which they are frozen."""
    found = {case.id: case for case in handmade()}
    generated = (made(one) for surface in SPECS for one in enumerated(spec_path(surface)))
    for case in _deduplicated(case for case in generated if case is not None):
        found.setdefault(case.id, case)
    return sorted(sized(list(found.values())), key=_order)


def _deduplicated(cases: Iterable[GeneratedCase]) -> Iterator[GeneratedCase]:
    """One case of those that vary the same in the same way; the shortest, and among equals the first by its text."""
    groups: dict[tuple[object, ...], GeneratedCase] = {}
    for case in cases:
        key = _dedup_key(case)
        if key not in groups or _length(case) < _length(groups[key]):
            groups[key] = case
    yield from groups.values()


def _dedup_key(case: GeneratedCase) -> tuple[object, ...]:
    if not case.of.shown:  # another door to the same models
        return (case.operation, case.mode, case.field, case.kind)
    if case.mode == "positive":
        # What fits may fit in many ways: each body is one of its own, but for fields that the pages do not show.
        return (case.operation, case.mode, case.place, case.kind, case.id if case.shown else "")
    return (
        case.operation,
        case.mode,
        case.place,
        case.kind,
        value_type(case) if case.shown else "",
        case.forbidden_by,
    )


def _length(case: GeneratedCase) -> tuple[int, str]:
    line = case.to_line()
    return len(line), line.partition(",")[2]


def _order(case: GeneratedCase) -> tuple[object, ...]:
    operations = list(OPERATIONS)
    return (
        operations.index(case.operation),
        case.mode == "negative",
        not case.is_plain,
        case.place,
        case.kind,
        case.id,
    )


def header(cases: list[GeneratedCase]) -> dict[str, Any]:
    """What the corpus was made from."""
    return {
        "schemathesis": VERSION,
        "seed": SEED,
        "openapi_sha256": {surface: resources.digest(spec_path(surface)) for surface in SPECS},
        "cases": len(cases),
    }


def files() -> dict[str, bytes]:
    """The files of the corpus by name, as they have to be."""
    cases = corpus()
    lines: dict[str, list[str]] = {}
    for case in cases:
        lines.setdefault(file_of(case.operation), []).append(case.to_line())
    texts = {HEADER: [json.dumps(header(cases), indent=1)], **lines}
    return {name: ("\n".join(found) + "\n").encode() for name, found in texts.items()}


def differences(directory: Path) -> list[str]:
    """The names of the files that are not as they have to be; those that should not be there too."""
    return sorted(_differing(files(), directory))


def write(directory: Path) -> list[str]:
    """Makes the files as they have to be, each whole or not at all. Gives the names of those that were not.

    Raises `OSError`.
    """
    wanted = files()
    changed = sorted(_differing(wanted, directory))
    for name in changed:
        if name not in wanted:
            (directory / name).unlink()
            continue
        unfinished = directory / f"{name}.unfinished"
        unfinished.write_bytes(wanted[name])
        unfinished.replace(directory / name)
    return changed


def _differing(wanted: dict[str, bytes], directory: Path) -> set[str]:
    there = {path.name: path.read_bytes() for path in directory.glob("*.json*")}
    return {name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name)}
