"""The files of a set of recordings: what each holds, and whether it is as it was recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from conformance.wire.cassette import Cassette, CassetteError
from conformance.wire.tape import Tape


@dataclass(frozen=True)
class RecordedFile:
    """One file of recordings: its hash, the cases that it holds, how they were made, and whether they are as they were then."""

    sha256: str = ""
    cases: tuple[str, ...] = ()
    made: tuple[Mapping[str, Any], ...] = ()
    altered: bool = False
    corrupt: str = ""
    """Why it cannot be read."""


def inventory(directory: Path) -> dict[str, RecordedFile]:
    """All files of recordings, by their path in the directory."""
    paths = sorted([*directory.glob("*/*.json"), *directory.glob("*/*.jsonl")])
    return {path.relative_to(directory).as_posix(): _recorded(path, directory) for path in paths}


def _recorded(path: Path, directory: Path) -> RecordedFile:
    try:
        if path.suffix == ".json":
            cassette = Cassette.load(path)
            digest = str(cassette.metadata.get("content_sha256", ""))
            case = path.relative_to(directory).with_suffix("").as_posix()
            return RecordedFile(digest, (case,), (cassette.metadata,), cassette.altered)
        tape = Tape(path)
        made = tape.sections()
        digest, altered = sha256(path.read_bytes()).hexdigest(), any(section.altered for section in made)
        return RecordedFile(digest, tuple(tape.cases()), tuple(section.provenance for section in made), altered)
    except CassetteError as error:
        return RecordedFile(corrupt=str(error))
