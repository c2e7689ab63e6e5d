"""The files of a certificate, read as what they are: bytes from anybody."""

import os
from pathlib import Path

from conformance.errors import UsageError
from conformance.report.bounded import LARGEST, read_bounded

MOST_FILES = 64
"""Files of a certificate."""


def files_in(directory: Path) -> dict[str, bytes]:
    """All files below a directory, by their path in it. Raises `UsageError` on a link, on too many and on too large ones."""
    if not directory.is_dir():
        raise UsageError(f"{directory} is no directory")
    found, left = dict[str, bytes](), LARGEST
    for parent, directories, names in os.walk(directory):
        if parent != str(directory) and not directories and not names:
            found[f"{Path(parent).relative_to(directory).as_posix()}/"] = b""
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
