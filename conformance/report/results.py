"""results.json: what a run found, typed. It is written and read here alone, and every report is made of it.

Readers ignore members that they do not know. The JSON Schema beside this module is made of these types
(`python -m conformance.report.results`) and carries the same version.
"""

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from conformance.checks.findings import Kind
from conformance.checks.verdicts import RunVerdict, Verdict
from conformance.errors import UsageError
from conformance.requirements import Level
from conformance.requirements.own import is_own

RESULTS = "results.json"
EXCHANGES = "exchanges.jsonl"
EVIDENCE = "evidence.jsonl"
ABOUT_BOTH_SIDES = "PROXY-"
"""How the ids of requirements begin that are about both sides of a proxy."""
SCHEMA_VERSION: Literal[1] = 1
SCHEMA = Path(__file__).with_name("results.schema.json")

Capability = Literal["text", "stream", "images", "audio", "video", "thinking", "effort", "tools"]
"""What a model may be asked for."""
Cell = Literal["answered", "kept", "refused", "no answer", "not asked"]
CaseVerdict = Verdict | Literal["error"]
Seconds = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Texts = tuple[str, ...]


def _says(text: str) -> Meta:
    """What a member is, as the schema says it."""
    return Meta(description=text)


def is_documentation(url: str) -> bool:
    """Whether a page may lead there: a report that somebody else has made may name anything."""
    return re.fullmatch(r"https?://[^\s\"'<>]+", url) is not None


class Suite(Struct, frozen=True, kw_only=True):
    """Which suite has judged."""

    name: Literal["gateway-conformance"]
    version: str
    openapi_sha256: Mapping[str, Sha256]
    catalogue_sha256: Sha256


class ProxyUsed(Struct, frozen=True, kw_only=True):
    """An HTTP proxy that requests went through, without its credential."""

    url: str
    named_by: Annotated[str, _says("The option or variable that names it, or that the target file does.")]


class AuthoritiesUsed(Struct, frozen=True, kw_only=True):
    """The certification authorities that certificates of TLS connections had to be signed by."""

    name: Annotated[str, _says("Of the file or directory, without where it lies.")]
    certificates: Annotated[Count, _says("How many the file holds.")]
    sha256: Annotated[Sha256 | None, _says("Of the file; null for a directory.")]
    named_by: str


class ClientCertificateUsed(Struct, frozen=True, kw_only=True):
    """The certificate that was there for a target that wants one."""

    subject: str
    named_by: str


class Network(Struct, frozen=True, kw_only=True):
    """How a live run got to its target, where that was not directly and with the system's certificates."""

    proxies: Annotated[Mapping[str, ProxyUsed], _says("By surface; one that is left out was reached directly.")] = {}
    ca_bundle: AuthoritiesUsed | None = None
    client_certificate: ClientCertificateUsed | None = None


class Target(Struct, frozen=True, kw_only=True):
    """What was under test."""

    name: str
    mode: Literal["replay", "live"]
    surfaces: Annotated[Mapping[str, str], _says("By surface: its base URL.")]
    provenance: Annotated[str, _says("Whose behaviour was judged: reference, live.")]
    recorded_since: Annotated[str | None, _says("When the oldest recording was made.")] = None
    recorded_at: Annotated[str | None, _says("When the newest recording was made.")] = None
    altered: Annotated[Texts, _says("Recordings that were changed since they were made.")] = ()
    resumed: Annotated[Count, _says("Cases that an earlier run had recorded, not sent again.")] = 0
    all_resumed: bool = False
    recorded_in_part: Annotated[
        tuple[dict[str, Any], ...], _says("The selections that were recorded, if not all.")
    ] = ()
    auth_type: Annotated[
        str | None, _says("How requests authenticated: token, none, or a name of databricks-sdk, such as oauth-m2m.")
    ] = None
    models: Annotated[Mapping[str, str] | None, _says("Documented model id to the target's name.")] = None
    models_by_surface: Annotated[
        Mapping[str, Mapping[str, str]], _says("By surface: the names there that differ from those in models.")
    ] = {}
    not_offered: Annotated[
        Mapping[str, str], _says("Features that its target file does not claim, each with the reason.")
    ] = {}
    lacking: Annotated[Texts, _says("Documented models that it does not have.")] = ()
    rechunked: Annotated[str | None, _says("How a replay changed the chunks of streams.")] = None
    network: Network | None = None

    def __post_init__(self) -> None:
        """Raises `ValueError` on a surface whose URL has no parts: what shows it takes it apart."""
        for url in self.surfaces.values():
            urlsplit(url)


