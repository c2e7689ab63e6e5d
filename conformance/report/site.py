"""A directory that is published as it is: written whole or not at all, and never in the place of what is not ours."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.errors import UsageError
from conformance.report.evidence_matrix import GENERATOR

INDEX = "index.html"
_HEAD = 2000
"""Bytes of a page in which it says what has made it."""


def check_site(output: Path, sources: Iterable[Path]) -> None:
    """Raises `UsageError` where a site would take the place of something that is none, or of what it is made of."""
    if output.is_symlink() or (output.exists() and not output.is_dir()):
        raise UsageError(f"{output} is no directory: give another --output")
    here = output.resolve()
    for source in sources:
        if source.resolve().is_relative_to(here) or here.is_relative_to(source.resolve()):
            raise UsageError(f"{output} and {source} lie in each other: give another --output")
    if output.is_dir() and any(output.iterdir()) and not _is_ours(output):
        raise UsageError(f"{output} holds something else than a site of `matrix`: give another --output")


def write_site(output: Path, files: Mapping[str, bytes]) -> None:
    """Writes the files of a site, by their path in it, in the place of the site that was there. Raises `UsageError`."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".unfinished-", dir=output.parent) as unfinished:
            made, old = Path(unfinished) / "made", Path(unfinished) / "old"
            for name, data in files.items():
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                (made / name).write_bytes(data)
            if output.exists():
                output.rename(old)
            made.rename(output)
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}; give another --output") from None


def _is_ours(directory: Path) -> bool:
    try:
        with (directory / INDEX).open("rb") as index:
            return f'content="{GENERATOR}"'.encode() in index.read(_HEAD)
    except OSError:
        return False
