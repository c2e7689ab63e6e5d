"""The files of a certificate, read as what they are: bytes from anybody."""

import os
import stat
from pathlib import Path

from conformance.errors import UsageError

LARGEST = 512 * 1024 * 1024
"""Bytes of one file that are read."""
MOST_FILES = 64
"""Files of a certificate."""


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
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > largest:
        raise UsageError(f"{path} is larger than {largest // 2**20} MB")
    return data


def files_in(directory: Path) -> dict[str, bytes]:
    """All files below a directory, by their path in it. Raises `UsageError` on a link, on too many and on too large ones."""
    if not directory.is_dir():
        raise UsageError(f"{directory} is no directory")
    found, left = dict[str, bytes](), LARGEST
    for parent, directories, names in os.walk(directory):
        if link := next((name for name in directories if (Path(parent) / name).is_symlink()), None):
            raise UsageError(f"{Path(parent) / link} is a link")
        for name in names:
            if len(found) >= MOST_FILES:
                raise UsageError(f"{directory} holds more than {MOST_FILES} files: it is no certificate")
            path = Path(parent) / name
            data = read_bounded(path, left)
            left -= len(data)
            found[path.relative_to(directory).as_posix()] = data
    return found
