"""The settings of one run, checked before anything is sent: what is under test, how it is reached, what is kept."""

import logging
import math
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from conformance import resources
from conformance.corpus import frozen
from conformance.corpus.case import GeneratedCase
from conformance.errors import UsageError
from conformance.recordings import evidence
from conformance.recordings.evidence import Evidence
from conformance.recordings.manifest import (
    MANIFEST,
    begin_recording,
    chain,
    check_writable,
    is_unfinished,
    provenance,
    provenance_of,
    read_manifest,
    utc_now,
    write_manifest,
)
from conformance.report.results import ExchangeRecord
from conformance.requirements import Requirement, catalogue
from conformance.requirements.own import OwnDeclaration, is_own
from conformance.runs.selection import Selection
from conformance.runs.sending import Sending
from conformance.targets import target as targets
from conformance.targets.credentials import Credential, NoCredential, PlainToken
from conformance.targets.preflight import Availability, Preflight
from conformance.targets.target import Target
from conformance.wire.cassette import Cassette, CassetteError, save
from conformance.wire.exchange import Exchange
from conformance.wire.rechunk import Rechunking, RechunkingSender
from conformance.wire.redact import KEPT_RESPONSE_HEADERS, HeaderDroppingSender, Redactor
from conformance.wire.retry import RetryBudget, RetryingSender
from conformance.wire.sender import Limits, RecordingSender, ReplayingSender, Sender
from conformance.wire.tape import Tape

_CLIENT_LOGGERS = ("httpcore2", "httpx2")

_PREFLIGHT_S = 15.0
"""What one of the tiny requests of the preflight may take."""

Mode = Literal["replay", "live", "record"]


@dataclass(frozen=True)
class SharedRequest:
    """A request that several cases need: what keeps its exchanges, and what sends it, again too."""

    recorder: RecordingSender
    sender: RetryingSender