class Transferred(Struct, frozen=True, kw_only=True):
    """Bytes of bodies."""

    sent: Count
    received: Count


class Tokens(Struct, frozen=True, kw_only=True):
    """Tokens as the target counts them."""

    input: int
    output: int


class Selection(Struct, frozen=True, kw_only=True):
    """Which part of the catalogue the run was about."""

    surfaces: Texts
    levels: Texts = ()
    requirements: Texts = ()
    smoke: bool = False
    cheap: bool
    statistics: bool = False
    all_models: bool = False
    corpus: Annotated[
        str, Meta(description="Of the requests made from the specs.", pattern=r"^(none|smoke|standard|full|.*\.jsonl)$")
    ] = "standard"
    keyword: str = ""
    markers: str = ""
    left_out: Texts = ()
    paths: Texts = ()
    own: Annotated[Texts, _says("Files and directories of own cases: they narrow nothing of the catalogue.")] = ()
    shard: Annotated[str, Meta(description="K/N: one of N parts of it.", pattern=r"^([1-9]\d*/[1-9]\d*)?$")] = ""
    failed_in: Annotated[str, _says("Only what had not passed in the report of the run that began then.")] = ""
    conformance_profile: Annotated[str, _says("Only what the profile of this name and month asks for.")] = ""


class Shard(Struct, frozen=True, kw_only=True):
    """What shows that the shards of a run are whole: together they hold each selected case once."""

    cases: Annotated[Texts, _says("Ids of the cases that fell to this shard.")]
    selected: Annotated[Count, _says("How many cases all shards have together.")]
    selected_sha256: Annotated[Sha256, _says("Of the ids of those, sorted, a line each.")]


class TakenOver(Struct, frozen=True, kw_only=True):
    """What an earlier report of a run had judged, and what was not sent again when the run was continued."""

    started_at: Annotated[str, Meta(description="When it began: RFC 3339.", extra_json_schema={"format": "date-time"})]
    cases: Annotated[Texts, _says("Ids of the cases.")]


class Catch(Struct, frozen=True, kw_only=True):
    """A fault of the reference gateway that the requirement was seen to report for the stated reason."""

    fault: str
    says: str
    told: str


class RequirementRow(Struct, frozen=True, kw_only=True):
    """A requirement of the catalogue and its verdict, tested or not."""

    id: str
    level: Level
    surface: str
    verdict: Verdict
    cases: Texts
    note: str
    statement: str = ""
    source: Texts = ()
    origin: str = ""
    catches: tuple[Catch, ...] = ()
    uncaught: Annotated[str, _says("Why it was seen to catch none; empty if it was.")] = ""
    reality: Annotated[str, _says("Where real gateways are known to do otherwise than the page says.")] = ""
    unscored: Annotated[str, _says("Why it does not count in the profile that the run is about.")] = ""
    known: Annotated[bool, _says("Whether all that was found against it is a known deviation.")] = False


class Cause(Struct, frozen=True, kw_only=True):
    """A reason for which requirements did not simply pass: each of them stands under one cause."""

    summary: Annotated[str, _says("What was answered to what, in a line.")]
    verdict: Annotated[Verdict, _says("The worst of its requirements.")]
    requirements: Annotated[Texts, _says("Ids, in the order of the catalogue.")]
    cases: Annotated[Count, _says("How many cases came upon it.")]
    exchange: Annotated[str, _says("Id of one that shows it; empty if there is none.")] = ""


