"""Requirements of one's own: what a proxy's team promises of its gateway beside the contract, declared beside its cases."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec

from conformance.errors import UsageError, unknown_name
from conformance.requirements import LEVELS, Level, Requirement, catalogue

DECLARATION = "requirements.yaml"
"""The file beside own cases that declares what they decide."""
_CASE = "own/"
"""How the ids of own cases begin: none of ours does."""
_ID = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)+")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_|~-]+")
_SECRET = re.compile("key|token|secret|auth|cookie|password|credential|databricks-.*-id", re.IGNORECASE)
"""What a header is called whose value is nobody's but the caller's."""
_NO_NAME_OF_A_FILE = re.compile(r"[^A-Za-z0-9._+=@-]")
_PLACE = re.compile(r" - at `\$(\[(\d+)\])?\.?([^`]*)`$")

_NO_SUCH_WORD = re.compile(r"Invalid enum value '(.*)'", re.DOTALL)
Surface = Literal["chat", "responses", "gemini", "serving"]
_WORDS: Mapping[str, tuple[str, ...]] = {"level": LEVELS, "surface": get_args(Surface)}
"""By member of a requirement: the words that it may be."""
_Text = Annotated[str, msgspec.Meta(pattern=r"\S")]


class _Declared(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A requirement as its team writes it."""

    id: str
    level: Level
    surface: Surface | Annotated[list[Surface], msgspec.Meta(min_length=1)]
    statement: _Text
    source: _Text | Annotated[list[_Text], msgspec.Meta(min_length=1)]
    headers: list[str] = []

    def requirement(self) -> Requirement:
        return Requirement(
            id=self.id, level=self.level, surface=_several(self.surface), family=(), origin="own", testable=(),
            statement=" ".join(self.statement.split()), source=_several(self.source), probe="",
        )  # fmt: skip


@dataclass(frozen=True)
class OwnDeclaration:
    """The requirements of one declaration. `name` is that of the directory in which it lies."""

    name: str
    sha256: str
    """Of the declaration (hex)."""
    requirements: Mapping[str, Requirement]
    root: Path = Path()
    headers: frozenset[str] = frozenset()
    """Of answers, which its cases read: of all others a run keeps but the few that the contract needs. In lower case."""

    @classmethod
    def read(cls, root: Path) -> "OwnDeclaration":
        """What is declared in a directory. Raises `UsageError`."""
        file = root / DECLARATION
        try:
            source = file.read_bytes()
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {error.strerror}") from None
        found, rows = dict[str, Requirement](), _parsed(file, source)
        for row in rows:
            if not _ID.fullmatch(row.id):
                raise UsageError(f"{file}: {row.id!r} is no id: write capitals, digits and hyphens, such as ACME-ROUTE")
            if not may_be_own(row.id):
                raise UsageError(
                    f"{file}: {row.id} begins as ids of the contract do: give your own a word of yours, such as ACME-ROUTE"
                )
            for header in row.headers:
                if not may_be_kept(header):
                    raise UsageError(
                        f"{file}: {row.id} asks for the header {header!r}, which may hold what nobody should keep"
                    )
            if row.id in found:
                raise UsageError(f"{file}: {row.id} is declared twice")
            found[row.id] = row.requirement()
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", root.name).strip("-") or "cases"
        headers = frozenset(header.lower() for row in rows for header in row.headers)
        return cls(name, sha256(source).hexdigest(), found, root, headers)


def root_of(path: Path) -> Path | None:
    """The directory of the declaration that own cases at this path belong to: the nearest at or above it; None without one."""
    here = path.resolve()
    return next((one for one in (here, *here.parents) if (one / DECLARATION).is_file()), None)


def read_all(roots: Iterable[Path]) -> tuple[OwnDeclaration, ...]:
    """The requirements of several directories, in the order of their names. Raises `UsageError`."""
    found = sorted(map(OwnDeclaration.read, dict.fromkeys(roots)), key=lambda one: one.name)
    names, ids = dict[str, Path](), dict[str, Path]()
    for one in found:
        if one.name in names:
            raise UsageError(f"{names[one.name]} and {one.root} are both called {one.name}: rename one")
        names[one.name] = one.root
        for name in one.requirements:
            if name in ids:
                raise UsageError(f"{name} is declared in {ids[name]} and in {one.root}: each id has one meaning")
            ids[name] = one.root
    return tuple(found)


def case_id(own: OwnDeclaration, file: Path, name: str) -> str:
    """The id of an own case: of the directory, the file in it and the case, such as `own/my_cases.routes.names_it`."""
    place = file.resolve().relative_to(own.root)
    parts = (own.name, *place.parent.parts, place.stem.removeprefix("test_"), name)
    return _CASE + ".".join(_NO_NAME_OF_A_FILE.sub("_", part) for part in parts)


def is_own(case: str) -> bool:
    """Whether the id of a case is that of an own one."""
    return case.startswith(_CASE)


def may_be_own(requirement: str) -> bool:
    """Whether an id is one that a team may give a requirement of its own: none of the contract begins with its word."""
    return bool(_ID.fullmatch(requirement)) and requirement.partition("-")[0] not in _words_of_the_contract()


def _words_of_the_contract() -> set[str]:
    return {name.partition("-")[0] for name in catalogue()}


def may_be_kept(header: str) -> bool:
    """Whether own cases may read a header of answers, by its name."""
    return bool(_HEADER.fullmatch(header)) and not _SECRET.search(header)


def _parsed(file: Path, source: bytes) -> list[_Declared]:
    import yaml  # here: only who has own cases pays for it

    try:
        document = yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (safe, and in C)
        return msgspec.convert(document, list[_Declared])
    except yaml.YAMLError as error:
        raise UsageError(f"{file} is no YAML: {' '.join(str(error).split())}") from None
    except (msgspec.ValidationError, RecursionError) as error:
        raise UsageError(
            f"{file}: {_place(str(error))}; give a list of id, level, surface, statement, source"
        ) from None


def _place(error: str) -> str:
    """msgspec's message with the place as people say it: `requirement 2, level: Invalid enum value 'MUSTY'`."""
    if not (found := _PLACE.search(error)):
        return error
    where = [f"requirement {int(found[2]) + 1}"] if found[2] else []
    member, what = found[3].partition("[")[0], error[: found.start()]
    if (wrong := _NO_SUCH_WORD.fullmatch(what)) and member in _WORDS:
        known = ", ".join(_WORDS[member])
        told = unknown_name(member, wrong[1], _WORDS[member], hint=f"give one of {known}")
        what = f"{told} ({known})" if told.endswith("?") else told
    return ": ".join(filter(None, (", ".join([*where, *filter(None, [member])]), what)))


def _several(value: str | list[Surface] | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
