"""What the observed environment is given of this suite: the runner, its cases, its media, and a pytest if it has none.

A copy of it, in a directory of its own: whatever else this suite is installed with stays out of sight there.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.resources import PACKAGE

_GIVEN = ("observer", "media")
_FILES = ("__init__.py", "errors.py")
_PYTEST = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")
"""pytest and what it needs. Nothing of it is compiled, so other versions of Python can read it."""
_BESIDE = "beside"
"""Where they lie: under no name that could be imported by mistake."""
LAUNCHER = Path("conformance", "observer", "launch.py")


@contextmanager
def staged() -> Iterator[Path]:
    """The directory that an observed environment imports the runner from. It is gone afterwards."""
    with TemporaryDirectory(prefix="gateway-conformance-") as made:
        # Resolved: pytest compares paths with those of the files that it finds.
        root = Path(made).resolve()
        package = root / "conformance"
        package.mkdir()
        without = shutil.ignore_patterns("__pycache__")
        for name in _GIVEN:
            shutil.copytree(PACKAGE / name, package / name, ignore=without)
        for name in _FILES:
            shutil.copy(PACKAGE / name, package)
        for name in _PYTEST:
            _link_files(name, root / _BESIDE)
        yield root


def _link_files(name: str, to: Path) -> None:
    """Puts the files of a distribution that is installed beside this suite into a directory, by symbolic links or copies."""
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:
        return
    to.mkdir(exist_ok=True)
    for top in {file.parts[0] for file in files if file.parts[0] not in ("..", "__pycache__")}:
        source = Path(str(distribution(name).locate_file(top)))
        try:
            (to / top).symlink_to(source, target_is_directory=source.is_dir())
        except OSError:  # Windows allows it to some alone
            (shutil.copytree if source.is_dir() else shutil.copy)(source, to / top)