class Finding(Struct, frozen=True, kw_only=True):
    """What a case found about a requirement; `exchange` is the id of the one that it is about."""

    requirement: str
    exchange: str = ""
    kind: Kind = "violation"
    message: str
    expected: str
    actual: str
    path: str

    @property
    def line(self) -> str:
        """What is wrong and what was seen, in a line."""
        return f"{self.message} ({self.actual})" if self.actual else self.message


class Variation(Struct, frozen=True, kw_only=True):
    """What a request that was made from a spec varies of the plain one."""

    operation: Annotated[str, Meta(min_length=1, description="The operationId that it asks for.")]
    mode: Annotated[Literal["positive", "negative"], _says("Whether it fits the spec, or breaks it.")]
    place: Annotated[str, _says("The dotted path of what it varies, [] for any member of a list; empty: the body.")]
    kind: Annotated[str, Meta(min_length=1, description="In which way: enum_value, incorrect_type, ...")]


class ModelRow(Struct, frozen=True, kw_only=True):
    """A documented model on one surface: what it was asked for there, and what came of that."""

    model: str
    surface: str
    capabilities: Annotated[
        Mapping[Capability, Cell], _says("Of all requests for it, the best: answered, kept from the caller, refused.")
    ]


class CaseRow(Struct, frozen=True, kw_only=True):
    """What one case found."""

    id: str
    requirements: Texts
    verdicts: Mapping[str, Verdict] = {}
    notes: Annotated[Mapping[str, str], _says("Why a requirement was not applicable.")] = {}
    verdict: CaseVerdict
    duration_s: Seconds
    findings: tuple[Finding, ...]
    observations: tuple[Finding, ...]
    exchanges: Annotated[Texts, _says("Ids of the exchanges in exchanges.jsonl.")]
    tokens: Annotated[Tokens, _says("That the target counted for its own exchanges.")] = Tokens(input=0, output=0)
    provenance: Annotated[str, _says("Whose behaviour it shows: reference, live; or altered.")] = "live"
    known: Annotated[Texts, _says("Requirements of which all that it found is a known deviation.")] = ()
    error: str = ""
    usage_error: Annotated[bool, _says("Whether the error is the user's to mend.")] = False
    varies: Variation | UnsetType = UNSET


class LimitChange(Struct, frozen=True, kw_only=True):
    """A limit of rate that a run has changed."""

    at_s: Annotated[Seconds, _says("Since the run began to send.")]
    model: Annotated[str, _says("Whose limit; empty: that of all requests.")] = ""
    limit: Annotated[str, _says("in flight, requests a minute, tokens a minute, or pause, in seconds.")]
    before: Annotated[float | None, _says("null: none.")] = None
    after: float
    reason: str


class Timeline(Struct, frozen=True, kw_only=True):
    """What a run was doing when, in steps since it began to send."""

    step_s: Annotated[float, Meta(gt=0, description="Seconds of a step.")]
    in_flight: Annotated[tuple[Count, ...], _says("By step: the most requests that were under way at once.")]
    waiting: Annotated[tuple[Count, ...], _says("By step: the most that waited for a limit at once.")]
    throttled: Annotated[tuple[Count, ...], _says("By step: answers with 429.")]


class KeptLimits(Struct, frozen=True, kw_only=True):
    """How fast a live run was allowed to send, and how often that was changed."""

    requests_per_minute: Annotated[float | None, _says("As an option or the target file gives it.")] = None
    tokens_per_minute: float | None = None
    concurrency: float | None = None
    throttled: Annotated[Count, _says("Answers with 429.")] = 0
    slowed: Annotated[Count, _says("How often the run was slowed down for them: once for those at the same time.")] = 0
    waited_s: Annotated[Seconds, _says("In which at least one request waited for a limit.")] = 0.0
    most_in_flight: Count = 0
    changes: tuple[LimitChange, ...] = ()
    more_changes: Annotated[Count, _says("Changes that are not kept here.")] = 0
    timeline: Timeline | None = None


