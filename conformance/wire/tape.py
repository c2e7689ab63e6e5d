"""Tapes: the recorded exchanges of many small cases, a line of JSON each, one file an operation.

What was sent stands in the corpus; a line keeps the hash of it, so that a tape that was recorded for another corpus is told
from a target that answers differently. A line before those of one recording says how it was made, with a hash of the lines.
While recording, lines are added to a journal beside the tape: whatever ends the run, nothing that was recorded is lost.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

from conformance.wire import kept_upstream
from conformance.wire.cassette import (
    Cassette,
    CassetteError,
    Key,
    Recording,
    base64_of,
    failure_parts,
    recording,
    write_atomically,
)
from conformance.wire.exchange import Exchange, Response
from conformance.wire.redact import Redactor

_JOURNAL = ".unfinished"
_HEAD = '{"provenance":'


@dataclass(frozen=True)
class Section:
    """What was recorded in one go: how it was made, and a line for each case."""

    provenance: Mapping[str, Any]
    lines: dict[str, str]
    altered: bool = False


class Tape:
    """The recordings of one file, by case. Lines are parsed when they are asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Section] | None = None
        self._recording: Mapping[str, Any] | None = None

    def cassette(self, case: str) -> Cassette:
        """What was recorded of one case. Raises `CassetteError`."""
        section = self._read().get(case)
        if section is None:
            raise CassetteError(f"no recording of {case} in {self._path}")
        try:
            kept = json.loads(section.lines[case])["exchanges"]
            return Cassette([_recording(one) for one in kept], section.provenance, altered=section.altered)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise CassetteError(f"{self._path} is corrupt at {case} ({type(error).__name__}: {error})") from None

    def cases(self) -> list[str]:
        """The cases of which it holds recordings. Raises `CassetteError`."""
        return sorted(self._read())

    def never_held(self, case: str) -> bool:
        """Whether a case is missing, though nothing was taken away: the rest is as it was recorded."""
        known = self._read()
        return bool(known) and case not in known and not any(section.altered for section in known.values())

    def sections(self) -> list[Section]:
        """What it holds, by recording. Raises `CassetteError`."""
        return list({id(section): section for section in self._read().values()}.values())

    def keep(self, case: str, exchanges: list[Exchange], redactor: Redactor, provenance: Mapping[str, Any]) -> None:
        """Adds what was recorded of one case to the journal. Raises `OSError`."""
        text = recorded_line(case, exchanges, redactor)
        self._begin()
        if self._recording != provenance:
            text = _line({"provenance": provenance}) + text
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(text)
        self._recording = provenance

    def _begin(self) -> None:
        """Makes the journal ready: a line of an earlier recording that was cut off is not written on."""
        if self._recording is not None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._journal.exists():
            os.truncate(self._journal, len(_whole_lines(self._journal)))

    def finish(self) -> None:
        """Puts the journal into the tape, each recording in the order of its cases; the tape is replaced whole or not at all.

        Raises `OSError`.
        """
        if not self._journal.exists():
            return
        newest: dict[str, tuple[str, str]] = {}
        altered = set[str]()
        for section in [*_sections(self._path), *_sections(self._journal)]:
            head = _line(section.provenance)
            altered |= {head} if section.altered else set()
            newest |= {case: (head, line) for case, line in section.lines.items()}
        text = ""
        for head in sorted(
            {head for head, _ in newest.values()}, key=lambda head: json.loads(head).get("recorded_at", "")
        ):
            lines = {case: line + "\n" for case, (of, line) in newest.items() if of == head}
            # What was altered stays so: a new hash would say that it was recorded like this.
            text += section_text(json.loads(head), lines, "altered" if head in altered else "")
        write_atomically(self._path, text)
        self._journal.unlink()

    @property
    def _journal(self) -> Path:
        return self._path.with_suffix(self._path.suffix + _JOURNAL)

    def _read(self) -> dict[str, Section]:
        """By case: the newest section that holds it."""
        if self._known is None:
            found = [*_sections(self._path), *_sections(self._journal)]
            self._known = {case: section for section in found for case in section.lines}
        return self._known


def recorded_line(case: str, exchanges: list[Exchange], redactor: Redactor) -> str:
    """The line of a tape that holds what was recorded of one case."""
    return _line({"case": case, "exchanges": [_kept(one, redactor) for one in exchanges]})


def section_text(provenance: Mapping[str, Any], lines: Mapping[str, str], digest: str = "") -> str:
    """A recording as it stands in a tape: how it was made, and the lines of its cases; `digest` is theirs, or says why not."""
    ordered = [lines[case] for case in sorted(lines)]
    return _line({"provenance": provenance, "content_sha256": digest or _digest(ordered)}) + "".join(ordered)


def _sections(path: Path) -> list[Section]:
    """The sections of a file. A last line that was cut off is left out. Raises `CassetteError`."""
    try:
        lines = _whole_lines(path).decode("utf-8").split("\n")
        heads = [number for number, line in enumerate(lines) if line.startswith(_HEAD)]
        found = [Section({}, _by_case(lines[: heads[0] if heads else None]), altered=True)]
        for start, end in pairwise([*heads, len(lines)]):
            head, held = json.loads(lines[start]), lines[start + 1 : end]
            # A journal has no hash yet.
            stated_digest = head.get("content_sha256", None if path.suffix == _JOURNAL else "")
            altered = stated_digest is not None and stated_digest != _digest(line + "\n" for line in held if line)
            found.append(Section(head["provenance"], _by_case(held), altered=altered))
        return [section for section in found if section.lines]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise CassetteError(f"{path} cannot be read: {error}") from None


def _by_case(lines: list[str]) -> dict[str, str]:
    found = {}
    for line in lines:
        case, quote, _ = line.removeprefix('{"case":"').partition('"')
        if quote:
            found[case] = line
    return found


def _digest(lines: Iterable[str]) -> str:
    return sha256("".join(lines).encode()).hexdigest()


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=base64_of) + "\n"


def _whole_lines(path: Path) -> bytes:
    """What a file holds up to its last line end."""
    data = path.read_bytes()
    return data[: data.rfind(b"\n") + 1]


def _kept(exchange: Exchange, redactor: Redactor) -> dict[str, Any]:
    key = Key.of(exchange.request)
    response = redactor.response(exchange.response or Response(0, {}))
    kept = {
        "to": redactor.text(" ".join(filter(None, (key.method, key.path, key.query)))),
        "as": f"{key.credential} {key.content_type}".rstrip(),
        "sent": key.body,
        "status": response.status,
        "headers": dict(response.headers),
        "body": _text_or_bytes(response.body),
    }
    chunks = [[len(chunk.data), round(chunk.at, 4)] for chunk in response.chunks]
    # When the only piece of an answer came says something where both sides are watched.
    kept |= {"chunks": chunks} if len(chunks) > 1 or exchange.upstream else {}
    return kept | failure_parts(exchange, redactor) | kept_upstream.kept(exchange, redactor)


def _text_or_bytes(body: bytes) -> str | bytes:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body


def _recording(kept: dict[str, Any]) -> Recording:
    method, path, *query = kept["to"].split(" ")
    credential, _, content_type = kept["as"].partition(" ")
    key = Key(method, path, " ".join(query), content_type, credential, kept["sent"])
    found = recording(key, kept["status"], kept["headers"], kept["body"], kept)
    watched = kept.get("upstream")
    return replace(found, upstream=partial(kept_upstream.restored, watched)) if watched is not None else found
