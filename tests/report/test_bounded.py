"""Whatever breaks the reading of files that anybody may have written is told in one line."""

import pytest

from conformance.errors import UsageError
from conformance.report.bounded import untrusted


@pytest.mark.parametrize("error", [KeyError("x\ny"), RecursionError(), MemoryError(), ZeroDivisionError("\x1b[2J")])
def test_what_nobody_has_thought_of(error: Exception) -> None:
    with (
        pytest.raises(UsageError, match=rf"^what it holds cannot be read \({type(error).__name__}\)$"),
        untrusted("what it holds"),
    ):
        raise error


def test_what_is_told_better_already() -> None:
    with pytest.raises(UsageError, match=r"^no surface$"), untrusted("what it holds"):
        raise UsageError("no surface")


def test_who_ends_it() -> None:
    with pytest.raises(KeyboardInterrupt), untrusted("what it holds"):
        raise KeyboardInterrupt