class Spread(Struct, frozen=True, kw_only=True):
    """Seconds: the median, and the 95th percentile."""

    median: Seconds
    p95: Seconds


class TimingRow(Struct, frozen=True, kw_only=True):
    """When the whole successes of a model on a surface came, in seconds since each was asked for."""

    surface: str
    model: str
    streamed: bool
    exchanges: Count
    first_s: Annotated[Spread, _says("Until the first byte of the body.")]
    gap_s: Annotated[Spread | None, _says("Between two pieces of a stream; null without any.")] = None
    total_s: Annotated[Spread, _says("Until the last byte.")]


class Timing(Struct, frozen=True, kw_only=True):
    """When answers came: in this run, or when the recordings were made that it judges."""

    of: Literal["run", "recording"]
    rows: tuple[TimingRow, ...]


class ConformanceProfile(Struct, frozen=True, kw_only=True):
    """The profile that the verdict is about, and how far the run got with it."""

    name: str
    date: Annotated[str, Meta(description="The month of its publication.", pattern="^[0-9]{4}-[0-9]{2}$")]
    sha256: Annotated[Sha256, _says("Of its file.")]
    required: Annotated[Count, _says("How many requirements count.")]
    decided: Annotated[Count, _says("How many of them were passed, warned or failed.")]
    not_applicable: Annotated[Count, _says("How many of them do not apply to the target.")] = 0


class Deviation(Struct, frozen=True, kw_only=True):
    """What a target is known to do otherwise, as deviations.toml has it."""

    requirement: str
    case: Annotated[str, _says("If it is about this case alone.")] = ""
    model: Annotated[str, _says("If it is about this documented model alone.")] = ""
    verdict: Annotated[Literal["failed", "warned", "inconclusive"], _says("The one that is expected.")]
    owner: str = ""
    reason: str = ""
    ticket: str = ""
    first_seen: date
    expires: Annotated[date, _says("Its last day, in UTC.")]


Outcome = Literal["happened", "did_not_happen", "expired", "not_decided"]
"""What became of a deviation in a run. Not decided: what it is about was not judged, or not whole."""


class DeviationRow(Struct, frozen=True, kw_only=True):
    """A known deviation, and what became of it."""

    deviation: Deviation
    outcome: Outcome
    found: Annotated[Verdict, _says("Of what it is about.")]
    cases: Annotated[Texts, _says("Ids of the cases that have found it.")] = ()


class NotCovered(Struct, frozen=True, kw_only=True):
    """What was found of a requirement beyond the deviations from it that have happened: it fails the run."""

    requirement: str
    case: str
    model: Annotated[str, _says("The documented model that was asked; empty if that is not known.")] = ""
    found: str
    more: Annotated[Count, _says("Further cases that have found what is not covered.")] = 0


class Deviations(Struct, frozen=True, kw_only=True):
    """The known deviations of a target, in the order of their file."""

    rows: tuple[DeviationRow, ...]
    in_part: Annotated[Texts, _says("Requirements among them of which the selection left cases out.")] = ()
    not_covered: Annotated[tuple[NotCovered, ...], _says("One for each requirement of which not all is known.")] = ()


ChangeOutcome = Literal["broken", "fixed", "changed", "new", "gone", "unchanged"]
"""What became of a requirement since an earlier run. New and gone: it was not looked at in the earlier or the later one."""


class VerdictChange(Struct, frozen=True, kw_only=True):
    """A requirement and its verdicts in two runs."""

    requirement: str
    outcome: ChangeOutcome
    old: Annotated[str, _says("The verdict in the earlier run; absent if its catalogue had no such requirement.")]
    new: str
    note: Annotated[str, _says("What the later run says of it.")]


