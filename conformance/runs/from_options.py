"""The run that options describe, checked before anything is sent."""

import math
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.errors import UsageError
from conformance.report import watched
from conformance.report.results import Deviation, Results, is_documentation, read
from conformance.report.watched import Watched
from conformance.requirements import catalogue
from conformance.requirements.own import DECLARATION, OwnDeclaration, read_all, root_of
from conformance.runs.options import BUDGET, NETWORK, RATE
from conformance.runs.run import Run
from conformance.runs.selection import Selection
from conformance.runs.sending import Sending
from conformance.runs.session import ALL_CASES, BY_NAME, CASES, is_ours
from conformance.runs.settings import Settings
from conformance.targets import target as targets
from conformance.targets.preflight import Availability
from conformance.wire.rechunk import Rechunking
from conformance.wire.sender import DeadlineSender, Limits

if TYPE_CHECKING:  # a replay sends nothing
    from conformance.reference.upstream import Upstream
    from conformance.wire.rate import RateLimiter
    from conformance.wire.route import Route
    from conformance.wire.spending import Spending

_ALL = (ALL_CASES, BY_NAME)
MOST_CONCURRENT = 64
"""Requests that may be under way at once: more would be load, and no test."""


def run_from_options(
    options: Namespace,
    *,
    parallel: bool,
    processes: int = 1,
    stand_in: DeadlineSender | None = None,
    upstream: "Upstream | None" = None,
) -> Run:
    """The run that pytest's options describe; with a `stand_in` for the target, its rehearsal.

    With an `upstream` the target is a proxy before it, and both sides are watched: what is under way is then one request.
    Limits of rate are shared by `processes`. Raises `UsageError`.
    """
    if upstream and parallel:
        raise UsageError("both sides of a proxy are watched one request at a time: leave out -n")
    own = own_requirements(options.file_or_dir)
    selection = selection_of(options, own)
    cassettes = Path(options.gateway_cassettes) if options.gateway_cassettes else None
    report_dir = Path(options.gateway_report_dir) if options.gateway_report_dir else None
    rechunking = _rechunking(options.gateway_rechunk)
    target = _target(options)
    if target is None and selection.only_generated:
        raise UsageError(
            f"the requests in {selection.corpus} are not recorded: give a live target with --base-url or --target"
        )
    if target is None or options.gateway_evidence:
        return Run(replace(_replay(options, selection, cassettes, rechunking), own=own), report_dir)
    if rechunking:
        raise UsageError("only recorded streams are re-chunked: leave out --rechunk, or the live target")
    if options.gateway_record:
        if parallel:
            raise UsageError("recording in parallel would mix the recordings: leave out -n")
        if cassettes is None:
            raise UsageError("recording needs a directory: give --cassettes DIR")
    elif options.gateway_again:
        raise UsageError("--again is about recordings: use it with `gateway-conformance record`")
    elif cassettes:
        raise UsageError("a live run replays nothing: leave out --cassettes, or use `gateway-conformance record`")
    sending = Sending(
        limits=_limits(options),
        route=None if stand_in else _route(target, options),
        rate_limiter=None if stand_in or upstream else _rate_limiter(target, options, processes),
        spending=_spending(options, parallel=parallel),
        stand_in=stand_in,
        upstream=upstream,
    )
    settings = replace(Settings.live(target, selection, sending, cassettes, again=options.gateway_again), own=own)
    # What is recorded is sent one by one, so that each cassette is written as its case ends.
    concurrency = (
        1 if options.gateway_record or upstream else min(_concurrency(options), target.limits.concurrency or math.inf)
    )
    return Run(_after_preflight(settings, options), report_dir, int(concurrency))


def _replay(
    options: Namespace, selection: Selection, cassettes: Path | None, rechunking: Rechunking | None
) -> Settings:
    """A run that sends nothing. Raises `UsageError`."""
    if options.gateway_evidence:
        return Settings.judging_anew(Path(options.gateway_evidence), selection)
    _refuse_network(options)
    if options.gateway_record:
        raise UsageError("recording needs a target: give --base-url or --target")
    return Settings.replaying(cassettes, selection, rechunking)


