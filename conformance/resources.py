"""Where the data that ships with the suite lies: beside the package in a clone, inside it in a wheel."""

from functools import cache
from hashlib import sha256
from pathlib import Path

PACKAGE = Path(__file__).parent


@cache
def directory(name: str) -> Path:
    """The directory `openapi` or `cassettes`, wherever this installation keeps it."""
    installed = PACKAGE / name
    return installed if installed.is_dir() else PACKAGE.parent / name


def digest(*paths: Path) -> str:
    """The SHA-256 (hex) of the files' bytes, in the order given."""
    total = sha256()
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()