class Baseline(Struct, frozen=True, kw_only=True):
    """An earlier report, and what has changed since."""

    target: Annotated[str, _says("What it was about.")]
    started_at: Annotated[str, Meta(description="When it began: RFC 3339.", extra_json_schema={"format": "date-time"})]
    verdict: RunVerdict
    same_suite: Annotated[bool, _says("Whether it was judged by the same version and catalogue.")]
    changes: Annotated[tuple[VerdictChange, ...], _says("In the order of their ids, without what is as it was.")]


class OwnRequirements(Struct, frozen=True, kw_only=True):
    """What a team has declared beside cases of its own: no part of the contract, nor of the verdict on it."""

    name: Annotated[str, _says("Of the directory that declares them.")]
    sha256: Annotated[Sha256, _says("Of the file that declares them.")]
    verdict: Annotated[RunVerdict, _says("On these alone.")]
    counts: Annotated[Mapping[str, Count], _says("By verdict: how many of them.")]
    requirements: tuple[RequirementRow, ...]


class Results(Struct, frozen=True, kw_only=True):
    """What a run found."""

    schema_version: Literal[1]
    suite: Suite
    documentation: Annotated[str, _says("Where its documentation is published; empty if that is not known.")] = ""
    target: Target
    clients: Mapping[str, str]
    started_at: Annotated[str, Meta(description="RFC 3339.", extra_json_schema={"format": "date-time"})]
    duration_s: Seconds
    requests: Count
    bytes: Transferred = Transferred(sent=0, received=0)
    tokens: Tokens
    verdict: RunVerdict
    counts: Annotated[Mapping[str, Count], _says("By verdict: how many requirements.")] = {}
    scope: Annotated[
        Texts, _says("How far the verdict reaches, in words: surfaces, models, MUSTs, what is not offered.")
    ] = ()
    partial: Annotated[bool, _says("Whether that is less than all that the documents promise of a gateway.")] = False
    complete: bool
    incomplete: Annotated[Texts, _says("Why the run is not complete.")] = ()
    selection: Selection
    conformance_profile: Annotated[ConformanceProfile | None, _says("Of a run that was about one.")] = None
    shard: Annotated[Shard | None, _says("Of a run of one shard.")] = None
    taken_over: Annotated[TakenOver | None, _says("Of a run that was continued.")] = None
    errors: Texts
    limits: Annotated[KeptLimits | None, _says("Of rate; null for a replay.")] = None
    timing: Annotated[Timing | None, _says("null if the times are not known.")] = None
    causes: Annotated[tuple[Cause, ...], _says("Why requirements did not simply pass, the worst first.")] = ()
    deviations: Annotated[Deviations | None, _says("Of a run with --deviations.")] = None
    baseline: Annotated[Baseline | None, _says("Of a run with --baseline.")] = None
    requirements: tuple[RequirementRow, ...]
    models: Annotated[tuple[ModelRow, ...], _says("The models that were asked, by surface.")] = ()
    own: Annotated[tuple[OwnRequirements, ...], _says("What own cases decided; the ids of those begin with own/.")] = ()
    cases: tuple[CaseRow, ...]

    def of_level(self, level: Level) -> tuple[RequirementRow, ...]:
        """The requirements of one level."""
        return tuple(row for row in self.requirements if row.level == level)

    @property
    def of_both_sides(self) -> tuple[RequirementRow, ...]:
        """The requirements about both sides of a proxy that cases have decided: none unless somebody watched both."""
        return tuple(row for row in self.requirements if row.id.startswith(ABOUT_BOTH_SIDES) and row.cases)

    @property
    def own_asked_for(self) -> tuple[OwnRequirements, ...]:
        """What is one's own, of each declaration of which a case was run."""
        return tuple(one for one in self.own if any(row.cases for row in one.requirements))

    @property
    def is_of_own_alone(self) -> bool:
        """Whether own cases alone were run: the verdict on the contract says nothing then."""
        return bool(self.own_asked_for) and all(is_own(case.id) for case in self.cases)

    @property
    def verdicts_asked_for(self) -> tuple[RunVerdict, ...]:
        """The verdict on the contract, unless own cases alone were run, and on what is one's own, if a case of it was."""
        return (*([] if self.is_of_own_alone else [self.verdict]), *(one.verdict for one in self.own_asked_for))

    @property
    def headline_verdict(self) -> RunVerdict:
        """What a headline is about: the contract, or, where own cases alone were run, the worst on what is one's own."""
        found = self.verdicts_asked_for if self.is_of_own_alone else (self.verdict,)
        return next((one for one in ("nonconformant", "inconclusive") if one in found), found[0])

    def with_verdict(self, verdict: str) -> tuple[RequirementRow, ...]:
        """The requirements that got this verdict."""
        return tuple(row for row in self.requirements if row.verdict == verdict)


