"""Sets of recordings as they are compared: each exchange with its case and its surface."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.errors import UsageError
from conformance.recordings.manifest import MANIFEST, read_manifest
from conformance.wire.cassette import Cassette, CassetteError, Key, Recording
from conformance.wire.exchange import Response
from conformance.wire.tape import Tape


@dataclass(frozen=True)
class Recorded:
    """What was recorded of one request."""

    case: str
    surface: str
    """Below whose path it was sent; empty if below none."""
    key: Key
    """Its path is what follows the surface's: the same gateway may be reached in two ways."""
    response: Response
    """Of status 0, and empty, if none came."""
    is_answered: bool
    """Whether a whole answer came, and not one that asks to come back later."""


@dataclass(frozen=True)
class RecordedSet:
    """All that a directory of cassettes holds."""

    directory: Path
    manifest: Mapping[str, Any]
    cases: Mapping[str, tuple[Recorded, ...]]
    """By case, in the order of sending."""

    @property
    def name(self) -> str:
        """Whose recordings these are."""
        return str(self.manifest["target"].get("name") or self.directory.name)


def is_set(directory: Path) -> bool:
    """Whether a directory claims to hold recordings."""
    return (directory / MANIFEST).is_file()


def read(directory: Path) -> RecordedSet:
    """Reads a whole set. Raises `UsageError` if there is none, or one that cannot be read."""
    manifest = read_manifest(directory)
    surfaces = manifest["target"].get("surfaces")
    paths = {name: urlsplit(str(url)).path for name, url in surfaces.items()} if isinstance(surfaces, dict) else {}
    try:
        cases = {case: tuple(_recorded(case, one, paths) for one in held) for case, held in _cases(directory)}
    except CassetteError as error:
        raise UsageError(f"{error}; record it anew, or compare another set") from None
    return RecordedSet(directory, manifest, {case: held for case, held in cases.items() if held})


def _cases(directory: Path) -> Iterator[tuple[str, tuple[Recording, ...]]]:
    for path in sorted(directory.glob("*/*.json")):
        yield path.relative_to(directory).with_suffix("").as_posix(), Cassette.load(path).recordings
    for path in sorted(directory.glob("*/*.jsonl")):
        tape = Tape(path)
        for case in tape.cases():
            yield case, tape.cassette(case).recordings


def _recorded(case: str, one: Recording, paths: Mapping[str, str]) -> Recorded:
    """Several surfaces may lie at one path: what follows it names the one that is meant."""
    if one.response and not isinstance(one.response.status, int):
        raise CassetteError(f"the recording of {case} is corrupt: its status is no number")
    above = [name for name, path in paths.items() if one.key.path.startswith(f"{path}/")]
    surface = max(above, key=lambda name: (len(paths[name]), f"/{name}" in one.key.path), default="")
    key = replace(one.key, path=one.key.path.removeprefix(paths[surface])) if surface else one.key
    return Recorded(case, surface, key, one.response or Response(0, {}), one.is_answered)