def selection_of(options: Namespace, own: Sequence[OwnDeclaration] = ()) -> Selection:
    """The selection that pytest's options describe, with these requirements of one's own. Raises `UsageError`."""
    paths = [path for path in options.file_or_dir if path not in _ALL]
    ours = tuple(map(_below_cases, filter(is_ours, paths)))
    own_paths = tuple(_told(path) for path in paths if not is_ours(path))
    return Selection.of(
        options.gateway_surface,
        options.gateway_level,
        options.gateway_requirement,
        options.gateway_conformance_profile,
        known=[*catalogue(), *(name for one in own for name in one.requirements)],
        smoke=options.gateway_smoke,
        cheap=options.gateway_cheap and not options.gateway_smoke,
        statistics=options.gateway_statistics,
        all_models=options.gateway_all_models,
        corpus=_corpus(options),
        keyword=options.keyword,
        markers=options.markexpr,
        left_out=tuple(
            str(name) for given in (options.deselect, options.ignore, options.ignore_glob) for name in given or ()
        ),
        paths=ours if ours or len(paths) < len(options.file_or_dir) else own_paths,
        own=own_paths,
        shard=options.gateway_shard or "",
    )


def deviations_of(options: Namespace, today: date, target: str) -> tuple[Deviation, ...]:
    """The known deviations of a target in the file that an option names. Raises `UsageError`."""
    if not options.gateway_deviations:
        return ()
    from conformance.recordings import shipped
    from conformance.report.deviations_file import read as read_deviations

    return read_deviations(Path(options.gateway_deviations), today, shipped, target)


def baseline_of(options: Namespace) -> Results | None:
    """The earlier report that an option names. Raises `UsageError`."""
    if not options.gateway_baseline:
        return None
    path = Path(options.gateway_baseline)
    if not path.exists():
        raise UsageError(f"--baseline {path}: there is no such report; give a report directory of `run`")
    return read(path)


def documentation_of(options: Namespace) -> str:
    """Where the site of the documentation is published, without a slash at its end; empty if unknown. Raises `UsageError`."""
    url = (options.gateway_docs_url or "").rstrip("/")
    if url and not is_documentation(url):
        raise UsageError(f"--docs-url {url}: give an http or https URL, such as https://docs.example.org/conformance")
    return url


def could_not_look(options: Namespace, started_at: datetime, reason: str) -> Watched:
    """What there is to say of a run that has come to nothing before its first case."""
    is_live = options.gateway_live or options.gateway_base_url or options.gateway_target
    try:
        target = _target(options)
        name = target.name if target else ""
    except UsageError:
        name = options.gateway_target or ""  # never the URL: it may hold a credential
    try:
        selection = vars(selection_of(options))
    except UsageError:
        selection = {}
    mode = "live" if is_live else "replay"
    return watched.could_not_look(name or "unknown", mode, selection, started_at, reason)


def own_requirements(file_or_dir: Sequence[str]) -> tuple[OwnDeclaration, ...]:
    """What is declared beside those of the paths that are not among our cases. Raises `UsageError` where nothing is."""
    roots = list[Path]()
    for path in file_or_dir:
        if is_ours(path):
            continue
        root = root_of(_place(path))
        if root is None or not _place(path).exists():
            raise UsageError(
                f"{path} is not among the cases: give a path below {CASES}, select by -k, -m, --requirement, or give a "
                f"directory of own cases, with a {DECLARATION} that declares what they decide"
            )
        roots.append(root)
    return read_all(roots)


def _place(path: str) -> Path:
    """The file or directory of a path as pytest takes it, with `::` before names of cases."""
    return Path(path.partition("::")[0])


def _below_cases(path: str) -> str:
    return Path(path).resolve().relative_to(CASES).as_posix() if "::" not in path else path


