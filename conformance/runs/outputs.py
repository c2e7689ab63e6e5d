"""The files beside its report that a run is asked for, such as --markdown; also where it could not look at its target."""

import json
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance.errors import UsageError
from conformance.report import watched
from conformance.report.results import ExchangeRecord, Results
from conformance.report.watched import Watched
from conformance.report.write import check_directory
from conformance.runs.options import OUTPUTS
from conformance.wire.cassette import write_atomically


@dataclass(frozen=True)
class OutputFiles:
    """The files that the user has named."""

    by_option: Mapping[str, Path] = field(default_factory=dict)

    @classmethod
    def named(cls, options: Mapping[str, str | None]) -> "OutputFiles":
        """Those of the options, by their names without dashes."""
        return cls({option.name: Path(path) for option in OUTPUTS if (path := options.get(option.name))})

    @classmethod
    def from_options(cls, options: Namespace) -> "OutputFiles":
        """Those that pytest's options name."""
        return cls.named({option.name: getattr(options, f"gateway_{option.name}") for option in OUTPUTS})

    def __bool__(self) -> bool:
        return bool(self.by_option)

    def check(self) -> None:
        """Raises `UsageError` if one cannot be written: better now than after the requests. Leaves nothing behind."""
        options = dict[Path, str]()
        for option, path in self.by_option.items():
            if other := options.get(path.resolve()):
                raise UsageError(f"--{other} and --{option} name the same file, {path}: give each its own")
            options[path.resolve()] = option
            try:
                if path.is_dir():
                    raise UsageError(f"--{option} {path} is a directory: give a file")
                check_directory(path.parent)
            except OSError as error:
                raise UsageError(f"cannot write {path}: {error.strerror}; give another --{option}") from None

    def write(self, results: Results, exchanges: Sequence[ExchangeRecord]) -> None:
        """Writes each of them, whole or not at all: whoever reads it sees the run before, or this one. Raises `OSError`."""
        self._write({option: _text(option, results, exchanges) for option in self.by_option})

    def write_that_it_could_not_look(self, run: Watched) -> None:
        """Writes each of them for a run that has no results: none may be taken for the run before. Raises `OSError`."""
        self._write({option: _text_of_none(option, run) for option in self.by_option})

    def _write(self, texts: Mapping[str, str]) -> None:
        for option, text in texts.items():
            write_atomically(self.by_option[option], text)


def _text(option: str, results: Results, exchanges: Sequence[ExchangeRecord]) -> str:
    """What goes into the file of an option."""
    match option:
        case "ndjson":
            return watched.ndjson(watched.watched(results))
        case "prometheus":
            return watched.prometheus(watched.watched(results))
        case "markdown":
            from conformance.report.summary import summary

            return summary(results)
        case "ctrf":
            from conformance.report.ctrf import ctrf

            return ctrf(results, exchanges)
        case _:
            from conformance.report.badge import badge

            return json.dumps(badge(results)) + "\n"


def _text_of_none(option: str, run: Watched) -> str:
    """The same of a run that could not look."""
    match option:
        case "ndjson":
            return watched.ndjson(run)
        case "prometheus":
            return watched.prometheus(run)
        case "markdown":
            from conformance.report.summary import summary_of_none

            return summary_of_none(run.run)
        case "ctrf":
            from conformance.report.ctrf import ctrf_of_none

            return ctrf_of_none(run.run)
        case _:
            from conformance.report.badge import badge_of_none

            return json.dumps(badge_of_none()) + "\n"