class RequestRecord(Struct, frozen=True, kw_only=True):
    """A request as exchanges.jsonl has it: cut and redacted. `bytes` is the length of the body that was sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str
    bytes: int


class ResponseRecord(Struct, frozen=True, kw_only=True):
    """A response as exchanges.jsonl has it: cut and redacted. `bytes` and `chunks` are those that arrived."""

    status: int
    headers: Mapping[str, str]
    body: str
    bytes: int
    chunks: int


class UpstreamRecord(Struct, frozen=True, kw_only=True):
    """What a proxy asked of its upstream for one request, and the answer that it was given there."""

    request: RequestRecord
    response: ResponseRecord | None
    failure: str
    after_s: float
    """Since the request in front was sent."""


class ExchangeRecord(Struct, frozen=True, kw_only=True):
    """A line of exchanges.jsonl: what a reader needs of one exchange."""

    id: str
    case: str
    request: RequestRecord
    response: ResponseRecord | None
    failure: str
    curl: str
    upstream: tuple[UpstreamRecord, ...] | UnsetType = UNSET
    """What was asked behind the target, in its order; absent where nobody watched."""

    @property
    def status(self) -> str:
        """The HTTP status, if there is one."""
        return str(self.response.status) if self.response else "no answer"


class ExchangeTimes(Struct, frozen=True, kw_only=True):
    """When the answer of one exchange came, in seconds since it was asked for. `gaps_s` are sorted, and not all of many."""

    surface: str
    model: str
    streamed: bool
    first_s: float
    total_s: float
    gaps_s: tuple[float, ...] = ()


class CaseResult(Struct, frozen=True, kw_only=True):
    """What one case found, with its exchanges, as it travels from the process that ran it to the one that reports."""

    id: str
    requirements: Texts
    verdict: CaseVerdict
    verdicts: Mapping[str, Verdict]
    """By requirement; empty if the case broke."""
    duration_s: float
    findings: tuple[Finding, ...] = ()
    """Violations, warnings and undecided ones."""
    observations: tuple[Finding, ...] = ()
    notes: Mapping[str, str] = {}
    """Why a requirement was not applicable."""
    exchanges: tuple[ExchangeRecord, ...] = ()
    tokens: tuple[int, int] = (0, 0)
    """Input and output tokens that the target reported."""
    times: Mapping[str, ExchangeTimes] = {}
    """By id of an exchange: when its answer came."""
    provenance: str = "live"
    varies: Variation | UnsetType = UNSET
    error: str = ""
    usage_error: bool = False
    """Whether the error is the user's to mend: a missing or corrupt cassette."""
    bodies: dict[str, bytes] = {}
    """By id of an exchange: the body of its request, if its curl command sends a file."""

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON, for xdist."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "CaseResult":
        """The inverse of `to_json`."""
        return msgspec.convert(document, cls)

    def row(self) -> CaseRow:
        """The case as results.json has it."""
        return CaseRow(
            id=self.id,
            requirements=self.requirements,
            verdicts=self.verdicts,
            notes=self.notes,
            verdict=self.verdict,
            duration_s=round(self.duration_s, 4),
            findings=self.findings,
            observations=self.observations,
            exchanges=tuple(exchange.id for exchange in self.exchanges),
            tokens=Tokens(input=self.tokens[0], output=self.tokens[1]),
            provenance=self.provenance,
            error=self.error,
            usage_error=self.usage_error,
            varies=self.varies,
        )

    @classmethod
    def of_row(cls, row: CaseRow, exchanges: Mapping[str, "ExchangeRecord"]) -> "CaseResult":
        """The inverse of `row`, with the exchanges of the report by their ids. Raises `KeyError` if one is missing."""
        return cls(
            id=row.id,
            requirements=row.requirements,
            verdict=row.verdict,
            verdicts=row.verdicts,
            duration_s=row.duration_s,
            findings=row.findings,
            observations=row.observations,
            notes=row.notes,
            exchanges=tuple(exchanges[name] for name in row.exchanges),
            tokens=(row.tokens.input, row.tokens.output),
            provenance=row.provenance,
            varies=row.varies,
            error=row.error,
            usage_error=row.usage_error,
        )


