"""Files that the user names for what a command has to say."""

from pathlib import Path

from conformance.errors import UsageError
from conformance.wire.cassette import write_atomically


def write_file(path: Path, text: str) -> None:
    """Writes a file that the user has named, whole or not at all. Raises `UsageError`."""
    try:
        write_atomically(path, text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}; give another file") from None
