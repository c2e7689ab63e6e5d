"""The settings of one run, checked before anything is sent: what is under test, how it is reached, what is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import httpx2

from conformance import recordings, resources
from conformance.corpus import frozen
from conformance.corpus.case import GeneratedCase
from conformance.errors import UsageError
from conformance.selection import Selection
from conformance.targets import target as targets
from conformance.targets.preflight import Preflight
from conformance.targets.target import PLACEHOLDER_TOKEN, Target
from conformance.wire.cassette import Cassette, CassetteError, save
from conformance.wire.client import Client, Limits, Patient, Recorder, Replay
from conformance.wire.exchange import Exchange
from conformance.wire.redact import Redactor
from conformance.wire.tape import Tape

Mode = Literal["replay", "live", "record"]


@dataclass(frozen=True)
class Session:
    """One run of the suite against one target or its recordings."""

    mode: Mode
    target: Target
    token: str
    selection: Selection
    cassettes: Path
    """The recordings that are replayed or written."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """Of the recordings: how they were made."""
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def replaying(cls, cassettes: Path | None, selection: Selection) -> "Session":
        """A run on recordings, by default the bundled ones. Raises `UsageError` if there are none."""
        directory = cassettes or resources.directory("cassettes")
        manifest = recordings.read_manifest(directory)
        target = targets.from_document(manifest["target"], str(directory / recordings.MANIFEST))
        target = replace(target, lacking=frozenset(manifest.get("lacking", ())))
        token = PLACEHOLDER_TOKEN if target.auth == "token" else ""
        return cls("replay", target, token, selection, directory, manifest)

    @classmethod
    def live(cls, target: Target, selection: Selection, limits: Limits, record_to: Path | None = None) -> "Session":
        """A run against a target, which is recorded if a directory is given. Raises `UsageError`."""
        token = target.token()
        if record_to is None:
            return cls("live", target, token, selection, resources.directory("cassettes"), {}, limits)
        recordings.check_writable(record_to, target)
        session = cls("record", target, token, selection, record_to, recordings.provenance(), limits)
        session.check_recordings()
        return session

    @cached_property
    def redactor(self) -> Redactor:
        """What cuts this run's secrets out of everything that is kept."""
        return Redactor(self.token, tuple(self.target.surfaces.values()))

    @cached_property
    def _live_client(self) -> Client:
        return Client(httpx2.HTTPTransport(trust_env=False), self.limits)

    @cached_property
    def generated(self) -> list[GeneratedCase]:
        """The generated requests that this run is about. Raises `UsageError` if they cannot be read."""
        corpus = self.selection.corpus
        return frozen.read(Path(corpus)) if self.selection.only_generated else frozen.chosen(corpus)

    @cached_property
    def shared(self) -> dict[str, list[Exchange]]:
        """By case: what was sent for a request that other cases need as well, once in each process; its answer is the last."""
        return {}

    @cached_property
    def shared_records(self) -> dict[str, dict[str, Any]]:
        """What the report says of each of those answers, by the name of its exchange."""
        return {}

    @cached_property
    def _tapes(self) -> dict[Path, Tape]:
        return {}

    def close(self) -> None:
        """Closes the connections to the target."""
        if "_live_client" in vars(self):
            self._live_client.close()

    def wire(self, case: str) -> Recorder:
        """The wire of one case, keeping its exchanges."""
        if self.mode != "replay":
            return Recorder(self._live_client)
        return Recorder(Replay(lambda: self._cassette(case), self.token))

    def _cassette(self, case: str) -> Cassette:
        return self._tape(case).cassette(case) if is_generated(case) else Cassette.load(self._path(case))

    def _tape(self, case: str) -> Tape:
        """The tape of a generated case: one for each operation."""
        topic, _, rest = case.partition(".")
        path = self.cassettes / f"{topic}.{rest.split('-')[1]}.jsonl"
        return self._tapes.setdefault(path, Tape(path))

    def patient(self, recorder: Recorder) -> Patient:
        """The wire that asks again where the target could not answer now. A replay has nothing to wait for."""
        return Patient(recorder, self.limits, _no_sleep) if self.mode == "replay" else Patient(recorder, self.limits)

    def keep(self, case: str, exchanges: list[Exchange]) -> None:
        """Writes the cassette of a case that sent something."""
        if exchanges and is_generated(case):
            self._tape(case).keep(case, exchanges, self.redactor)
        elif exchanges:
            recorded_from = recordings.provenance_of(exchanges)
            metadata = {"case": case, **self.provenance, "recorded_from": recorded_from}
            save(self._path(case), exchanges, self.redactor, metadata)

    def check_recordings(self) -> None:
        """Raises `UsageError` if generated cases are recorded already and cannot be read: what is there would be lost."""
        for path in self.cassettes.rglob("corpus.*.jsonl"):
            try:
                Tape(path).check()
            except CassetteError as error:
                raise UsageError(f"{error}; give another --cassettes") from None

    def finish_recording(self) -> None:
        """Puts what was recorded of generated cases in its place."""
        for tape in self._tapes.values():
            tape.finish()

    def mend(self, case: str, error: CassetteError) -> str:
        """What a missing or corrupt cassette means for the user, in one line."""
        corpus = " --corpus full" if is_generated(case) else ""
        command = f"gateway-conformance record --base-url URL --cassettes {self.cassettes}{corpus} -k {keyword(case)!r}"
        return f"{case}: {error}; record it anew: {command}"

    def preflight(self) -> frozenset[str]:
        """Looks whether there is a gateway, and gives the documented models that it lacks. Raises `UsageError`."""
        surfaces = self.selection.surfaces or tuple(self.target.surfaces)
        look = Preflight(self.target, self.token, Patient(self._live_client, self.limits), surfaces)
        look.check()
        return look.lacking()

    def without(self, models: frozenset[str]) -> "Session":
        """The same run against a target that lacks `models`."""
        return replace(self, target=replace(self.target, lacking=models))

    def _path(self, case: str) -> Path:
        return self.cassettes / f"{case}.json"


def is_generated(case: str) -> bool:
    """Whether a case sends a generated request."""
    return "/corpus." in case


def keyword(case: str) -> str:
    """What `-k` finds a case by: a generated one by the digits at its end."""
    if is_generated(case):
        return case.rpartition("-")[2]
    return case.rpartition(".")[2].replace("-", " and ", 1)


def _no_sleep(_seconds: float) -> None:
    """Waiting has been recorded."""
