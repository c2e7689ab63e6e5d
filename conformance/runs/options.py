"""The options of a run, declared once: `run` and `record` take them as they are, pytest with the prefix `--gateway-`."""

from collections.abc import Iterable
from dataclasses import dataclass

PREFIX = "--gateway-"
"""Other plugins of pytest own the short names."""


@dataclass(frozen=True)
class Option:
    """One option: a flag, or one that takes a value, which `metavar` stands for."""

    name: str
    help: str
    metavar: str = ""
    default: str | int | float | None = None

    @property
    def is_flag(self) -> bool:
        """Whether it takes no value."""
        return not self.metavar


LIVE = Option("live", "Send real requests: to --base-url, --target or --profile, or what the environment names.")
TARGET = (
    Option("base-url", "The workspace root, such as https://my-workspace.example.", "URL"),
    Option("target", "A target file: URLs, models and credentials of any gateway.", "FILE.toml"),
    Option("profile", "A profile of ~/.databrickscfg: the credential, and the host if none is given.", "NAME"),
)
NETWORK = (
    Option(
        "proxy",
        "The HTTP proxy that all requests go through: http://[USER:PASSWORD@]HOST:PORT.  [default: HTTPS_PROXY, HTTP_PROXY, "
        "ALL_PROXY, but for NO_PROXY and this machine]",
        "URL",
    ),
    Option(
        "ca-bundle",
        "The certification authorities that are trusted, in PEM.  [default: SSL_CERT_FILE, SSL_CERT_DIR, "
        "REQUESTS_CA_BUNDLE, or the system's]",
        "FILE",
    ),
    Option("client-cert", "The certificate to show to the target, with its key in the same PEM file.", "FILE|CERT,KEY"),
    Option("no-env", "Take neither a proxy nor certificates from the environment."),
)
CASSETTES = Option("cassettes", "Replay these recordings instead of the bundled ones.", "DIR")
RECHUNK = Option(
    "rechunk",
    "Replay streams in other chunks, which may change no verdict: bytes, characters, crlf, random[:SEED], comments[:SEED].",
    "HOW",
)
RECORD = Option("record", "Keep the exchanges of a live run as cassettes.")
AGAIN = Option("again", "Send and record again what is recorded there already.")
SURFACE = Option("surface", "Only chat, responses, gemini, serving; comma-separated.", "NAMES", "")
SELECTION = (
    Option("report-dir", "Where the report goes.  [default: reports/<run>]", "DIR"),
    SURFACE,
    Option("level", "Only MUST, SHOULD, MAY, INFO; comma-separated.", "LEVELS", ""),
    Option("requirement", "Only these requirements; comma-separated.", "IDS", ""),
    Option(
        "conformance-profile",
        "Only what this profile asks for, and the verdict is about that: see `profiles`.",
        "NAME",
        "",
    ),
    Option(
        "smoke", "Only some 20 requests: each surface, a limit on images, the 400s of Responses, a shape of reasoning."
    ),
    Option("cheap", "Leave out what sends much: hundreds of images, megabytes."),
    Option(
        "corpus",
        "Of the requests made from the specs: none, smoke, standard, full, or a file of them.  [default: standard, smoke "
        "with --cheap, none with --smoke]",
        "SIZE",
    ),
    Option("statistics", "Add what asks the same many times over: defaults of effort."),
    Option("all-models", "Add the models of which the documents tell no limits."),
)
PARTS = (
    Option("failed", "Only what did not pass in this earlier report of the same target and selection.", "REPORT"),
    Option(
        "resume", "Continue the live run of this report: what it has judged is taken over, the rest is sent.", "REPORT"
    ),
    Option("shard", "Only one of N parts that cost about the same; `merge` makes one report of all.", "K/N"),
)
DEVIATIONS = Option(
    "deviations", "What the target is known to do otherwise: it fails no run, unless it is over.", "FILE"
)
BASELINE = Option("baseline", "An earlier report: what has changed since is told in this one.", "REPORT")
DOCUMENTATION = Option(
    "docs-url",
    "Where your team has published the site of this documentation: the report links each requirement to its page there.",
    "URL",
)
OUTPUTS = (
    Option("markdown", "Write a summary there too, for a pull request or the step of a workflow.", "FILE"),
    Option("ctrf", "Write each case there too, as CTRF: the Common Test Report Format, in JSON.", "FILE"),
    Option("badge", "Write a badge of the run there too, as shields.io takes it.", "FILE"),
    Option("ndjson", "Write the run and each verdict there too, one line of JSON each.", "FILE"),
    Option("prometheus", "Write them as metrics, for the textfile collector of the node exporter.", "FILE"),
)
EXCHANGE_LIMITS = (
    Option("timeout", "Longest silence, in seconds.", "S", 120.0),
    Option("total-timeout", "Longest exchange, in seconds.", "S", 300.0),
    Option("max-body", "Largest answer that is read.", "MB", 16.0),
    Option(
        "patience",
        "What requests may cost, in seconds, while none succeeds; then nothing more is sent, to that URL or at all.",
        "S",
        240.0,
    ),
)
CONCURRENCY = Option("concurrency", "Requests of a live run that are under way at once.", "N", 8)
LIMITS = (
    *EXCHANGE_LIMITS,
    Option("max-time", "How long a run may send, in seconds; what is not asked by then is undecided.", "S", 1800.0),
)
BUDGET = (
    Option("max-requests", "How many requests a run may send, retries and the preflight among them.", "N"),
    Option(
        "max-tokens", "How many tokens requests and answers may have together, by their caps before they are sent.", "N"
    ),
)
RATE = (
    Option("rpm", "Requests a minute that are sent at most; 429s slow a run down without it, too.", "N"),
    Option("tpm", "Tokens a minute that are asked for at most.", "N"),
)
ALL = (
    LIVE, *TARGET, *NETWORK, CASSETTES, RECHUNK, RECORD, AGAIN, *SELECTION, *PARTS, DEVIATIONS, BASELINE,
    DOCUMENTATION, *OUTPUTS, CONCURRENCY, *LIMITS, *BUDGET, *RATE,
)  # fmt: skip


def as_arguments(options: Iterable[tuple[str, object]]) -> list[str]:
    """Options by name, with `_` or `-`, as pytest takes them. What is None, False or empty is left out; 0 is a value."""
    arguments = []
    for name, value in options:
        option = PREFIX + name.replace("_", "-")
        if value is True:
            arguments.append(option)
        elif value is not None and value is not False and value != "":
            arguments.append(f"{option}={value}")
    return arguments
