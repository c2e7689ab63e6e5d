"""What a run leaves for whoever watches a target: the files of `--ndjson` and `--prometheus`, also if it could not look."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.errors import UsageError
from conformance.report.watched import Watched, ndjson, prometheus
from conformance.report.write import check_directory
from conformance.wire.cassette import write_atomically


@dataclass(frozen=True)
class WatchFiles:
    """The files that the user has named."""

    ndjson: Path | None = None
    prometheus: Path | None = None

    @classmethod
    def from_options(cls, options: Namespace) -> "WatchFiles":
        """Those that pytest's options name."""
        return cls(*(Path(text) if text else None for text in (options.gateway_ndjson, options.gateway_prometheus)))

    @property
    def _named(self) -> Mapping[str, Path]:
        named = {"--ndjson": self.ndjson, "--prometheus": self.prometheus}
        return {option: path for option, path in named.items() if path}

    def __bool__(self) -> bool:
        return bool(self._named)

    def check(self) -> None:
        """Raises `UsageError` if one cannot be written: better now than after the requests. Leaves nothing behind."""
        for option, path in self._named.items():
            try:
                if path.is_dir():
                    raise UsageError(f"{option} {path} is a directory: give a file")
                check_directory(path.parent)
            except OSError as error:
                raise UsageError(f"cannot write {path}: {error.strerror}; give another {option}") from None

    def write(self, run: Watched) -> None:
        """Writes each of them, whole or not at all: whoever reads it sees the run before, or this one. Raises `OSError`."""
        if self.ndjson:
            write_atomically(self.ndjson, ndjson(run))
        if self.prometheus:
            write_atomically(self.prometheus, prometheus(run))
