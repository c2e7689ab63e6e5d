"""What a client says beside its answer: warnings, and log records that a program shows if nobody says otherwise."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conformance.observer.seen import text_of

_OF_NO_CALL = (ResourceWarning, ImportWarning, PendingDeprecationWarning)
"""What depends on when garbage is collected or a module is first imported."""
_NO_CLIENT = ("asyncio", "conformance", "py.warnings")


class Heard(logging.Handler):
    """Warnings and log records, each once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.warnings = set[tuple[str, str]]()
        self.logs = set[tuple[str, str, str]]()

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a log record."""
        if record.name.partition(".")[0] not in _NO_CLIENT:
            self.logs.add((record.name, record.levelname, _message(record)))

    def told(self) -> dict[str, Any]:
        """What was heard, if anything was."""
        heard = {"warnings": sorted(map(list, self.warnings)), "logs": sorted(map(list, self.logs))}
        return {name: kept for name, kept in heard.items() if kept}


@contextmanager
def hearing(*, passes_on: bool) -> Iterator[Heard]:
    """Listens. Warnings are passed on to whoever listened before only if `passes_on`."""
    heard = Heard()
    root = logging.getLogger()
    with warnings.catch_warnings():
        shown = warnings.showwarning

        def keep(message: Any, category: type[Warning], *where: Any, **more: Any) -> None:
            if not issubclass(category, _OF_NO_CALL) and not _is_import():
                heard.warnings.add((category.__name__, text_of(message)))
            if passes_on:
                shown(message, category, *where, **more)

        warnings.simplefilter("always")
        warnings.showwarning = keep
        root.addHandler(heard)
        try:
            yield heard
        finally:
            root.removeHandler(heard)


def _message(record: logging.LogRecord) -> str:
    """What a log record says. With arguments that do not fit logging prints it elsewhere, and the call goes on."""
    try:
        return record.getMessage()
    except Exception:
        return text_of(record.msg)


def _is_import() -> bool:
    """Whether a module is being imported: that happens once, in whichever case comes first."""
    frame: Any = sys._getframe(1)  # noqa: SLF001 (there is no other way to look up the stack as cheaply)
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
