"""`gateway-conformance sdk`: observes client libraries, in the environments where they are used."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import compress, pairwise
from pathlib import Path
from typing import Any, Literal

import click

from conformance.commands.options import DIRECTORY, TO_PYTEST, Command
from conformance.errors import UsageError
from conformance.observer.clients import client_of
from conformance.report.safe import one_line
from conformance.report.write import check_writable
from conformance.resources import directory
from conformance.sdk import accepted, environments, summary
from conformance.sdk.observing import LIMIT_S, Observation, Wanted, observe
from conformance.sdk.recorded import provenance
from conformance.sdk.types import files_of
from conformance.wire.cassette import write_atomically

_MOST_NAMED = 3
"""Clients that a report is called by."""
_PLACES = "places"
_INTERRUPTED, _NOTHING_RAN = 2, 5
"""pytest's exit codes for that."""
_WITH_A_VALUE = (
    "-k",
    "-m",
    "-n",
    "-p",
    "-W",
    "-o",
    "--deselect",
    "--ignore",
    "--maxfail",
    "--tb",
    "--durations",
    "--dist",
)
"""Options of pytest whose value may look like a file or a directory that exists."""


@dataclass(frozen=True)
class Place:
    """An environment as it was named: an interpreter, or what is to be installed."""

    by: Literal["python", "with"]
    word: str


class _SdkCommand(Command):
    """A command that keeps in which order environments were named, by whichever of two options."""

    def make_parser(self, ctx: click.Context) -> Any:
        """click's parser, which notes the environments in the context."""
        parser = super().make_parser(ctx)
        parse = parser.parse_args

        def parse_in_order(args: list[str]) -> Any:
            values, rest, order = parse(args)
            left = {name: iter(values.get(name) or ()) for name in ("python", "with")}
            named = [one.name for one in order if one.name in left]
            ctx.meta[_PLACES] = [Place(name, next(left[name])) for name in named]
            return values, rest, order

        parser.parse_args = parse_in_order
        return parser


@click.command(
    "sdk",
    cls=_SdkCommand,
    example="sdk --with openai==2.54.0 --with openai==3.54.0 --markdown changes.md",
    context_settings=TO_PYTEST,
)
@click.option(
    "--python", multiple=True, metavar="PATH", help="Observe there: an interpreter, or a virtual environment."
)
@click.option(
    "--with", multiple=True, metavar="WHAT", help="Observe what this installs: openai==3.54.0, '-r base.txt'."
)
@click.option("--report-dir", metavar="DIR", help="Where results.json goes.  [default: reports/sdk-<client>-<version>]")
@click.option("--cassettes", metavar="DIR", type=DIRECTORY, help="Recordings whose answers clients are given.")
@click.option(
    "--types", multiple=True, metavar="PATH", help="Check the types of these files of yours too, by mypy or pyright."
)
@click.option("--only-own", is_flag=True, help="Run none of the suite's own cases.")
@click.option(
    "--case-limit",
    metavar="S",
    type=click.FloatRange(1),
    default=LIMIT_S,
    help="How long a case may take.  [default: 30]",
)
@click.option("--markdown", metavar="FILE", type=DIRECTORY, help="Write what changed for a pull request too.")
@click.option("--html", metavar="FILE", type=DIRECTORY, help="Write what changed as a page too.")
@click.option(
    "--accept", metavar="FILE", type=DIRECTORY, help="Known breaks, which do not fail: of several environments."
)
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    pytest_args: tuple[str, ...],
    markdown: Path | None,
    html: Path | None,
    accept: Path | None,
    **options: Any,
) -> None:
    """Observe client libraries: what they send, and what their caller gets. The reference gateway answers, and recordings do.

    Each --python and each --with is one environment, the oldest first; without any it is that of this command. Nothing
    but the client has to be installed there. Of several it is told what changed from each to the next, as `compare` does.

    A file or directory with cases of your own runs beside the suite's. Further arguments go to pytest: -k openai, -n 2.

    Exit codes: 0 nothing broke, 1 something broke, or a case of your own failed where one environment is observed,
    2 interrupted, 4 wrong usage.
    """
    places: list[Place] = context.meta[_PLACES]
    of_several = {"markdown": markdown, "html": html, "accept": accept}
    if len(places) < 2 and (given := next((name for name, value in of_several.items() if value), "")):
        raise UsageError(
            f"--{given} is for what changed from one environment to another: name two, or give the report to "
            "`gateway-conformance compare`"
        )
    if accept:
        accepted.read(accept, datetime.now(UTC).date())  # what is wrong with it is told before anything is observed
    wanted = wanted_of(
        pytest_args, **{name: options[name] for name in ("cassettes", "types", "only_own", "case_limit")}
    )
    check_writable(Path(options["report_dir"] or "reports"))
    reports, worst = list[Path](), 0
    for observation in _observations(places or [Place("python", sys.executable)], wanted):
        if observation.exit_code not in (0, 1) and (observation.exit_code != _INTERRUPTED or not observation.document):
            raise SystemExit(observation.exit_code)
        report = _report_path(options["report_dir"], observation.document, reports, several=len(places) > 1)
        write_atomically(report / "results.json", json.dumps(observation.document, indent=1, ensure_ascii=False) + "\n")
        reports.append(report)
        for line in summary.lines(observation.document, report / "results.json"):
            click.echo(one_line(line))
        if (worst := observation.exit_code) == _INTERRUPTED:
            break
    if len(reports) > 1 and worst != _INTERRUPTED:
        from conformance.commands import compare_clients

        # What a team's own case does in both is no news: it is the comparison that counts.
        worst = compare_clients.run(list(map(str, reports)), as_markdown=markdown, as_html=html, accept=accept)
    sys.exit(worst)