@dataclass(frozen=True)
class Settings:
    """One run of the suite against one target or its recordings."""

    mode: Mode
    target: Target
    selection: Selection
    cassettes: Path
    """The recordings that are replayed or written."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """Of the recordings: how they were made."""
    credential: Credential = field(default_factory=NoCredential, repr=False)
    sending: Sending = field(default_factory=Sending)
    """How a live run sends."""
    again: bool = False
    """Whether what is recorded already is sent and recorded again."""
    rechunking: Rechunking | None = None
    """How a replay changes the chunks of streams."""
    own: tuple[OwnDeclaration, ...] = ()
    """What own cases decide."""
    evidence: Evidence | None = None
    """Where a live run keeps what was sent and received, to be judged anew; None: it does not."""
    retry_budget: RetryBudget = field(default_factory=lambda: RetryBudget(math.inf))
    """What requests that are not answered may cost in this process, and how long it may send."""

    @classmethod
    def replaying(
        cls, cassettes: Path | None, selection: Selection, rechunking: Rechunking | None = None
    ) -> "Settings":
        """A run on recordings, by default the bundled ones. Raises `UsageError` if there are none."""
        directory = cassettes or resources.directory("cassettes")
        manifest = read_manifest(directory)
        target = targets.from_document(manifest["target"], str(directory / MANIFEST))
        lacking, barred = (frozenset(manifest.get(name, ())) for name in ("lacking", "barred"))
        target = replace(target, lacking=lacking, barred=barred, auth_type=manifest.get("auth_type", ""))
        return cls("replay", target, selection, directory, manifest, rechunking=rechunking)

    @classmethod
    def judging_anew(cls, path: Path, selection: Selection) -> "Settings":
        """A run on the evidence that an earlier one has kept. Raises `UsageError` if it is none."""
        made = evidence.read(path)
        described = dict(made["target"])
        auth_type = described.pop("auth_type", "")
        target = targets.from_document(described, str(path))
        lacking, barred = (frozenset(made.get(name, ())) for name in ("lacking", "barred"))
        target = replace(target, lacking=lacking, barred=barred, auth_type=auth_type)
        return cls("replay", target, selection, path, made)

    @classmethod
    def live(
        cls,
        target: Target,
        selection: Selection,
        sending: Sending,
        record_to: Path | None = None,
        *,
        again: bool = False,
    ) -> "Settings":
        """A run against a target, which is recorded if a directory is given. Raises `UsageError`."""
        credential = _credential_of_rehearsal(target) if sending.stand_in else target.credential(sending.route)
        target = replace(target, auth_type=credential.auth_type)
        for name in _CLIENT_LOGGERS:
            # They write down headers as they are, the credential of a request and whatever a target echoes among them.
            logging.getLogger(name).setLevel(logging.WARNING)
        budget = RetryBudget(sending.limits.retry_budget_s, sending.limits.run_s)
        if record_to is None:
            cassettes = resources.directory("cassettes")
            return cls("live", target, selection, cassettes, {}, credential, sending, retry_budget=budget)
        check_writable(record_to, target)
        begin_recording(record_to, target)
        made = provenance(target)
        settings = cls("record", target, selection, record_to, made, credential, sending, again, retry_budget=budget)
        settings.check_recordings()
        return settings

    @cached_property
    def known(self) -> Mapping[str, Requirement]:
        """Every requirement that a case of this run may decide: the catalogue, and those of one's own."""
        return {**catalogue(), **{name: row for one in self.own for name, row in one.requirements.items()}}

    def wants(self, requirement: str) -> bool:
        """Whether the run is about this requirement, of the catalogue or of one's own."""
        is_promised = requirement in catalogue()
        return self.selection.wants(requirement) if is_promised else self.selection.covers(self.known[requirement])

    @cached_property
    def _own_headers(self) -> frozenset[str]:
        return frozenset(header for one in self.own for header in one.headers) - KEPT_RESPONSE_HEADERS

    @cached_property
    def redactor(self) -> Redactor:
        """What cuts this run's secrets out of everything that arrives or is kept."""
        if self.mode == "replay":
            return Redactor(kept=self._own_headers)  # there is no secret in recordings
        route = self.sending.route
        secrets = *self.credential.secrets, *self.target.secret_headers(), *(route.secrets if route else ())
        return Redactor("", self.target.surfaces.values(), secrets, self._own_headers)

    @cached_property
    def _live(self) -> Sender:
        return self._sender()

    def _sender(self, longest_s: float = math.inf) -> Sender:
        return self.sending.sender(self.credential, self.redactor, self.retry_budget, longest_s)

    @cached_property
    def generated(self) -> list[GeneratedCase]:
        """The generated requests that this run is about. Raises `UsageError` if they cannot be read."""
        corpus = self.selection.corpus
        return frozen.read(Path(corpus)) if self.selection.only_generated else frozen.chosen(corpus)

    @cached_property
    def shared(self) -> dict[str, SharedRequest]:
        """By case: the request that other cases need as well, sent once in each process; its answer is the last."""
        return {}

    @cached_property
    def _shared_locks(self) -> dict[str, Lock]:
        return {}

    def shared_lock(self, case: str) -> Lock:
        """What whoever needs the request of that case holds while it is sent: the others wait for its answer."""
        return self._shared_locks.setdefault(case, Lock())

    def stop(self, reason: str) -> None:
        """Nothing more is sent."""
        self.retry_budget.stop(reason)
        if self.sending.rate_limiter:
            self.sending.rate_limiter.stop(reason)

    @cached_property
    def shared_records(self) -> dict[str, ExchangeRecord]:
        """What the report says of each of those answers, by the name of its exchange."""
        return {}

    @cached_property
    def _tapes(self) -> dict[Path, Tape]:
        return {}

    @cached_property
    def origins(self) -> dict[str, str]:
        """By case that was replayed: whose behaviour its recording shows (`reference`, `live`), or that it was `altered`."""
        return {}

    @cached_property
    def _is_recorded(self) -> dict[str, bool]:
        return {}

    def recording_sender(self, case: str) -> RecordingSender:
        """Sends the requests of one case, and keeps its exchanges."""
        if not self.replays(case):
            # What own cases may read is nothing for ours: reports and recordings of those hold no more than without them.
            mine = is_own(case) or not self._own_headers
            return RecordingSender(self._live if mine else HeaderDroppingSender(self._live, self._own_headers))
        replay = ReplayingSender(lambda: self._cassette(case))
        return RecordingSender(RechunkingSender(replay, self.rechunking) if self.rechunking else replay)

    def replays(self, case: str) -> bool:
        """Whether the answers to a case come from recordings: also if an earlier run has recorded them all."""
        if self.mode != "record" or self.again:
            return self.mode == "replay"
        if case not in self._is_recorded:
            try:
                cassette = self._cassette(case)
                self._is_recorded[case] = cassette.is_whole and not cassette.altered
            except CassetteError:
                self._is_recorded[case] = False
            if not self._is_recorded[case]:
                self.origins.pop(case, None)
        return self._is_recorded[case]

    def is_left_out(self, case: str) -> bool:
        """Whether a replay leaves a case out: what the recordings do not claim to hold cannot be missing in them."""
        if self.mode != "replay" or "files" not in self.provenance or case in self.provenance.get("silent", ()):
            return False
        path = self._tape_path(case) if is_generated(case) else self._path(case)
        if path.relative_to(self.cassettes).as_posix() not in self.provenance["files"]:
            return True
        # A tape that is as it was recorded has lost no line: what it does not hold was not recorded.
        return is_generated(case) and self._tape(case).never_held(case)

    @cached_property
    def is_altered(self) -> bool:
        """Whether the manifest of what is replayed was changed since it was written, or the evidence since it was kept."""
        if self._is_of_evidence:
            return bool(self.provenance["altered"])
        return self.mode == "replay" and self.provenance.get("chain") != chain(self.provenance)

    @property
    def _is_of_evidence(self) -> bool:
        return "selection" in self.provenance

    @property
    def watches_both_sides(self) -> bool:
        """Whether what a proxy asks its upstream is watched, or was when the evidence was kept that is judged."""
        return self.sending.upstream is not None or bool(self.provenance.get("both_sides"))

    @property
    def is_unfinished(self) -> bool:
        """Whether what is replayed is a recording that was broken off."""
        return self.mode == "replay" and is_unfinished(self.provenance)

    @property
    def resumed_since(self) -> str | None:
        """When the oldest recording was made that a recording run has gone on with."""
        return read_manifest(self.cassettes).get("recorded_since")

    def _cassette(self, case: str) -> Cassette:
        is_taped = self._is_of_evidence or is_generated(case)
        cassette = self._tape(case).cassette(case) if is_taped else Cassette.load(self._path(case))
        origin = cassette.metadata.get("recorded_from") or self.provenance.get("recorded_from", "live")
        self.origins[case] = "altered" if cassette.altered else str(origin)
        return cassette

    def _tape(self, case: str) -> Tape:
        path = self._tape_path(case)
        return self._tapes.setdefault(path, Tape(path))

    def _tape_path(self, case: str) -> Path:
        """The tape of a generated case: one for each operation; that of all cases, if they judge the evidence of a run."""
        if self._is_of_evidence:
            return self.cassettes
        topic, _, rest = case.partition(".")
        return self.cassettes / f"{topic}.{rest.split('-')[1]}.jsonl"

    def retrying_sender(self, case: str, recorder: RecordingSender, limits: Limits | None = None) -> RetryingSender:
        """Sends again where the target could not answer now, within the run's limits or tighter ones.

        A replay has nothing to wait for.
        """
        if self.replays(case):
            return RetryingSender(recorder, self.sending.limits, RetryBudget(math.inf, has_succeeded=True), _no_sleep)
        return self._retrying(recorder, limits or self.sending.limits)

    def _retrying(self, sender: Sender, limits: Limits) -> RetryingSender:
        return RetryingSender(sender, limits, self.retry_budget, is_limited=self.sending.rate_limiter is not None)

    def keep(self, case: str, exchanges: list[Exchange]) -> None:
        """Keeps what a case has sent and received, if anything; writes its cassette, if the run records. Raises `OSError`."""
        if not exchanges or self.replays(case):
            return
        if self.evidence:
            self.evidence.keep(case, exchanges, self.redactor)
        if self.mode != "record":
            return
        made = {**self.provenance, "recorded_from": provenance_of(exchanges)}
        if is_generated(case):
            self._tape(case).keep(case, exchanges, self.redactor, made)
        else:
            save(self._path(case), exchanges, self.redactor, {"case": case, **made, "recorded_at": utc_now()})

    def check_recordings(self) -> None:
        """Raises `UsageError` if generated cases are recorded already and cannot be read: what is there would be lost."""
        for path in self.cassettes.rglob("corpus.*.jsonl"):
            try:
                Tape(path).cases()
            except CassetteError as error:
                raise UsageError(f"{error}; give another --cassettes") from None

    def finish_recording(self, silent: Iterable[str], number: int, *, ended: bool) -> None:
        """Puts what was recorded in its place, and says in the manifest what there is.

        `silent` are the cases that had nothing to send, `number` of those that did was recorded.
        `ended`: the run has got to its end. Raises `OSError`, `UsageError`.
        """
        for tape in self._tapes.values():
            tape.finish()
        made = {name: self.provenance[name] for name in ("recorded_at", "suite", "catalogue_sha256", "openapi_sha256")}
        run = {**made, "selection": self.selection.to_json(), "recorded": number, "ended": ended}
        write_manifest(self.cassettes, self.target, run, silent, self.redactor)

    def cassette_hint(self, case: str, error: CassetteError) -> str:
        """What is wrong with a cassette, and how to record it anew, in one line."""
        corpus = " --corpus full" if is_generated(case) else ""
        command = f"gateway-conformance record --again --base-url URL --cassettes {self.cassettes}{corpus} -k {keyword(case)!r}"
        return f"{case}: {error}; record it anew: {command}"

    def preflight(self) -> Availability:
        """Looks whether there is a gateway, and which documented models it does not serve. Raises `UsageError`."""
        # Whoever has mistyped a URL is not kept waiting: what cannot be reached is not asked again.
        once = self.look(retries=False)
        if self.sending.upstream:  # it has been seen to ask its upstream
            return self.look().models()
        if self.target.names_models():
            once.check()
            return self.look().models()
        with ThreadPoolExecutor(max_workers=1) as pool:
            listing = pool.submit(once.services)
            once.check()
        if self.sending.rate_limiter:
            self.sending.rate_limiter.tell(listing.result().limits)
        return self.look().models(listing.result())

    def look(self, *, retries: bool = True, longest_s: float = _PREFLIGHT_S) -> Preflight:
        """What looks at the target before a run, by tiny requests that may take a few seconds."""
        surfaces = self.selection.only_surfaces or tuple(self.target.surfaces)
        sender = self._sender(longest_s)
        retrying = self._retrying(sender, self.sending.limits)
        return Preflight(self.target, self.credential.origin, retrying if retries else sender, surfaces)

    def without(self, models: Availability) -> "Settings":
        """The same run against a target that does not serve these."""
        return replace(self, target=replace(self.target, lacking=models.lacking, barred=models.barred))

    def _path(self, case: str) -> Path:
        return self.cassettes / f"{case}.json"


def _credential_of_rehearsal(target: Target) -> Credential:
    """What stands for the credential that is not needed where nothing is sent."""
    return NoCredential() if target.auth == "none" else PlainToken("rehearsed", "a rehearsal")


def is_generated(case: str) -> bool:
    """Whether a case sends a generated request."""
    return "/corpus." in case and not is_own(case)


def keyword(case: str) -> str:
    """What `-k` finds a case by: a generated one by the digits at its end."""
    if is_generated(case):
        return case.rpartition("-")[2]
    return case.rpartition(".")[2].replace("-", " and ", 1)


def _no_sleep(_seconds: float) -> None:
    """Waiting has been recorded."""
