"""The environments that are observed: an interpreter that exists, or one made for the time being."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.errors import UsageError
from conformance.report.safe import one_line

OLDEST = (3, 9)
"""The oldest Python that the runner can be read by."""
_VERSION = re.compile(r"^(\d+)\.(\d+)$", re.MULTILINE)
_ANSWERS_S = 30
_LONGEST = 300
_ENOUGH_S = 1200
"""Longest that an installation may take."""


def interpreter(given: str) -> Path:
    """The interpreter that a path, a name on the PATH or the directory of a virtual environment names. Raises `UsageError`."""
    path = Path(given)
    if path.is_dir():
        found = next((one for one in map(path.joinpath, ("bin/python", "Scripts/python.exe")) if one.is_file()), None)
        if found is None:
            raise UsageError(f"--python {given}: no virtual environment, there is no bin/python in it")
    else:
        named = shutil.which(given)
        if named is None:
            raise UsageError(f"--python {given}: there is no such interpreter; give a file or a virtual environment")
        found = Path(named)
    _check_version(given, found)
    # Not resolved: the link in a virtual environment is what makes it one.
    return found.absolute()


def _check_version(given: str, python: Path) -> None:
    """Raises `UsageError` if it is no Python, or one that is too old."""
    asked = [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, errors="replace", timeout=_ANSWERS_S, check=False)  # noqa: S603 (no shell)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"--python {given} cannot be started: {error}") from None
    version = _VERSION.search(done.stdout)
    if done.returncode or version is None:
        said = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"
        raise UsageError(f"--python {given} is no Python that runs: {one_line(said.splitlines()[0][:200])}")
    if (int(version[1]), int(version[2])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise UsageError(f"--python {given}: Python {version[0]} is too old to be observed; {oldest} is the oldest")


@contextmanager
def made(requirements: str) -> Iterator[Path]:
    """A new environment with what `pip install` would install of these words: `openai==3.54.0`, `-r base.txt`.

    By uv where it is there, else by venv and pip. It is gone afterwards. Raises `UsageError` if nothing can be installed.
    """
    try:
        words = shlex.split(requirements)
    except ValueError as error:
        raise UsageError(f"--with {requirements}: {error}") from None
    if not words:
        raise UsageError("--with takes what `pip install` takes, such as openai==3.54.0")
    with TemporaryDirectory(prefix="gateway-conformance-with-") as directory:
        python = (
            Path(directory, "bin", "python") if sys.platform != "win32" else Path(directory, "Scripts", "python.exe")
        )
        if uv := shutil.which("uv"):
            commands = [
                [uv, "venv", "--quiet", "--python", sys.executable, directory],
                [uv, "pip", "install", "--quiet", "--python", str(python), *words],
            ]
        else:
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            commands = [[sys.executable, "-m", "venv", directory], [*pip, *words]]
        for command in commands:
            _installed(command, requirements)
        yield python


def _installed(command: Sequence[str], requirements: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_ENOUGH_S, check=False)  # noqa: S603 (no shell)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"--with {requirements}: {error}") from None
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        why = next((line for line in said if "because" in line.lower() or line.lower().startswith("error")), "")
        raise UsageError(
            f"--with {requirements} cannot be installed: {one_line(why or (said or ['no reason told'])[-1])[:_LONGEST]}"
        )