def wanted_of(
    words: Sequence[str], *, cassettes: Path | None, types: Sequence[str], only_own: bool, case_limit: float
) -> Wanted:
    """What is to be observed: `words` are files of a team's own cases, and arguments of pytest. Raises `UsageError`."""
    recordings = (cassettes or directory("cassettes")).resolve()
    provenance(recordings)
    named = [_names_cases(word, before) for before, word in pairwise(("", *words))]
    own = tuple(compress(words, named))
    if only_own and not own:
        raise UsageError("--only-own: name a file or a directory with cases of your own")
    rest = tuple(word for word, is_own in zip(words, named, strict=True) if not is_own)
    _refuse_mistyped(rest)
    partial = any(word.startswith(("-k", "-m")) for word in rest) or any("::" in word for word in own)
    return Wanted(recordings, not only_own, own, rest, partial, case_limit, tuple(files_of(types)))


def _refuse_mistyped(words: Sequence[str]) -> None:
    """Raises `UsageError` on an option that is nearly one of this command: pytest would tell of its own alone."""
    own = [name for one in command.params if isinstance(one, click.Option) for name in one.opts]
    for word in words:
        if word.startswith("--") and (near := get_close_matches(word.partition("=")[0], own, n=1, cutoff=0.85)):
            raise UsageError(f"unknown option {word.partition('=')[0]!r}; did you mean {near[0]}?")


def _names_cases(word: str, before: str) -> bool:
    is_one = not word.startswith("-") and before not in _WITH_A_VALUE
    return is_one and os.path.exists(word.partition("::")[0])  # noqa: PTH110 (False if it is too long for a path)


def _observations(places: Sequence[Place], wanted: Wanted) -> Iterator[Observation]:
    """Each environment's, in this order. What pytest prints of it comes before. Raises `UsageError` for a mistake in any."""
    for place in places:
        if place.by == "python":
            environments.interpreter(place.word)
    for place in places:
        with ExitStack() as stack:
            if len(places) > 1:
                click.echo(f"observing {one_line(place.word)}", err=True)
            if place.by == "python":
                python = environments.interpreter(place.word)
            else:
                python = stack.enter_context(environments.made(place.word))
            found = observe(python, wanted, tell=lambda line: click.echo(one_line(line), err=True))
            if not found.document and found.exit_code in (0, 1, _NOTHING_RAN):
                raise UsageError(
                    "nothing was observed: -k or -m selects no case, no client is installed there, or no case has called "
                    "`caller.sees`"
                )
            yield found


def _report_path(given: str | None, document: Mapping[str, Any], before: Sequence[Path], *, several: bool) -> Path:
    """Where a report goes. Raises `UsageError` if nothing can be written there."""
    about = {client_of(case["id"]) for case in document["cases"]}
    clients = [f"{name}-{number}" for name, number in document["clients"].items() if name in about][:_MOST_NAMED]
    # In no place of one that is whole.
    name = "sdk-" + ("+".join(clients) or "mine") + ("" if document["complete"] else "-incomplete")
    wanted = Path(given or "reports") / name if several or not given else Path(given)
    path = next(
        one
        for one in (wanted, *(wanted.with_name(f"{wanted.name}-{number}") for number in range(2, 99)))
        if one not in before
    )
    check_writable(path)
    return path