def to_text(value: Struct, *, indent: int = 0) -> str:
    """Results or an exchange as JSON text; lone surrogates, which a target may have sent, stay the escapes that they were."""
    try:
        encoded = msgspec.json.encode(value)
        return (msgspec.json.format(encoded, indent=indent) if indent else encoded).decode()
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=indent or None)
        return text.encode(errors="backslashreplace").decode()


def is_results(path: Path) -> bool:
    """Whether a path, or the results.json in it, holds the results of a run against a gateway."""
    try:
        return bool(json.loads(_file(path).read_bytes())["requirements"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def read(path: Path) -> Results:
    """Reads the results of a run from its report directory or its results.json. Raises `UsageError`."""
    file = _file(path)
    try:
        return parsed(file.read_bytes(), file)
    except OSError as error:
        raise _unreadable(file, error) from None


def parsed(source: bytes, file: Path) -> Results:
    """The results in what was read from a file. Raises `UsageError`."""
    try:
        # Not with msgspec's own decoder: that refuses the lone surrogates that some targets send.
        return msgspec.convert(json.loads(source), Results)
    except (ValueError, RecursionError) as error:
        raise _unreadable(file, error) from None


def _unreadable(file: Path, error: Exception) -> UsageError:
    return UsageError(
        f"{file} cannot be read ({type(error).__name__}: {error}); give what `gateway-conformance run` has written"
    )


def read_cases(path: Path, results: Results) -> list[CaseResult]:
    """What each case of a report has found, with its exchanges: `results` as `read` gives them. Raises `UsageError`."""
    file = _file(path).with_name(EXCHANGES)
    try:
        by_id = {record.id: record for record in parsed_exchanges(file.read_bytes(), file)}
        return [CaseResult.of_row(row, by_id) for row in results.cases]
    except KeyError as missing:
        raise UsageError(f"{file} lacks the exchange {missing.args[0]}: the report is not whole") from None
    except OSError as error:
        raise _not_whole(file, error) from None


def parsed_exchanges(source: bytes, file: Path) -> list[ExchangeRecord]:
    """The exchanges in what was read from a file. Raises `UsageError`."""
    try:
        lines = source.decode("utf-8").split("\n")
        return [msgspec.convert(json.loads(line), ExchangeRecord) for line in lines if line]
    except (ValueError, RecursionError) as error:
        raise _not_whole(file, error) from None


def _not_whole(file: Path, error: Exception) -> UsageError:
    return UsageError(
        f"{file} cannot be read ({type(error).__name__}: {error}); give a whole report directory of `run`"
    )


def _file(path: Path) -> Path:
    return path / RESULTS if path.is_dir() else path


def json_schema() -> dict[str, Any]:
    """The JSON Schema of results.json, draft 2020-12."""
    schema = msgspec.json.schema(Results, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:gateway-conformance:results:{SCHEMA_VERSION}",
        "title": f"results.json of gateway-conformance, version {SCHEMA_VERSION}",
        "description": "Readers ignore unknown members: what is not named here may come and go.",
        **schema,
    }


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
