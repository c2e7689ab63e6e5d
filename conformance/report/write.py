"""The report directory: all files of a run, written whole or not at all."""

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.errors import UsageError
from conformance.report.body_files import DIRECTORY, SUFFIX
from conformance.report.results import EVIDENCE, EXCHANGES, RESULTS, ExchangeRecord, Results, to_text

_PAGE = "report.html"
_HEAD = 1000
"""Bytes of results.json in which it says what has written it."""
_OURS = re.compile(rb'"suite":\s*\{\s*"name":\s*"gateway-conformance"')
_LINE_ENDS = re.compile("[\u0085\u2028\u2029]")


class ReportDirectory:
    """Where a run's report goes: the directory that the user named, or a new one below `reports`."""

    def __init__(self, named: Path | None, target: str) -> None:
        slug = re.sub(r"[^A-Za-z0-9.-]+", "-", target).strip("-.") or "target"
        self._named = named is not None
        self.path = named or Path("reports") / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{slug}"

    def check(self) -> None:
        """Raises `UsageError` if nothing can be written there, or what is not ours would be replaced.

        Better now than after the requests. Leaves nothing behind.
        """
        check_writable(self.path)
        if self._is_report():
            return
        for name in (RESULTS, _PAGE):
            if os.path.lexists(self.path / name):
                raise UsageError(f"{self.path} holds a {name} that is no report of `run`; give another --report-dir")

    def write(
        self,
        results: Results,
        exchanges: Sequence[ExchangeRecord],
        evidence: str = "",
        bodies: Mapping[str, bytes] | None = None,
    ) -> Path:
        """Writes results.json, exchanges.jsonl, junit.xml, report.html and, if there are any, evidence and bodies: all or none.

        `bodies` are by the names of their files. Of a report that is replaced no evidence and no body is left, which would be
        those of another run. Gives the directory. Raises `OSError`.
        """
        from conformance.report.html import page
        from conformance.report.junit import junit

        files = {
            EXCHANGES: "".join(exchange_line(exchange) for exchange in exchanges),
            "junit.xml": junit(results, exchanges),
            _PAGE: page(results, exchanges),
            **({EVIDENCE: evidence} if evidence else {}),
            RESULTS: to_text(results, indent=1) + "\n",
        }
        while not self._named and self.path.exists():
            self.path = self.path.with_name(f"{self.path.name}-{os.getpid()}")
        self.path.mkdir(parents=True, exist_ok=True)
        is_replaced = self._is_report()
        unfinished = {name: self.path / f".{name}.unfinished" for name in files}
        try:
            with TemporaryDirectory(prefix=".unfinished-", dir=self.path) as aside:
                for name, body in (bodies or {}).items():
                    (Path(aside) / name).write_bytes(body)
                for name, text in files.items():
                    unfinished[name].write_text(text, encoding="utf-8", errors="backslashreplace")
                if is_replaced and EVIDENCE not in files:
                    (self.path / EVIDENCE).unlink(missing_ok=True)
                self._replace_bodies(Path(aside), is_replaced=is_replaced)
            for name, path in unfinished.items():
                path.replace(self.path / name)
        except OSError:
            for path in unfinished.values():
                path.unlink(missing_ok=True)
            raise
        return self.path

    def _replace_bodies(self, aside: Path, *, is_replaced: bool) -> None:
        """Puts the bodies that lie aside in the place of those of the report before it. Raises `OSError`."""
        place = self.path / DIRECTORY
        if is_replaced:
            for old in place.glob(f"*{SUFFIX}"):
                old.unlink()
        for new in aside.iterdir():
            place.mkdir(exist_ok=True)
            new.replace(place / new.name)
        with suppress(OSError):  # it is not there, or something of others is in it
            place.rmdir()

    def _is_report(self) -> bool:
        """Whether the directory holds a report, of this version or another."""
        try:
            with (self.path / RESULTS).open("rb") as file:
                return _OURS.search(file.read(_HEAD)) is not None
        except OSError:
            return False


def check_writable(directory: Path) -> None:
    """Raises `UsageError` if no report can be written there. Leaves nothing behind."""
    try:
        check_directory(directory)
    except OSError as error:
        raise UsageError(
            f"cannot write the report to {directory}: {error.strerror}; give another --report-dir"
        ) from None


def check_directory(directory: Path) -> None:
    """Raises `OSError` if no file can be written there. Leaves nothing behind."""
    nearest = next(path for path in (directory, *directory.parents) if path.exists())
    # Under a name of its own: what another run makes there at the same time is not taken from it.
    with TemporaryDirectory(prefix=".unfinished-", dir=nearest):
        pass


def exchange_line(exchange: ExchangeRecord) -> str:
    """One line for every reader: some take these for line ends too, and a target may have sent them."""
    return _LINE_ENDS.sub(lambda end: f"\\u{ord(end[0]):04x}", to_text(exchange)) + "\n"
