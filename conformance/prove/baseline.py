"""What an earlier proof found, kept so that the next one sends only what a fault can touch."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from conformance import resources
from conformance.reference.variant import Variant
from conformance.report import proofs

PACKAGE = resources.PACKAGE
MATRIX = proofs.MATRIX
bundled = proofs.bundled


_VARIANTS = "reference/variants/"
_SHARED = frozenset({"__init__.py", "declared.py", "application.py"})
"""Files beside the declarations of faults and variants that all of them share."""


@dataclass(frozen=True)
class Baseline:
    """The gateways of an earlier proof, with the cases that each answered otherwise than the reference."""

    touched: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By gateway."""
    files: Mapping[str, str] = field(default_factory=dict)
    """By case: its file."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """By source file: its digest then."""

    @classmethod
    def read(cls, path: Path) -> "Baseline":
        """What a matrix file holds; nothing if there is none, or none that can be read."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            touched = {name: frozenset(gateway["touches"]) for name, gateway in document["gateways"].items()}
            return cls(touched, document["files"], document["sources"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls()

    @cached_property
    def changed(self) -> frozenset[str]:
        """The source files that differ from those of the earlier proof, removed ones included."""
        now = sources()
        return frozenset(path for path in now.keys() | self.sources.keys() if now.get(path) != self.sources.get(path))

    def is_outdated(self, gateway: Variant) -> bool:
        """Whether a change since the earlier proof can touch what it says of this gateway.

        A case asks the same of every gateway until one answers otherwise: what was not touched then is not touched now,
        unless the case, the gateway or what they share has changed.
        """
        cases = {path for path in self.changed if is_case(path)}
        shared = {path for path in self.changed - cases if not is_declaration(path)}
        # Variants build on others.
        declared_in = _VARIANTS if gateway.declared_in.startswith(_VARIANTS) else gateway.declared_in
        declared_anew = any(path.startswith(declared_in) for path in self.changed)
        if gateway.name not in self.touched or shared or declared_anew:
            return True
        return not {f"cases/{self.files.get(case)}" for case in self.touched[gateway.name]}.isdisjoint(cases)


def sources() -> dict[str, str]:
    """The digest of every file that decides what is asked and what is answered."""
    return {path.relative_to(PACKAGE).as_posix(): resources.digest(path) for path in _files()}


def _files() -> Iterable[Path]:
    for directory, pattern in (
        ("reference", "*.py"),
        ("cases", "*.py"),
        ("probing", "*.py"),
        ("media", "[!_]*"),
        ("requirements", "models.yaml"),
    ):
        found = sorted(path for path in (PACKAGE / directory).rglob(pattern) if path.is_file())
        # Generated requests are sent anew in each proof: what an earlier one found of them is not relied on. Cases of client
        # libraries judge no gateway.
        yield from (path for path in found if not {path.parent.name, path.stem} & {"generated", "sdk"})


def is_case(path: str) -> bool:
    """Whether a source file holds cases, and nothing that other files share."""
    return path.startswith("cases/") and path.rpartition("/")[2].startswith("test_")


def is_declaration(path: str) -> bool:
    """Whether a source file declares faults or variants, and nothing that others share."""
    directory, _, name = path.rpartition("/")
    return directory in ("reference/faults", "reference/variants", "reference/proxies") and name not in _SHARED


def to_json(tables: Mapping[str, Mapping[str, Any]], lists: Mapping[str, Iterable[Any]]) -> str:
    """A matrix file with one entry a line, so that its changes can be read."""
    parts = [
        f"{_one_line(name)}: {{\n" + ",\n".join(f" {_one_line(key)}: {_one_line(table[key])}" for key in table) + "\n}"
        for name, table in tables.items()
    ]
    parts += [
        f"{_one_line(name)}: [\n" + ",\n".join(f" {_one_line(row)}" for row in rows) + "\n]"
        for name, rows in lists.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _one_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
