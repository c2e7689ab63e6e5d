"""Own cases while they are collected: a file that cannot be imported is its author's to mend, and told in one line."""

from pathlib import Path

from _pytest.pathlib import ImportPathMismatchError

from conformance.runs.session import CASES


def import_trouble(path: Path, error: BaseException) -> str:
    """Why a file of own cases, or a conftest.py beside them, cannot be imported; empty if it is none of theirs."""
    path = getattr(error, "path", None) or path  # pytest tells of a conftest.py at the directory that asked for it
    if Path(path).is_relative_to(CASES):
        return ""
    cause = getattr(error, "cause", None) or error.__cause__ or error
    if isinstance(cause, ImportPathMismatchError):
        return f"{path} cannot be imported: a file of the same name was: rename one, or put an __init__.py beside each"
    what = " ".join(f"{type(cause).__name__}: {cause}".split())
    return f"{path} cannot be imported: {what}{_line_of(Path(path), cause)}"


def _line_of(path: Path, error: BaseException) -> str:
    """The last line of the file that the traceback of an error names, in words; a syntax error tells its own."""
    found, line = error.__traceback__, 0
    while found:
        if Path(found.tb_frame.f_code.co_filename) == path:
            line = found.tb_lineno
        found = found.tb_next
    return f" (line {line})" if line and not isinstance(error, SyntaxError) else ""
