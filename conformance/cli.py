"""gateway-conformance: the commands. Each imports what it needs when it runs, so that `--help` and `list` are quick."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from conformance import __version__
from conformance.errors import UsageError

EXIT_USAGE = 4
PASS_THROUGH = {"ignore_unknown_options": True, "allow_interspersed_args": True}


class _Group(click.Group):
    """Ends every mistake of the user in one line and exit code 4."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Runs a command; click's own complaints and ours read alike."""
        try:
            return super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.exceptions.Exit as done:
            sys.exit(done.exit_code)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            sys.exit(EXIT_USAGE)
        except click.ClickException as error:
            hint = (
                f"; see `{error.ctx.command_path} --help`" if isinstance(error, click.UsageError) and error.ctx else ""
            )
            self._end(f"{error.format_message()}{hint}")
        except UsageError as error:
            self._end(str(error))
        except (click.Abort, KeyboardInterrupt):
            sys.exit(130)

    @staticmethod
    def _end(message: str) -> None:
        click.echo(f"gateway-conformance: {' '.join(message.split())}", err=True)
        sys.exit(EXIT_USAGE)


HELP = """Does this LLM gateway keep the contract that Databricks' Unity AI Gateway documents?

\b
Exit codes: 0 conformant, 1 nonconformant, 2 inconclusive, 3 the suite itself broke, 4 wrong usage.
The token comes from the environment: DATABRICKS_TOKEN, or the variable that the target file names.
"""


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]}, help=HELP)
@click.version_option(__version__, prog_name="gateway-conformance")
def main() -> None:
    """Runs a command."""


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


_target_options = _options(
    click.option("--base-url", metavar="URL", help="The workspace root, such as https://my-workspace.example."),
    click.option("--target", metavar="FILE.toml", help="A target file: URLs, models and credentials of any gateway."),
)
_selection_options = _options(
    click.option("--report-dir", metavar="DIR", help="Where the report goes.  [default: reports/<run>]"),
    click.option(
        "--surface", default="", metavar="NAMES", help="Only chat, responses, gemini, serving; comma-separated."
    ),
    click.option("--level", default="", metavar="LEVELS", help="Only MUST, SHOULD, MAY, INFO; comma-separated."),
    click.option("--requirement", default="", metavar="IDS", help="Only these requirements; comma-separated."),
    click.option("--cheap", is_flag=True, help="Leave out what sends much: hundreds of images, megabytes."),
    click.option(
        "--corpus",
        metavar="SIZE",
        help="Of the requests made from the specs: none, smoke, standard, full, or a file of them.  [default: standard, "
        "smoke with --cheap]",
    ),
    click.option("--statistics", is_flag=True, help="Add what asks the same many times over: defaults of effort."),
    click.option("--all-models", is_flag=True, help="Add the models of which the documents tell no limits."),
)
_limit_options = _options(
    click.option("--timeout", metavar="S", default=120.0, show_default=True, help="Longest silence, in seconds."),
    click.option(
        "--total-timeout", metavar="S", default=300.0, show_default=True, help="Longest exchange, in seconds."
    ),
    click.option("--max-body", metavar="MB", default=16.0, show_default=True, help="Largest answer that is read."),
    click.option(
        "--patience",
        metavar="S",
        default=600.0,
        show_default=True,
        help="What requests to one URL may cost, in seconds, while none is answered; then nothing more is sent there.",
    ),
)


def _forwards(command: Callable[..., Any]) -> Callable[..., Any]:
    """Takes the options apart into pytest's."""

    @wraps(command)
    def run(pytest_args: tuple[str, ...], **options: Any) -> Any:
        forwarded = []
        for name, value in options.items():
            if value is True:
                forwarded.append(f"--gateway-{name.replace('_', '-')}")
            elif value is not None and value is not False and value != "":  # 0 is a value, though equal to False
                forwarded.append(f"--gateway-{name.replace('_', '-')}={value}")
        return command([*forwarded, *pytest_args])

    return run


@main.command(context_settings=PASS_THROUGH)
@click.option("--live", is_flag=True, help="Send real requests; needs --base-url or --target.")
@_target_options
@click.option("--cassettes", metavar="DIR", help="Replay these recordings instead of the bundled ones.")
@click.option(
    "--rechunk",
    metavar="HOW",
    help="Replay streams in other chunks, which may change no verdict: bytes, characters, crlf, random[:SEED], "
    "comments[:SEED].",
)
@_selection_options
@_limit_options
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
@_forwards
def run(arguments: list[str]) -> None:
    """Judge a gateway; without a target, replay the bundled recordings with the network blocked.

    Further arguments go to pytest: -k RESP-400-STORE, -m must, -n 2, -x, -vv.
    """
    _pytest(arguments)


