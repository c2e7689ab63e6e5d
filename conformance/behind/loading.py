"""A load on a proxy as the command asks for it: put together, watched, and told."""

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from conformance.behind.load import Bounds, Load
from conformance.behind.load_numbers import Numbers, lines, numbers_of, table
from conformance.behind.load_requests import sides
from conformance.behind.memory import Memory
from conformance.errors import UsageError
from conformance.reference.upstream import Upstream
from conformance.runs.settings import Settings
from conformance.targets.credentials import CredentialError, bearer_token
from conformance.targets.network import proxies_by_surface
from conformance.wire.cassette import write_atomically
from conformance.wire.route import Route

FILE = "load.json"
INTERRUPTED = 130
"""The exit code of what Ctrl-C has ended."""


@dataclass(frozen=True)
class Loading:
    """A load that can begin: what was wrong with the options has been told."""

    settings: Settings
    load: Load
    proxy_pid: int | None
    report_dir: Path | None

    def run(self, upstream: Upstream) -> int:
        """Measures, tells, writes load.json if there is a directory for it. Gives the exit code. Raises `UsageError`."""
        interrupted = False
        try:
            with upstream.under_load():
                self.load.run(self._progress)
        except KeyboardInterrupt:
            interrupted = True
        except CredentialError as error:
            raise UsageError(str(error)) from None
        numbers = numbers_of(self.load, self.settings.target.name, interrupted=interrupted)
        self._tell(numbers)
        if self.report_dir:
            _write(self.report_dir, self.settings.redactor.text(numbers.to_json()))
        return INTERRUPTED if interrupted else int(not numbers.is_sound)

    def _progress(self, sent: int) -> None:
        """How far it is, where somebody looks."""
        if sys.stderr.isatty():
            end = "\n" if sent == self.load.bounds.requests else ""
            click.echo(f"\r{sent:,} of {self.load.bounds.requests:,} requests a side{end}", nl=False, err=True)

    def _tell(self, numbers: Numbers) -> None:
        console = Console(highlight=False, soft_wrap=True)
        console.print(table(numbers))
        for line in lines(numbers):
            console.print(self.settings.redactor.text(line), markup=False)
        if self.proxy_pid and not self.load.memory:
            click.echo("memory: not measured, since this system has no /proc")


def prepared(
    settings: Settings, upstream_url: str, bounds: Bounds, proxy_pid: int | None, report_dir: Path | None
) -> Loading:
    """A load of these bounds on the target of the settings. Raises `UsageError`."""
    target, route = settings.target, settings.sending.route or Route()
    both = sides(target, lambda: _shown(settings), upstream_url, settings.selection.only_surfaces)
    if proxies_by_surface(route, target):
        raise UsageError(
            "--load goes straight to the proxy that is judged: leave out --proxy, and proxy in its target file"
        )
    memory = Memory.of(proxy_pid) if proxy_pid else None
    if report_dir:
        _check_writable(report_dir)
    # Another start each time: what a proxy has kept of the last load is no answer to this one.
    load = Load(
        bounds, both, secrets.randbelow(2**20),
        certificates=route.certificates, memory=memory, redacted=settings.redactor.redact_exchange,
    )  # fmt: skip
    return Loading(settings, load, proxy_pid, report_dir)


def _shown(settings: Settings) -> Mapping[str, str]:
    """The headers of the credential, of which the redactor knows before they are used. Raises `CredentialError`."""
    headers = settings.credential.headers()
    for name, value in headers.items():
        settings.redactor.add_secret(bearer_token(headers) if name == "authorization" else value)
    return headers


def _check_writable(directory: Path) -> None:
    """Raises `UsageError` if nothing can be written there: told before anything is sent."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write to {directory}: {error.strerror}; give another --report-dir") from None
    if not os.access(directory, os.W_OK):
        raise UsageError(f"cannot write to {directory}: give another --report-dir")


def _write(directory: Path, text: str) -> None:
    try:
        write_atomically(directory / FILE, text)
    except OSError as error:
        raise UsageError(f"cannot write {directory / FILE}: {error.strerror}; give another --report-dir") from None
