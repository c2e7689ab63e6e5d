"""How a proxy is declared: what it does to what it carries."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.reference.variant import Fault, Variant

Body = dict[str, Any]
BodyEdit = Callable[[str, Body], Any]
"""Takes the surface and the JSON of a request or an answer, and edits it in place."""
EventsEdit = Callable[[str, list[Body]], list[Body]]
"""What becomes of the events of a stream. To edit them the whole stream is waited for."""
HeadersEdit = Callable[[dict[str, str]], None]
"""Edits the headers of the upstream's request in place; the caller's credential stands in `authorization`."""

PROXY_FAULTS: dict[str, "ProxyFault"] = {}
PROXY_VARIANTS: dict[str, "ProxyVariant"] = {}
PROXIES: dict[str, "ProxyFault | ProxyVariant"] = {}
"""All of them by name."""


@dataclass(frozen=True, slots=True)
class Quirk:
    """What sets a proxy apart from one that passes all on as it is."""

    body: BodyEdit | None = None
    headers: HeadersEdit | None = None
    answer: BodyEdit | None = None
    events: EventsEdit | None = None
    status: Callable[[int], int] | None = None
    loses: frozenset[str] = frozenset()
    """Headers of the upstream's answer that do not arrive."""
    adds: Mapping[str, str] = field(default_factory=dict)
    """Headers that an answer has on top."""
    times: int = 1
    """How often the upstream is asked for one request."""
    retries: frozenset[int] = frozenset()
    """Statuses of the upstream after which it is asked once more."""
    holds_back: bool = False
    """Whether a stream is sent when it has ended."""
    mends: bool = False
    """Whether a stream that broke off is ended as if it were whole, and an error told as an answer."""
    caches: Callable[[Body], object] | None = None
    """By what of a request an answer is kept for those that are alike."""
    crosses: bool = False
    """Whether of two requests that are under way at once each gets the other's answer."""
    translates: bool = False
    """Whether the upstream is asked on chat for what is asked on Gemini."""
    encoding: str = ""
    """`gzip`: bodies go to the upstream compressed; `chunked`: in chunks, without a length."""


TRANSPARENT = Quirk()


@dataclass(frozen=True, slots=True)
class ProxyVariant(Variant):
    """A proxy that differs, and is right."""

    quirk: Quirk = TRANSPARENT


@dataclass(frozen=True, slots=True)
class ProxyFault(Fault):
    """A proxy that is wrong."""

    quirk: Quirk = TRANSPARENT


def proxy_fault(name: str, *, says: str, breaks: Mapping[str, str], **quirk: Any) -> None:
    """Declares a wrong proxy: its name, one sentence on what is wrong, and who must report it in which words."""
    fault = ProxyFault(name, says, declared_in=_declared_in(), breaks=breaks, quirk=Quirk(**quirk))
    assert name not in PROXIES, f"two proxies are named {name}"
    PROXY_FAULTS[name] = PROXIES[name] = fault


def proxy_variant(name: str, says: str, **quirk: Any) -> None:
    """Declares a proxy that differs and is right."""
    assert name not in PROXIES, f"two proxies are named {name}"
    PROXY_VARIANTS[name] = PROXIES[name] = ProxyVariant(name, says, declared_in=_declared_in(), quirk=Quirk(**quirk))


def _declared_in() -> str:
    module = sys._getframe(2).f_globals["__name__"].rpartition(".")[2]  # noqa: SLF001  # whose declaration this is
    return f"reference/proxies/{module}.py"
