"""Whether a team's own files still have the right types with the client that an environment holds: mypy's or pyright's word."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.report.safe import one_line
from conformance.sdk.normal import text

_ENOUGH_S = 600
_ERROR = re.compile(r"^(?P<file>.+?):\d+(?::\d+)?: error: (?P<message>.*?)(?:  \[(?P<code>[\w-]+)\])?$")
Errors = Mapping[Path, Sequence[str]]


def files_of(paths: Sequence[str]) -> list[Path]:
    """The Python files that are named, and those in the directories that are. Raises `UsageError` if there are none."""
    found = list[Path]()
    for given in paths:
        path = Path(given)
        below = sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.is_file() else []
        if not below:
            raise UsageError(f"--types {given}: there is no Python file")
        found += below
    return list(dict.fromkeys(found))


def check(python: Path) -> None:
    """Raises `UsageError` if nothing can check types for an environment."""
    _checker(python)


def cases(python: Path, files: Sequence[Path]) -> list[dict[str, Any]]:
    """A case for each file, as results.json has it: what is wrong with its types in an environment. Raises `UsageError`."""
    wrong = _checker(python)(python, files)
    return [
        {
            "id": f"sdk/{file.with_suffix('').as_posix().lstrip('./')}.types",
            "about": "the types of a file of the team's own",
            "requirements": [],
            "verdict": "passed",
            "findings": [],
            "connections": 0,
            "duration_s": 0.0,
            "sent": [],
            "seen": {"types": sorted(set(wrong.get(file.resolve(), ())))},
        }
        for file in files
    ]


def _checker(python: Path) -> Callable[[Path, Sequence[Path]], Errors]:
    """mypy beside the client or beside this suite, else pyright. Raises `UsageError` if there is none."""
    for own in (str(python), sys.executable):
        if _ran([own, "-c", "import mypy"]).returncode == 0:
            return lambda observed, files: _by_mypy(own, observed, files)
    if pyright := shutil.which("pyright"):
        return lambda observed, files: _by_pyright(pyright, observed, files)
    raise UsageError(
        "--types needs mypy or pyright: install mypy in the environment that is observed, or beside this suite"
    )


def _by_mypy(own: str, python: Path, files: Sequence[Path]) -> Errors:
    options = [
        "--python-executable",
        str(python),
        "--no-pretty",
        "--no-color-output",
        "--no-error-summary",
        "--show-error-codes",
    ]
    # Nothing is kept: what mypy remembers of another version of the client would be taken for this one's.
    done = _ran([own, "-m", "mypy", "--cache-dir", "/dev/null", "--show-absolute-path", *options, *map(str, files)])
    matches = [found for line in done.stdout.splitlines() if (found := _ERROR.match(line))]
    if done.returncode not in (0, 1) or (done.returncode and not matches):
        raise UsageError(f"mypy cannot check the types: {one_line((done.stderr or done.stdout).strip()[-300:])}")
    return _by_file((found["file"], found["code"] or "", found["message"]) for found in matches)


def _by_pyright(pyright: str, python: Path, files: Sequence[Path]) -> Errors:
    done = _ran([pyright, "--outputjson", "--pythonpath", str(python), *map(str, files)])
    try:
        told = json.loads(done.stdout)["generalDiagnostics"]
    except (ValueError, KeyError):
        raise UsageError(
            f"pyright cannot check the types: {one_line((done.stderr or done.stdout).strip()[-300:])}"
        ) from None
    return _by_file((one["file"], one.get("rule", ""), one["message"]) for one in told if one["severity"] == "error")


def _by_file(found: Any) -> Errors:
    errors = dict[Path, list[str]]()
    for file, code, message in found:
        errors.setdefault(Path(file).resolve(), []).append(f"[{code}] {text(message)}" if code else text(message))
    return errors


def _ran(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Raises `UsageError` if it takes too long, or cannot be started."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_ENOUGH_S, check=False)  # noqa: S603 (no shell)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"{command[0]}: {error}") from None
