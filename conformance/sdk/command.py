"""`gateway-conformance sdk`: how pytest is told to run the cases of client libraries, and nothing else."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile

from conformance.errors import UsageError
from conformance.sdk.clients import CLIENTS, versions
from conformance.sdk.recorded import provenance

CASES = Path(__file__).resolve().parents[1] / "cases" / "sdk"
_UNUSED = ("cacheprovider", "doctest", "logging", "unraisableexception")


def arguments(report_dir: str | None, cassettes: Path | None, more: Sequence[str]) -> list[str]:
    """The arguments of pytest; `more` are the user's, which may name files of their own cases.

    Raises `UsageError` if there is no client, if there are no answers in the cassettes, or if no report can be written.
    """
    if cassettes:
        provenance(cassettes)
    named = [word for word in more if not word.startswith("-") and Path(word.partition("::")[0]).exists()]
    installed = [f"{client}-{number}" for client, number in versions().items() if client in CLIENTS]
    if not named and not installed:
        raise UsageError(f"none of {', '.join(CLIENTS)} is installed here: install the version that is to be observed")
    directory = Path(report_dir or "reports/sdk-" + "+".join(installed or ["mine"]))
    _check(directory)
    plugins = [
        "--disable-plugin-autoload",
        "-pconformance.sdk.plugin",
        "-pxdist",
        *(f"-pno:{name}" for name in _UNUSED),
    ]
    ini = ["-c", str(CASES.parent / "pytest.ini"), "--rootdir", str(CASES.parent)]
    recordings = [f"--sdk-cassettes={cassettes.resolve()}"] if cassettes else []
    return [*ini, *plugins, f"--sdk-report-dir={directory}", *recordings, *([] if named else [str(CASES)]), *more]


def _check(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise UsageError(f"cannot write a report to {directory}: {error.strerror}; give another --report-dir") from None
