"""Reads the frozen corpus."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from conformance.corpus.case import SIZES, GeneratedCase
from conformance.corpus.operations import OPERATIONS
from conformance.errors import UsageError

HERE = Path(__file__).parent
HEADER = "corpus.json"
SUFFIX = ".jsonl"
CHOICES = ("none", *SIZES)


def file_of(operation: str) -> str:
    """The file that holds the cases of an operation."""
    return operation + SUFFIX


@cache
def corpus() -> Sequence[GeneratedCase]:
    """Every frozen case, by operation, in the order of the files."""
    return [case for operation in OPERATIONS for case in read(HERE / file_of(operation))]


def plain_of(case: GeneratedCase) -> GeneratedCase:
    """The plain request of the same operation and family."""
    return GeneratedCase(case.operation, "positive", "plain", family=case.family or case.of.family)


def chosen(size: str) -> list[GeneratedCase]:
    """The cases of one choice: `none` or one of `SIZES`. Raises `UsageError` on any other."""
    if size == "none":
        return []
    if size not in SIZES:
        raise UsageError(f"unknown corpus {size!r}: give {', '.join(CHOICES)}, or a file that ends in {SUFFIX}")
    held = SIZES[: SIZES.index(size) + 1]
    if size == SIZES[-1]:
        return list(corpus())
    # Most lines are of cases that are not held: their size is told without parsing them.
    marks = tuple(f'"size":"{one}"' for one in held)
    found = (read(HERE / file_of(operation), marks) for operation in OPERATIONS)
    return [case for cases in found for case in cases if case.size in held]


def read(path: Path, marks: Sequence[str] = ("",)) -> list[GeneratedCase]:
    """The cases of one file, each once, of lines that hold one of the marks. Raises `UsageError` if it is no such file."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise UsageError(f"cannot read the generated requests in {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} holds no generated requests: it is no text") from None
    cases = []
    for number, line in enumerate(lines, 1):
        if not line or not any(mark in line for mark in marks):
            continue
        try:
            cases.append(GeneratedCase.from_json(json.loads(line)))
        except (ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
            raise UsageError(f"{path}:{number} is no generated request ({type(error).__name__}: {error})") from None
    return list({case.id: case for case in cases}.values())