def _told(path: str) -> str:
    """A path of own cases as a report tells it: not where it lies on this machine."""
    place = _place(path).resolve()
    root = root_of(place) or place
    return place.relative_to(root.parent).as_posix() + path[len(path.partition("::")[0]) :]


def _target(options: Namespace) -> targets.Target | None:
    found = targets.from_options(
        options.gateway_base_url,
        Path(options.gateway_target) if options.gateway_target else None,
        options.gateway_profile,
        live=options.gateway_live,
    )
    if found is None and options.gateway_live:
        raise UsageError(
            "a live run needs a target: give --base-url https://<workspace>, --target FILE.toml or --profile NAME"
        )
    for option in (*BUDGET, *RATE):
        if found is None and getattr(options, f"gateway_{option.name.replace('-', '_')}") is not None:
            raise UsageError(f"a replay sends nothing that --{option.name} could limit: give a target, or leave it out")
    return found


def _route(target: targets.Target, options: Namespace) -> "Route":
    from conformance.targets.network import NetworkOptions, route_to

    names = ("proxy", "ca_bundle", "client_cert", "no_env")
    return route_to(target, NetworkOptions(**{name: getattr(options, f"gateway_{name}") for name in names}))


def _refuse_network(options: Namespace) -> None:
    """Raises `UsageError` if a replay, which sends nothing, is told how to send."""
    for option in NETWORK:
        if not option.is_flag and getattr(options, f"gateway_{option.name.replace('-', '_')}"):
            raise UsageError(
                f"a replay sends nothing: leave out --{option.name}, or give a live target with --base-url or --target"
            )


def _rechunking(text: str | None) -> Rechunking | None:
    try:
        return None if text is None else Rechunking.of(text)
    except ValueError as error:
        raise UsageError(f"--rechunk: {error}") from None


def _after_preflight(settings: Settings, options: Namespace) -> Settings:
    """The same run with what the preflight has found and spent, if that was in another process."""
    if options.gateway_spent:
        settings.retry_budget.resume(options.gateway_spent)
    return settings.without(Availability.of(options.gateway_lacking))


def _corpus(options: Namespace) -> str:
    given: str | None = options.gateway_corpus
    if options.gateway_smoke and given not in (None, "", "none"):
        raise UsageError("--smoke sends no generated requests: leave out --corpus, or --smoke")
    return given or ("none" if options.gateway_smoke else "smoke" if options.gateway_cheap else "standard")


def _concurrency(options: Namespace) -> int:
    given: int = options.gateway_concurrency
    if not 1 <= given <= MOST_CONCURRENT:
        raise UsageError(f"--concurrency {given}: give a number from 1 to {MOST_CONCURRENT}")
    return given


def _limits(options: Namespace) -> Limits:
    try:
        return Limits.from_options(
            options.gateway_timeout, options.gateway_total_timeout, options.gateway_max_body, options.gateway_patience,
            options.gateway_max_time,
        )  # fmt: skip
    except ValueError as error:
        raise UsageError(str(error)) from None


def _spending(options: Namespace, *, parallel: bool) -> "Spending | None":
    from conformance.wire.spending import Spending, SpendingLimits  # here: a replay does without

    limits = SpendingLimits(
        _count("max-requests", options.gateway_max_requests), _count("max-tokens", options.gateway_max_tokens)
    )
    if limits and parallel:
        raise UsageError("--max-requests and --max-tokens count in one process: leave out -n, and give --concurrency")
    return Spending(limits) if limits else None


def _count(option: str, text: str | None) -> float:
    if text is None:
        return math.inf
    if not text.isascii() or not text.isdigit() or not int(text):
        raise UsageError(f"--{option} {text}: give a whole number of at least 1")
    return int(text)


def _rate_limiter(target: targets.Target, options: Namespace, processes: int) -> "RateLimiter":
    from conformance.wire.rate import RateLimiter  # here: a replay does without

    try:
        told = target.limits.overridden(options.gateway_rpm, options.gateway_tpm)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return RateLimiter(told.shared_by(processes), minute_s=options.gateway_minute)
