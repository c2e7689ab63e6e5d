"""Starts pytest in the environment of whoever uses a client. Any Python 3 can read this file, if only to say what it lacks."""

import os
import sys
from typing import Any, Iterator

OLDEST = (3, 9)
OLDEST_PYTEST = 7


def main() -> int:
    """Runs pytest with the arguments of the process. Gives the exit code; 4 if it cannot be run."""
    if sys.version_info < OLDEST:
        return refuse("Python %d.%d is too old to be observed: it takes 3.9" % sys.version_info[:2])
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(here))
    # Where this file lies is no place to import from; where the user is may hold the application.
    sys.path[0] = root
    sys.path.insert(1, os.getcwd())
    from conformance.observer.environment import tell

    tell(os.environ["GATEWAY_CONFORMANCE_LINK"])
    try:
        import pytest
    except ImportError:
        # Behind all that is installed here: nothing of the environment is hidden by it.
        sys.path.append(os.path.join(root, "beside"))
        try:
            import pytest
        except ImportError as error:
            return refuse("no pytest can be imported (%s): install pytest 7 or newer there" % error)
    if int(pytest.__version__.split(".")[0]) < OLDEST_PYTEST:
        return refuse("pytest %s is too old: pytest 7 or newer is needed" % pytest.__version__)
    return int(pytest.main(sys.argv[1:], plugins=[Mistakes(pytest)]))


def refuse(why: str) -> int:
    """Tells what is wrong in one line."""
    sys.stderr.write("error: %s: %s\n" % (sys.executable, why))
    return 4


class Mistakes:
    """Tells a mistake in the options in one line; pytest has words of its own."""

    def __init__(self, pytest: Any) -> None:
        """`pytest` is the module: it cannot be imported before it was found."""
        mark = pytest.hookimpl(hookwrapper=True, tryfirst=True)
        self.mistake = pytest.UsageError
        for name in ("pytest_cmdline_parse", "pytest_cmdline_main"):
            setattr(self, name, mark(self._watched()))

    def _watched(self) -> Any:
        def watch() -> Iterator[None]:
            outcome: Any = yield
            excinfo = outcome.excinfo
            if excinfo and isinstance(excinfo[1], self.mistake):
                text = " ".join(str(excinfo[1]).split("(): error: ")[-1].split())
                sys.stderr.write("error: %s\n" % text)
                sys.stderr.flush()
                os._exit(4)

        return watch


if __name__ == "__main__":
    sys.exit(main())
