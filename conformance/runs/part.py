"""Which of the selected cases a run is to send: all of them, a shard, what had not passed before, or what is left."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conformance.errors import UsageError
from conformance.report import results
from conformance.runs.earlier import EarlierReport
from conformance.runs.items import case_id
from conformance.runs.sharding import Shard, shard_of


@dataclass
class Part:
    """A part of what is selected. Empty: all of it."""

    shard: Shard | None = None
    failed: Path | None = None
    """The report whose cases that did not pass are run again."""
    resume: Path | None = None
    """The report of the run that is continued."""
    left_out: frozenset[str] = frozenset()
    """The ids of the cases that an earlier report makes needless."""
    fallen: results.Shard | None = field(default=None, repr=False)
    """What fell to the shard, once it is known."""

    @classmethod
    def from_options(cls, options: Namespace) -> "Part":
        """The part that pytest's options describe. Raises `UsageError`."""
        given = [name for name in ("shard", "failed", "resume") if getattr(options, f"gateway_{name}")]
        if given and options.gateway_record:
            raise UsageError(f"a recording is made as a whole, and goes on by itself: leave out --{given[0]}")
        if "failed" in given and len(given) > 1:
            raise UsageError(
                f"--failed runs a few cases of a whole report: leave out --{given[-1 if given[0] == 'failed' else 0]}"
            )
        return cls(
            Shard.parse(options.gateway_shard) if "shard" in given else None,
            Path(options.gateway_failed) if "failed" in given else None,
            Path(options.gateway_resume) if "resume" in given else None,
            frozenset(options.gateway_needless or ()),
        )

    @property
    def is_whole(self) -> bool:
        """Whether all that is selected is run."""
        return not (self.shard or self.left_out)

    def told(self) -> dict[str, Any] | None:
        """What a worker of xdist tells the process that reports."""
        plain: dict[str, Any] | None = msgspec.to_builtins(self.fallen)
        return plain

    def hear(self, told: dict[str, Any] | None) -> None:
        """Takes what a worker has told; one that crashed tells nothing."""
        if told:
            self.fallen = msgspec.convert(told, results.Shard)

    def earlier(self) -> tuple[str, Path] | None:
        """The option that names an earlier report, and the report."""
        found = [("--failed", self.failed), ("--resume", self.resume)]
        return next(((option, path) for option, path in found if path), None)

    def look_up(self, report: EarlierReport) -> list[results.CaseResult]:
        """Finds out what need not be run. Gives the results that are taken over instead. Raises `UsageError`."""
        if self.failed:
            self.left_out = frozenset(report.passed())
            return []
        taken_over = report.judged()
        self.left_out = frozenset(case.id for case in taken_over)
        return taken_over

    def chosen(self, items: Sequence[pytest.Item]) -> list[pytest.Item]:
        """Of the selected cases, those to be run."""
        ids = {item: case_id(item) for item in items}
        if self.shard:
            self.fallen = shard_of(self.shard, items)
        mine = ids.values() if self.fallen is None else set(self.fallen.cases)
        return [item for item in items if ids[item] in mine and ids[item] not in self.left_out]
