"""`gateway-conformance sdk`: how pytest is told to run the cases of client libraries, and nothing else."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from conformance.sdk.recorded import provenance

CASES = Path(__file__).resolve().parents[1] / "cases" / "sdk"
_UNUSED = ("cacheprovider", "doctest", "logging", "unraisableexception")


def arguments(report_dir: str | None, cassettes: Path | None, more: Sequence[str]) -> list[str]:
    """The arguments of pytest; `more` are the user's, which may name files of their own cases.

    Raises `UsageError` if there are no answers in the cassettes.
    """
    if cassettes:
        provenance(cassettes)
    directory = report_dir or f"reports/{datetime.now(UTC):%Y%m%d-%H%M%S}-sdk"
    paths = (
        []
        if any(not word.startswith("-") and Path(word.partition("::")[0]).exists() for word in more)
        else [str(CASES)]
    )
    plugins = [
        "--disable-plugin-autoload",
        "-pconformance.sdk.plugin",
        "-pxdist",
        *(f"-pno:{name}" for name in _UNUSED),
    ]
    ini = ["-c", str(CASES.parent / "pytest.ini"), "--rootdir", str(CASES.parent)]
    recordings = [f"--sdk-cassettes={cassettes.resolve()}"] if cassettes else []
    return [*ini, *plugins, f"--sdk-report-dir={directory}", *recordings, *paths, *more]