@main.command(context_settings=PASS_THROUGH)
@_target_options
@click.option("--cassettes", metavar="DIR", required=True, help="Where the recordings go.")
@click.option("--again", is_flag=True, help="Send and record again what is recorded there already.")
@_selection_options
@_limit_options
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
@_forwards
def record(arguments: list[str]) -> None:
    """Judge a gateway live, and keep its answers for replay."""
    _pytest(["--gateway-live", "--gateway-record", *arguments])


def _pytest(arguments: list[str]) -> None:
    import gc
    import signal

    import pytest

    def interrupt(_signal: int, _frame: object) -> None:
        # A second one while the report is written would take the report with it.
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.SIG_IGN)
        raise KeyboardInterrupt

    # What ends a job ends the run as Ctrl-C does: with a report that says that it is incomplete.
    for ending in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(ending) is not signal.SIG_IGN:
            signal.signal(ending, interrupt)
    # Most of what a run makes lives until its end: looking for garbage as often as usual takes a tenth of the time.
    gc.set_threshold(50_000, 20, 100)
    cases, rest = _cases(arguments)
    sys.exit(int(pytest.main([*pytest_arguments(), *cases, *rest])))


def _cases(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The files of cases that are named, such as chat/test_vision.py, or all of them; and the other arguments."""
    below = Path(__file__).parent / "cases"
    named = [argument for argument in arguments if ".py" in argument and not argument.startswith("-")]
    rest = [argument for argument in arguments if argument not in named]
    return [str(below / name) if (below / name.partition("::")[0]).exists() else name for name in named] or [
        "conformance.cases"
    ], rest


def pytest_arguments() -> list[str]:
    """How pytest is told to run the cases and nothing else: with our own ini file and the plugins that we need.

    Whatever a user's project and environment add to pytest is not meant for these cases, and would slow them down.
    """
    cases = Path(__file__).parent / "cases"
    unused = ("cacheprovider", "doctest", "logging", "unraisableexception")
    plugins = ["--disable-plugin-autoload", "-pconformance.plugin", "-pxdist", *(f"-pno:{name}" for name in unused)]
    return [
        "-c",
        str(cases / "pytest.ini"),
        "--rootdir",
        str(cases),
        *plugins,
        "--gateway",
        "--pyargs",
    ]


@main.command(context_settings=PASS_THROUGH)
@click.option("--report-dir", metavar="DIR", help="Where results.json goes.  [default: reports/sdk-<client>-<version>]")
@click.option(
    "--cassettes", metavar="DIR", type=click.Path(path_type=Path), help="Recordings whose answers they are given."
)
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def sdk(report_dir: str | None, cassettes: Path | None, pytest_args: tuple[str, ...]) -> None:
    """Observe the client libraries that are installed here: what they send, and what their caller gets.

    The reference gateway answers, and recordings do: those of your workspace show how a client reads what it says.

    Further arguments go to pytest: -k openai, -n 2, a file with cases of your own.
    """
    import pytest

    from conformance.sdk.command import arguments

    sys.exit(int(pytest.main(arguments(report_dir, cassettes, pytest_args))))


@main.command()
@click.argument("cassettes", required=False, type=click.Path(path_type=Path))
@click.option("--max-age", metavar="DAYS", type=click.IntRange(min=0), help="Wrong if the oldest is older.")
def verify(cassettes: Path | None, max_age: int | None) -> None:
    """Tell whether recordings are whole, as they were recorded, of each case, and without secrets.

    Exit code 1 if something is wrong. Without CASSETTES, the bundled ones.
    """
    from conformance.verify.command import verify as verify_recordings

    sys.exit(verify_recordings(cassettes, max_age))


@main.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="On 127.0.0.1; 0 takes a free one."
)
@click.option("--fault", metavar="NAME", help="Break one thing on purpose; `serve --fault list` names them all.")
def serve(port: int, fault: str | None) -> None:
    """Start the reference gateway on this machine, to try everything without a workspace."""
    from conformance.reference.server import ServeError
    from conformance.reference.server import serve as serve_reference

    if fault == "list":
        from conformance.reference.faults import FAULTS

        for known in FAULTS.values():
            click.echo(f"{known.name:<40} {', '.join(known.reported_by):<28} {known.says}")
        return
    try:
        serve_reference(port=port, fault=fault)
    except ServeError as error:
        raise UsageError(str(error)) from None


@main.command()
@click.option("--fault", "names", metavar="NAME", multiple=True, help="Only this fault or variant; may be repeated.")
@click.option("--changed", is_flag=True, help="Only what has changed since the proof that ships.")
@click.option("--sample", metavar="N", type=click.IntRange(min=0), default=0, help="N of them, always the same ones.")
@click.option("--full", is_flag=True, help="Every case against each, not only what it is known to touch.")
@click.option("-n", "workers", type=click.IntRange(min=1), help="Processes.  [default: one a processor]")
@click.option("--report-dir", metavar="DIR", help="Where the matrix goes.  [default: reports/prove]")
def prove(names: tuple[str, ...], report_dir: str | None, **options: Any) -> None:
    """Prove the suite: each fault of the reference gateway is reported for the stated reason, no variant is failed.

    Exit codes: 0 proved, 1 a fault survived or was reported for another reason, a false alarm, or a requirement without a
    fault; 3 the suite itself broke, 4 wrong usage.
    """
    from conformance.prove.command import run as run_proof

    sys.exit(run_proof(names, Path(report_dir) if report_dir else None, **options))


@main.command()
@click.argument("runs", nargs=-1, required=True, metavar="[OLD...] NEW")
@click.option("--bisect", is_flag=True, help="Of several runs of client cases: with which version each case changed.")
@click.option("--markdown", metavar="FILE", type=click.Path(path_type=Path), help="Write it for a pull request too.")
@click.option("--html", metavar="FILE", type=click.Path(path_type=Path), help="Write it as a page too.")
def compare(runs: tuple[str, ...], *, bisect: bool, markdown: Path | None, html: Path | None) -> None:
    """Tell what changed from OLD to NEW: of a target, between two reports of `run` or two directories of cassettes; of a
    client, between runs of `sdk`.

    A run of `sdk` alone is compared with the observations that ship; openai==2.54.0 as OLD names one of them.

    Exit codes: 0 nothing that clients or callers relied on is gone, 1 something is, 4 wrong usage.
    """
    from conformance.compare.command import run as compare_all

    sys.exit(compare_all(runs, bisect=bisect, markdown=markdown, html=html))


@main.command()
@click.option(
    "--check", is_flag=True, help="Write nothing; exit code 1 if the frozen requests are not what would be made."
)
def generate(*, check: bool) -> None:
    """Make the generated requests anew from the OpenAPI specs, the same ones every time."""
    from conformance.corpus import frozen
    from conformance.corpus.generate import differences, write

    try:
        changed = differences(frozen.HERE) if check else write(frozen.HERE)
    except OSError as error:
        raise UsageError(f"cannot write the generated requests to {frozen.HERE}: {error.strerror}") from None
    told = ("differs" if check else "written") if changed else "as it has to be"
    for name in changed or [f"the corpus in {frozen.HERE}"]:
        click.echo(f"{name}: {told}")
    sys.exit(1 if check and changed else 0)


@main.command()
@_target_options
@click.option("--surface", default="", metavar="NAMES", help="Only chat, responses, gemini, serving; comma-separated.")
@click.option("--requests", type=click.IntRange(min=1), default=500, show_default=True, help="Most requests.")
@click.option("--seconds", type=click.FloatRange(min=1), default=300.0, show_default=True, help="Longest time.")
@click.option(
    "--tokens", type=click.IntRange(min=1), default=50_000, show_default=True, help="Most tokens, in and out."
)
@click.option(
    "--seed", type=click.IntRange(min=0), help="Draws the same requests again.  [default: a new one, printed]"
)
@click.option("--keep", metavar="FILE.jsonl", help="Keep what is found as cases: `run --corpus FILE.jsonl` sends them.")
@_limit_options
def fuzz(base_url: str | None, target: str | None, surface: str, keep: str | None, **options: Any) -> None:
    """Explore a live target with requests that nobody wrote, and make small what they find.

    Exit codes: 0 nothing found, 1 something found, 4 wrong usage.
    """
    from conformance.fuzz.command import run as explore
    from conformance.targets.target import from_options

    reached = from_options(base_url, Path(target) if target else None)
    if reached is None:
        raise UsageError("fuzz needs a target: give --base-url https://<workspace> or --target FILE.toml")
    sys.exit(explore(reached, surfaces=surface, keep=Path(keep) if keep else None, **options))


@main.command(name="list")
@click.option("--surface", default="", metavar="NAMES", help="Only these surfaces; comma-separated.")
@click.option("--level", default="", metavar="LEVELS", help="Only these levels; comma-separated.")
def list_requirements(surface: str, level: str) -> None:
    """Show the catalogue: every requirement, one a line."""
    from conformance.requirements import catalogue
    from conformance.selection import Selection

    selection = Selection.of(surface, level)
    for row in catalogue().values():
        if selection.wants(row.id):
            click.echo(f"{row.id:<30} {row.level:<7} {','.join(row.surface):<22} {row.statement}")


@main.command()
@click.argument("requirement", metavar="ID")
def explain(requirement: str) -> None:
    """Show one requirement: what it says, where it stands, which cases decide it, which faults break it."""
    from conformance.explain import explanation

    click.echo(explanation(requirement))
