"""Bytes read as the texts that they carry: JSON strings put together, so that a word that is split over several is found.

A gateway that echoes something word by word spreads it over the deltas of a stream, the items of a list or escapes. Each
reading is a text beside the places in the bytes where it stands. They are bounded: a reading is searched and forgotten as it
grows, so that a body of any size takes little memory.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_LITERAL = re.compile(rb'"((?:[^"\\\n]|\\[^\n])*+)"(\s*:)?')
_UNIT = re.compile(rb"\\u[0-9a-fA-F]{4}|\\.|[^\\]+", re.DOTALL)
_DATA = re.compile(rb"^data:[ ]?([^\r\n]*)", re.MULTILINE)
_PERCENT = re.compile(rb"%[0-9a-fA-F]{2}|[^%]+|%")
_SHORT = {b'"': b'"', b"\\": b"\\", b"/": b"/", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_SEARCHED_AT = 1 << 16
"""Bytes of a reading after which it is searched."""

Span = tuple[int, int]
Find = Callable[[bytes], Iterator[Span]]


@dataclass
class _Reading:
    """A text that grows piece by piece; `spans` says for each piece where it stands: in the text, and in the bytes."""

    find: Find
    overlap: int
    """Bytes of the text that may be the beginning of a word."""
    text: bytearray = field(default_factory=bytearray)
    spans: list[tuple[int, int, int, int]] = field(default_factory=list)

    def add(self, piece: bytes, start: int, end: int) -> Iterator[list[Span]]:
        """Takes the next piece, which stands at `start` to `end` of the bytes. Gives what was found so far."""
        if piece:
            self.spans.append((len(self.text), len(self.text) + len(piece), start, end))
            self.text += piece
        if len(self.text) >= _SEARCHED_AT:
            yield from self.found()

    def found(self) -> Iterator[list[Span]]:
        """The places of each word in the text. Forgets all but what may go on."""
        done = 0
        for start, end in self.find(bytes(self.text)):
            yield [place for span in self.spans if (place := _within(span, start, end))]
            done = end
        done = max(done, len(self.text) - self.overlap)
        self.spans = [_later(span, done) for span in self.spans if span[1] > done]
        del self.text[:done]


def _within(span: tuple[int, int, int, int], start: int, end: int) -> Span | None:
    """The part of the bytes of a piece that `start` to `end` of the text falls on: all of them where it is escaped."""
    first, last, where, until = span
    if last <= start or end <= first:
        return None
    if last - first != until - where:
        return where, until
    return where + max(start - first, 0), until - max(last - end, 0)


def _later(span: tuple[int, int, int, int], done: int) -> tuple[int, int, int, int]:
    """A piece as it stands in a text from which the first `done` bytes are gone."""
    first, last, where, until = span
    gone = max(done - first, 0) if last - first == until - where else 0
    return max(first - done, 0), last - done, where + gone, until


def scattered(data: bytes, find: Find, longest: int) -> Iterator[list[Span]]:
    """Where `data` holds what `find` finds, in whatever pieces: for each, its places in the bytes in order.

    `find` gives the places of words in a text; `longest` is the length in bytes of the longest word.
    """
    overlap = longest - 1
    if b'"' in data:
        yield from _in_strings(data, find, overlap)
    if b"data:" in data:
        reading = _Reading(find, overlap)
        for line in _DATA.finditer(data):
            yield from reading.add(line[1], *line.span(1))
        yield from reading.found()
    if b"%" in data:
        reading = _Reading(find, overlap)
        for unit in _PERCENT.finditer(data):
            plain = bytes.fromhex(unit[0][1:].decode()) if len(unit[0]) == 3 and unit[0][:1] == b"%" else unit[0]
            yield from reading.add(plain, *unit.span())
        yield from reading.found()


def _in_strings(data: bytes, find: Find, overlap: int) -> Iterator[list[Span]]:
    """In the values of JSON strings, one after the other, and those of each member's name."""
    one_after_the_other = _Reading(find, overlap)
    by_name: dict[bytes, _Reading] = {}
    name = b""
    for literal in _LITERAL.finditer(data):
        if literal[2]:
            name = literal[1]
            continue
        of_name = by_name.get(name)
        if of_name is None:
            # A body may have any number of names; words are not spread over thousands of them.
            of_name = by_name[name] = _Reading(find, overlap) if len(by_name) < 1000 else one_after_the_other
        readings = (one_after_the_other,) if of_name is one_after_the_other else (one_after_the_other, of_name)
        for piece, start, end in _pieces(literal[1], literal.start(1)):
            for reading in readings:
                yield from reading.add(piece, start, end)
    for reading in (one_after_the_other, *by_name.values()):
        yield from reading.found()


def _pieces(literal: bytes, at: int) -> Iterator[tuple[bytes, int, int]]:
    """What the inside of a JSON string says, and where: escapes stand alone."""
    if b"\\" not in literal:
        yield literal, at, at + len(literal)
        return
    for unit in _UNIT.finditer(literal):
        text = unit[0]
        if len(text) == 6 and text[:2] == b"\\u":
            text = chr(int.from_bytes(bytes.fromhex(text[2:].decode()))).encode("utf-8", errors="replace")
        elif text[:1] == b"\\":
            text = _SHORT.get(text[1:], text[1:])
        yield text, at + unit.start(), at + unit.end()
