"""Starts pytest in the environment of whoever uses a client; what keeps it from being started is told in one line."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

OLDEST_PYTEST = 7


def main() -> int:
    """Runs pytest with the arguments of the process. Gives the exit code; 4 if it cannot be run."""
    here = Path(__file__).resolve().parent
    root = here.parents[1]
    # Where this file lies is no place to import from; where the user is may hold the application.
    sys.path[:] = [str(root), str(Path.cwd()), *(place for place in sys.path if Path(place).resolve() != here)]
    from conformance.observer.environment import tell

    tell(os.environ["GATEWAY_CONFORMANCE_LINK"])
    # Whoever starts the suite in the background has it ignore this, and the runner with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Behind all that is installed here: nothing of the environment is hidden by it.
    sys.path.append(str(root / "beside"))
    try:
        import pytest
    except ImportError as error:
        return _refused(f"no pytest can be imported ({error}): install pytest {OLDEST_PYTEST} or newer there")
    if int(pytest.__version__.split(".")[0]) < OLDEST_PYTEST:
        return _refused(f"pytest {pytest.__version__} is too old: pytest {OLDEST_PYTEST} or newer is needed there")
    return int(pytest.main(sys.argv[1:], plugins=[Mistakes(pytest)]))


def _refused(why: str) -> int:
    _tell(f"{sys.executable}: {why}")
    return 4


def _tell(why: str) -> None:
    print(f"gateway-conformance: {why}", file=sys.stderr, flush=True)  # noqa: T201 (this file is a program)


class Mistakes:
    """Tells a mistake in the options in one line; pytest has words of its own."""

    def __init__(self, pytest: Any) -> None:
        """`pytest` is the module: it cannot be imported before it was looked for."""
        mark = pytest.hookimpl(hookwrapper=True, tryfirst=True)
        for name in ("pytest_cmdline_parse", "pytest_cmdline_main"):
            setattr(self, name, mark(_watching(pytest.UsageError)))


def _watching(mistake: type[Exception]) -> Callable[[], Iterator[None]]:
    def watch() -> Iterator[None]:
        outcome: Any = yield
        if outcome.excinfo and isinstance(outcome.excinfo[1], mistake):
            _tell(" ".join(str(outcome.excinfo[1]).split("(): error: ")[-1].split()))
            os._exit(4)  # pytest would tell it again, at length

    return watch


if __name__ == "__main__":
    try:
        code = main()
    except KeyboardInterrupt:  # before pytest, which takes it otherwise
        code = 2
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # Python's own end would wait for whatever thread a client or a case has left behind
