"""Hashes and chain: whether the files of a directory are those that its manifest names, as they were recorded."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance.recordings.inventory import RecordedFile
from conformance.recordings.manifest import MANIFEST, chain
from conformance.recordings.problem import Problem
from conformance.wire.cassette import CassetteError
from conformance.wire.tape import Tape


def integrity(directory: Path, manifest: Mapping[str, Any], held: Mapping[str, RecordedFile]) -> Iterator[Problem]:
    """What is not as it was when it was recorded. No hash is a signature: it tells accidents and edits, not forgery."""
    if manifest.get("chain") != chain(manifest):
        yield Problem("altered", MANIFEST, "its chain does not fit what it says")
    stated_digests = manifest.get("files", {})
    for name, file in held.items():
        corrupt = [file.corrupt] if file.corrupt else list(_corrupt_lines(directory / name, file))
        yield from (Problem("corrupt", name, why) for why in corrupt)
        if trouble := _alteration(file, stated_digests.get(name), manifest["recorded_from"]):
            yield Problem("altered", name, trouble)
        if name not in stated_digests:
            yield Problem("left over", name, "the manifest does not name it")
    for name in sorted({*stated_digests} - {*held}):
        yield Problem("missing", name, "the manifest names it")
    for path in sorted(directory.rglob("*.unfinished")):
        where = path.relative_to(directory).as_posix()
        yield Problem("left over", where, "a recording did not come to its end: go on with `record`")


def _corrupt_lines(path: Path, file: RecordedFile) -> Iterator[str]:
    """Why recordings of a tape cannot be read: its lines are parsed when they are asked for."""
    tape = Tape(path)
    for case in file.cases if path.suffix == ".jsonl" else ():
        try:
            tape.cassette(case)
        except CassetteError as error:
            yield str(error)


def _alteration(file: RecordedFile, stated_digest: str | None, recorded_from: str) -> str:
    """Why a file is not as it was recorded; empty if it is."""
    if file.corrupt:
        return ""
    if file.altered:
        return "its content does not fit its hash"
    if stated_digest not in (None, file.sha256):
        return "its hash is not the one in the manifest"
    if recorded_from == "reference" and any(made.get("recorded_from") != "reference" for made in file.made):
        return "it does not say that it was recorded from the reference gateway, as the manifest does"
    return ""


def differences(manifest: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What of the suite has changed since the last recording."""
    last = (manifest.get("runs") or [{}])[-1]
    names = {"suite": "version", "catalogue_sha256": "catalogue", "openapi_sha256": "specs"}
    return [told for name, told in names.items() if last.get(name) != now[name]]
