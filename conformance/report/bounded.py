"""Files that anybody may have written: read up to a size, and never by way of a link."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.errors import UsageError

LARGEST = 512 * 1024 * 1024
"""Bytes of one file that are read."""


@contextmanager
def untrusted(what: str) -> Iterator[None]:
    """Around reading what anybody may have written: however that breaks, it is told in one line. Raises `UsageError`."""
    try:
        yield
    except UsageError:
        raise
    except Exception as error:  # each way that is known is told better, where it is met; this is for the others
        raise UsageError(f"{what} cannot be read ({type(error).__name__})") from None


def read_bounded(path: Path, largest: int = LARGEST) -> bytes:
    """The bytes of a regular file that is no link. Raises `UsageError`."""
    try:
        with os.fdopen(
            os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)), "rb"
        ) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UsageError(f"{path} is no file")
            data = file.read(largest + 1)
    except OSError as error:
        why = "is a link" if path.is_symlink() else f"cannot be read: {error.strerror}"
        raise UsageError(f"{path} {why}") from None
    if len(data) > largest:
        raise UsageError(f"{path} is larger than {largest // 2**20} MB")
    return data
