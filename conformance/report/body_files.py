"""Bodies of requests that are too long for a command line: files beside the report, which its curl commands send."""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from msgspec.structs import replace

from conformance.report.bounded import read_bounded
from conformance.report.results import CaseResult, ExchangeRecord

DIRECTORY = "bodies"
SUFFIX = ".body"
SHORTEST = 3000
"""Bytes up to which a body is written out in the command."""
LARGEST = 4_000_000
"""Bytes of a body that is kept."""
MOST = 24
"""Bodies that are kept of a run: of the first exchanges that need one."""
_LONGEST_NAME = 100


def fits(body: bytes) -> bool:
    """Whether a body goes to a file: it is too long for a command line, and not too large to be kept."""
    return SHORTEST < len(body) <= LARGEST


def file_name(exchange: str) -> str:
    """The name of the file for an exchange with this id: what a shell and every file system take as it is."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", exchange).strip("-.")[:_LONGEST_NAME]
    return f"{plain}-{sha256(exchange.encode(errors='replace')).hexdigest()[:8]}{SUFFIX}"


def argument(exchange: str) -> str:
    """The end of the curl command whose body is in the file, as it works in the directory of the report."""
    return f"--data-binary @{DIRECTORY}/{file_name(exchange)}  # in the directory of the report"


def argument_of_none(size: int, case: str) -> str:
    """The end of a curl command whose body is not kept: how big it is, and what sends it."""
    return f"--data-binary @body.json  # {size} bytes, not kept{_how_to_send(case)}"


def needs_file(exchange: ExchangeRecord) -> bool:
    """Whether the curl command of an exchange sends a file."""
    return exchange.curl.endswith(argument(exchange.id))


def bounded(exchanges: Iterable[ExchangeRecord]) -> list[ExchangeRecord]:
    """The exchanges, of which the first alone send files: the commands of the others say that theirs is not kept."""
    left, told = MOST, []
    for exchange in exchanges:
        if needs_file(exchange):
            left -= 1
        told.append(_without_file(exchange) if left < 0 and needs_file(exchange) else exchange)
    return told


def needed(bodies: Mapping[str, bytes], exchanges: Iterable[ExchangeRecord]) -> dict[str, bytes]:
    """By the names of the files: the bodies, which are by exchange, that the exchanges send."""
    wanted = (one.id for one in exchanges if needs_file(one))
    return {file_name(name): bodies[name] for name in wanted if name in bodies}


def with_bodies(case: CaseResult, report: Path) -> CaseResult:
    """A case that was read from a report, with the bodies of its exchanges that lie there. Raises `UsageError`."""
    files = {one.id: report / DIRECTORY / file_name(one.id) for one in case.exchanges if needs_file(one)}
    found = {name: read_bounded(file, LARGEST) for name, file in files.items() if file.is_file()}
    return replace(case, bodies=found) if found else case


def _without_file(exchange: ExchangeRecord) -> ExchangeRecord:
    command = exchange.curl.removesuffix(argument(exchange.id))
    return replace(exchange, curl=command + argument_of_none(exchange.request.bytes, exchange.case))


def _how_to_send(case: str) -> str:
    name = case.rpartition("/")[2]
    if not name:
        return ""
    generated = name.startswith("corpus.")
    options = f"--corpus full -k {name.rpartition('-')[2]}" if generated else f"-k {name.rpartition('.')[2]!r}"
    return f": run --live {options} sends them"
