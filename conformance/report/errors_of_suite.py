"""Where the suite itself broke, or an own case, in a line: its traceback is in results.json and on the page."""

import re

from conformance.report.safe import one_line
from conformance.requirements.own import is_own

YOURS = "your case broke"
_TRACEBACK = ": Traceback"
_LAST_FRAME = re.compile(r"\n[ \t][^\n]*\n(?=\S)")
"""The end of a traceback's frames; what follows is the exception."""


def gist(error: str) -> str:
    """An error by the case that it ended, and by its exception; one without a traceback as it is."""
    frames = list(_LAST_FRAME.finditer(error))
    if not frames:
        return one_line(error)
    case = error.partition(_TRACEBACK)[0].splitlines()[0]
    return one_line(f"{case}: {error[frames[-1].end() :]}")


def error_line(error: str) -> str:
    """An error in a line, which says so if the case is one's own."""
    return f"{YOURS}: {gist(error)}" if is_of_own(error) else gist(error)


def is_of_own(error: str) -> bool:
    """Whether an own case broke. That recordings lack what it asks for is no fault of its."""
    return is_own(error) and _TRACEBACK in error
