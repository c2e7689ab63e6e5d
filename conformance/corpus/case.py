"""One generated request, as it is frozen: what it varies of the plain request, and what the documents say about that."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

from conformance.corpus.operations import OPERATIONS, Operation
from conformance.requirements import catalogue, families

Mode = Literal["positive", "negative"]
Size = Literal["smoke", "standard", "full"]
SIZES: tuple[Size, ...] = ("smoke", "standard", "full")
"""From the smallest choice to everything; each holds the ones before it."""
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "set": dict, "without": tuple, "raw": (bytes, type(None)), "origin": tuple, "promised_by": tuple,
}  # fmt: skip
"""Of the fields that are not text."""
METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_DEFAULTS: Mapping[str, Any] = {"content_type": "application/json", "method": "POST"}


@dataclass(frozen=True)
class GeneratedCase:
    """A request that fits its spec (positive) or breaks it in one place (negative).

    Either `set` and `without` change the plain request of the operation, or `raw` is the whole body.
    """

    operation: str
    mode: Mode
    kind: str
    """In which way it varies: `enum_value`, `incorrect_type`, …"""
    place: str = ""
    """The dotted path of what it varies, `[]` for any member of a list; empty: the body as a whole."""
    set: Mapping[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    raw: bytes | None = None
    content_type: str = "application/json"
    method: str = "POST"
    family: str = ""
    """The family of the model that has to answer; empty: any."""
    origin: tuple[str, ...] = ()
    """Whose form it uses where the pages show none: `openai`, `google`, …"""
    promised_by: tuple[str, ...] = ()
    """The requirements that promise all of what it varies."""
    forbidden_by: str = ""
    """The requirement that forbids it."""
    size: Size = "full"
    """The smallest choice that holds it."""

    @property
    def of(self) -> Operation:
        """Its operation."""
        return OPERATIONS[self.operation]

    @property
    def id(self) -> str:
        """Twelve hex digits of the SHA-256 of what is sent, wherever the target lies."""
        sent = [self.operation, self.method, self.content_type, self.family]
        if self.raw is None and "model" in self.without:
            sent.append("no model")  # `body` never names one
        body = self.raw if self.raw is not None else _text(self.body()).encode()
        return sha256(_text(sent).encode() + b"\n" + body).hexdigest()[:12]

    def __str__(self) -> str:
        """In words: what it varies, and how."""
        return f"{self.kind.replace('_', ' ')} at {self.place or 'the body'} of {self.operation}"

    @property
    def shown(self) -> bool:
        """Whether the pages show all that it uses: what they do not show, they promise nothing about."""
        return self.of.shown and not self.origin

    @property
    def field(self) -> str:
        """The member of the body that it varies."""
        return self.place.partition(".")[0]

    @property
    def is_plain(self) -> bool:
        """Whether it varies nothing: the control of the others."""
        as_usual = all(getattr(self, name) == value for name, value in _DEFAULTS.items())
        return as_usual and not self.set and not self.without and self.raw is None

    def body(self) -> dict[str, Any]:
        """The JSON body, without the model. A case with a `raw` body has none."""
        changed = self.of.base | dict(self.set)
        return {name: value for name, value in changed.items() if name not in self.without}

    def to_line(self) -> str:
        """One line of JSON, the keys in a fixed order; what is as usual is left out."""
        kept = {name: value for name, value in vars(self).items() if value and value != _DEFAULTS.get(name)}
        if self.raw is not None:
            kept["raw"] = _raw_to_json(self.raw)
        return _text({"id": self.id, **kept})

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "GeneratedCase":
        """The inverse of `to_line`, from the parsed line.

        Raises `AttributeError`, `KeyError`, `TypeError` and `ValueError`.
        """
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
        }
        del fields["id"]
        if "raw" in fields:
            fields["raw"] = _raw_from_json(fields["raw"])
        case = cls(**fields)
        case.check()
        return case

    def check(self) -> None:
        """Raises `TypeError` and `ValueError` if this is no request that a run can send."""
        for name, value in vars(self).items():
            if not isinstance(value, _TYPES.get(name, str)):
                raise TypeError(f"{name} is a {type(value).__name__}")
        if self.operation not in OPERATIONS or self.mode not in ("positive", "negative") or self.size not in SIZES:
            raise ValueError(f"{self.operation} {self.mode} {self.size} is no generated case")
        if self.method not in METHODS or not (self.content_type.isascii() and self.content_type.isprintable()):
            raise ValueError(f"{self.method!r} of {self.content_type!r} cannot be sent")
        if any(not isinstance(name, str) for name in (*self.without, *self.origin, *self.promised_by)):
            raise TypeError("without, origin and promised_by hold names alone")
        if "model" in self.set and isinstance(self.set["model"], str) and self.set["model"]:
            raise ValueError("the model is the target's to name")
        for name in (*self.promised_by, self.forbidden_by):
            if name and name not in catalogue():
                raise ValueError(f"no requirement is named {name}")
        if self.family not in ("", *families()):
            raise ValueError(f"no model is of the family {self.family}")
        json.dumps(self.set, ensure_ascii=False).encode()  # half of a character has no place in what is sent


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _raw_to_json(raw: bytes) -> str | dict[str, str]:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": b64encode(raw).decode()}


def _raw_from_json(kept: str | Mapping[str, str]) -> bytes:
    return kept.encode() if isinstance(kept, str) else b64decode(kept["base64"], validate=True)
