"""The proof: every fault and every variant against the cases that it can touch, in parallel processes."""

import multiprocessing
import os
import random
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.prove import baseline, matrix
from conformance.prove.baseline import Baseline
from conformance.prove.judging import CaseFilter, Judgement, judge_gateway, judge_proxy
from conformance.prove.matrix import Cell
from conformance.prove.page import page
from conformance.prove.touching import Asked, AskedHere
from conformance.reference.faults import FAULTS
from conformance.reference.policy import DOCUMENTED
from conformance.reference.proxies import PROXIES, PROXY_FAULTS
from conformance.reference.server import TOKEN_VARIABLE, running
from conformance.reference.variant import Fault, Variant
from conformance.reference.variants import VARIANTS
from conformance.requirements import catalogue

REFERENCE = "reference"
_MANY = 5
"""Gateways of which it is worth knowing first what they touch."""
GATEWAYS: Mapping[str, Variant] = {**FAULTS, **VARIANTS, **PROXIES}
"""All that is proved, by name."""


@dataclass(frozen=True)
class Proof:
    """What was found about each gateway, and what it comes to."""

    judgements: Mapping[str, Judgement]
    cells: tuple[Cell, ...]
    unproved: Mapping[str, str]
    """Requirements that no fault killed, with the reason; an empty one is a gap. Only of a proof of all faults."""
    errors: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing survived, was reported for another reason or raised a false alarm, and no requirement has a gap."""
        return not any(cell.outcome in matrix.WORSE for cell in self.cells) and all(self.unproved.values())

    @property
    def requests(self) -> int:
        """How many requests were sent in all."""
        return sum(judgement.requests for judgement in self.judgements.values())


def chosen(names: Collection[str], earlier: Baseline, *, changed: bool, sample: int) -> list[str]:
    """The gateways that are asked for: all of them, or those named, changed since the earlier proof, or drawn."""
    if not (names or changed or sample):
        return list(GATEWAYS)
    wanted = set(names)
    if changed:
        wanted |= {name for name, gateway in GATEWAYS.items() if earlier.is_outdated(gateway)}
    # The same draw for the same gateways: what fails once fails again.
    drawn = sorted(GATEWAYS)
    wanted |= set(random.Random(len(drawn)).sample(drawn, min(sample, len(drawn))))  # noqa: S311 (no secret)
    return [name for name in GATEWAYS if name in wanted]


def prove(
    names: Sequence[str], *, full: bool = False, workers: int | None = None,
    on_done: Callable[[str], None] = lambda _: None,
) -> Proof:  # fmt: skip
    """Judges these gateways, and the reference before them. `on_done` is called with the name of each that is done.

    Of many gateways, each is first asked what the cases ask, to know which of them it can touch; `full`: all judge each.
    """
    token = secrets.token_urlsafe(24)
    with TemporaryDirectory() as directory, running(token=token) as url, _pool(workers, token) as pool:
        asked = None if full or len(names) < _MANY else Path(directory) / "asked"
        tasks = {pool.submit(judge_gateway, url, None, "full"): REFERENCE}
        if asked:
            pool.submit(keep_asked, url, asked).result()
        for name in sorted(names, key=lambda name: isinstance(GATEWAYS[name], Fault)):  # variants take longest: first
            tasks[pool.submit(judge_named, url, name, asked)] = name
        judgements = dict(_results(tasks, on_done))
    return build_proof({REFERENCE: judgements[REFERENCE], **{name: judgements[name] for name in names}})


def keep_asked(url: str, path: Path) -> None:
    """Writes what the cases ask of the reference at a URL, for `judge_named`."""
    Asked.of(url).keep(path)


def judge_named(url: str, name: str, asked: Path | None) -> Judgement:
    """Judges the gateway of this name, that the server at a URL has under a prefix, by the cases that it can touch.

    A proxy is judged before an upstream of its own.
    """
    if name in PROXIES:
        return judge_proxy(PROXIES[name])
    gateway, prefix = GATEWAYS[name], f"/{_prefix(name)}/{name}"
    wanted, files = None, tuple[str, ...]()
    if asked and not gateway.stateful:
        here = _asked(asked)
        everything = gateway.policy != DOCUMENTED or gateway.request is not None
        touched = here.touched_by(prefix, everything=everything, corpus=corpus_for(gateway))
        concerned = (*gateway.reported_by, *gateway.undecides) if isinstance(gateway, Fault) else ()
        wanted = CaseFilter(touched, frozenset(concerned))
        files = here.files_of(wanted)
    return judge_gateway(url + prefix, wanted, corpus_for(gateway), files)


@cache
def _asked(path: Path) -> AskedHere:
    return AskedHere(Asked.read(path))


def corpus_for(gateway: Variant) -> str:
    """How many of the generated requests a gateway is sent.

    They would see most faults too, and tell in other words what a case written for it tells: they judge what they are there
    for. What is right has to be right to them as well.
    """
    if not isinstance(gateway, Fault):
        return "standard"
    concerned = {*gateway.reported_by, *gateway.undecides}
    return "full" if gateway.generated or any(name.startswith("SPEC-") for name in concerned) else "none"


def _prefix(name: str) -> str:
    return "faults" if isinstance(GATEWAYS[name], Fault) else "variants"


def _pool(workers: int | None, token: str) -> ProcessPoolExecutor:
    """Two processes more than there are processors: some gateways let a run wait."""
    return ProcessPoolExecutor(
        workers or (os.cpu_count() or 1) + 2, mp_context=multiprocessing.get_context("spawn"), initializer=_begin,
        initargs=(token,),
    )  # fmt: skip


def _begin(token: str) -> None:
    """Each worker has the token of this proof where a run takes it from."""
    os.environ[TOKEN_VARIABLE] = token


def _results(tasks: Mapping[Future[Judgement], str], on_done: Callable[[str], None]) -> Iterator[tuple[str, Judgement]]:
    try:
        for done in as_completed(tasks):
            yield tasks[done], done.result()
            on_done(tasks[done])
    finally:
        for task in tasks:
            task.cancel()


def build_proof(judgements: Mapping[str, Judgement]) -> Proof:
    """What the judgements come to: of the reference, under its name, and of each gateway."""
    rows, reference = catalogue(), judgements[REFERENCE]
    cells = list(matrix.of_variant(Variant(REFERENCE, "conforms to everything"), reference, strict=True))
    for name, judgement in judgements.items():
        match GATEWAYS.get(name):
            case Fault() as fault:
                cells += matrix.of_fault(fault, judgement, rows)
            case Variant() as variant:
                cells += matrix.of_variant(variant, judgement)
    complete = judgements.keys() >= {*FAULTS, *PROXY_FAULTS}
    errors = [f"{name}: {error}" for name, judgement in judgements.items() for error in judgement.errors]
    unproved = matrix.unproved(cells, rows, reference) if complete else {}
    return Proof(judgements, tuple(cells), unproved, tuple(errors))


def touched(judgement: Judgement, reference: Judgement) -> list[str]:
    """The cases that a gateway answered otherwise than the reference."""
    return sorted(case for case, digest in judgement.answers.items() if digest != reference.answers.get(case))


def write(proof: Proof, path: Path) -> None:
    """Writes the matrix of a whole proof, and beside it the page that shows it: each whole or not at all."""
    reference = proof.judgements[REFERENCE]
    gateways = {
        name: {
            "kind": _prefix(name).removesuffix("s"), "says": gateway.says,
            "touches": touched(proof.judgements[name], reference),
        }
        for name, gateway in GATEWAYS.items()
        if name in proof.judgements
    }  # fmt: skip
    tables = {
        "gateways": gateways, "unproved": proof.unproved, "files": dict(sorted(reference.files.items())),
        "sources": baseline.sources(),
    }  # fmt: skip
    cells = [vars(cell) for cell in proof.cells]
    texts = {
        ".json": baseline.to_json(tables, {"cells": cells}),
        ".html": page({**tables, "cells": cells}, catalogue().values()),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    for suffix, text in texts.items():
        unfinished = path.with_suffix(f"{suffix}.unfinished")
        unfinished.write_text(text, encoding="utf-8", errors="backslashreplace")
        unfinished.replace(path.with_suffix(suffix))
