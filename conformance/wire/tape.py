"""Tapes: the recorded exchanges of many small cases, a line of JSON each, one file an operation.

What was sent stands in the corpus; a line keeps the hash of it, so that a tape that was recorded for another corpus is told
from a target that answers differently. While recording, lines are added to a journal beside the tape: whatever ends the run,
nothing that was recorded is lost.
"""

import json
import os
from pathlib import Path
from typing import Any

from conformance.wire.cassette import (
    Cassette,
    CassetteError,
    Key,
    base64_of,
    chunks_of,
    response_parts,
    to_bytes,
)
from conformance.wire.exchange import Exchange, Request, Response
from conformance.wire.redact import Redactor

_JOURNAL = ".unfinished"


class Tape:
    """The recordings of one file, by case. Lines are parsed when they are asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: dict[str, str] | None = None
        self._is_recording = False

    def cassette(self, case: str) -> Cassette:
        """What was recorded of one case. Raises `CassetteError`."""
        line = self._read().get(case)
        if line is None:
            raise CassetteError(f"no recording of {case} in {self._path}")
        try:
            kept = json.loads(line)["exchanges"]
            return Cassette([(_key(one), _response(one)) for one in kept], {})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise CassetteError(f"{self._path} is corrupt at {case} ({type(error).__name__}: {error})") from None

    def check(self) -> None:
        """Reads it. Raises `CassetteError` if that cannot be done."""
        self._read()

    def keep(self, case: str, exchanges: list[Exchange], redactor: Redactor) -> None:
        """Adds what was recorded of one case to the journal."""
        kept = [_kept(one.request, one.response, redactor) for one in exchanges if one.response]
        line = json.dumps(
            {"case": case, "exchanges": kept}, ensure_ascii=False, separators=(",", ":"), default=base64_of
        )
        self._begin()
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(line + "\n")

    def _begin(self) -> None:
        """Makes the journal ready: a line of an earlier recording that was cut off is not written on."""
        if self._is_recording:
            return
        self._is_recording = True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._journal.exists():
            os.truncate(self._journal, len(_whole_lines(self._journal)))

    def finish(self) -> None:
        """Puts the journal into the tape, in the order of the cases; the tape is replaced whole or not at all."""
        if not self._journal.exists():
            return
        lines = self._split(self._path) | self._split(self._journal)
        finished = self._path.with_suffix(".finished")
        finished.write_text("".join(f"{lines[case]}\n" for case in sorted(lines)), encoding="utf-8")
        finished.replace(self._path)
        self._journal.unlink()

    @property
    def _journal(self) -> Path:
        return self._path.with_suffix(self._path.suffix + _JOURNAL)

    def _read(self) -> dict[str, str]:
        if self._lines is None:
            self._lines = self._split(self._path) | self._split(self._journal)
        return self._lines

    @staticmethod
    def _split(path: Path) -> dict[str, str]:
        """The lines of a file by their case. A last line that was cut off is left out."""
        try:
            text = _whole_lines(path).decode("utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise CassetteError(f"{path} cannot be read: {error}") from None
        found = {}
        for line in text.split("\n"):
            case, quote, _ = line.removeprefix('{"case":"').partition('"')
            if quote:
                found[case] = line
        return found


def _whole_lines(path: Path) -> bytes:
    """What a file holds up to its last line end."""
    data = path.read_bytes()
    return data[: data.rfind(b"\n") + 1]


def _kept(request: Request, response: Response | None, redactor: Redactor) -> dict[str, Any]:
    assert response  # an exchange without one is not kept
    key = Key.of(request, redactor.token)
    parts = response_parts(response, redactor)
    kept = {
        "to": redactor.text(" ".join(filter(None, (key.method, key.path, key.query)))),
        "as": f"{key.credential} {key.content_type}".rstrip(),
        "sent": key.body,
        "status": response.status,
        "headers": {name: values[0] for name, values in parts["headers"].items()},
        "body": _text_or_bytes(parts["body"]["string"]),
    }
    return kept | ({"chunks": parts["chunks"]} if len(parts["chunks"]) > 1 else {})


def _text_or_bytes(body: bytes) -> str | bytes:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body


def _key(kept: dict[str, Any]) -> Key:
    method, path, *query = kept["to"].split(" ")
    credential, _, content_type = kept["as"].partition(" ")
    return Key(method, path, " ".join(query), content_type, credential, kept["sent"])


def _response(kept: dict[str, Any]) -> Response:
    return Response(kept["status"], kept["headers"], tuple(chunks_of(to_bytes(kept["body"]), kept.get("chunks"))))
