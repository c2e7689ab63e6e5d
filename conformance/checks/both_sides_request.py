"""What a proxy has made of a request: the one in front, held against the one that its upstream was sent."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks.findings import Finding, observation, violation
from conformance.checks.request_parts import RequestParts, parts_of
from conformance.checks.schema import spec
from conformance.wire.exchange import Exchange

Found = Iterator[tuple[str, Finding]]
"""Findings, each with the requirement that it is about."""
_AS_SENT = "as it was sent"
_DEFAULTS: Mapping[str, Any] = {"n": 1}
"""Parameters that change no answer by these values: they are what counts without them."""
_REQUESTS = {"chat": "ChatCompletionRequest", "responses": "ResponseRequest", "gemini": "GenerateContentRequest"}
_ANOTHER_NAME = {"max_completion_tokens": "max_tokens"}
"""Parameters that are one, by their newer name."""


def request_findings(front: Exchange, behind: Exchange) -> Found:
    """Each part of a request, as it arrived upstream; nothing of what is no question to a model."""
    sent, got = parts_of(front.request), parts_of(behind.request)
    if sent is None or got is None:
        return
    translated = sent.surface != got.surface
    yield from _ordered("PROXY-REQ-TEXT", "message", sent.texts, got.texts)
    yield from _ordered("PROXY-REQ-MEDIA", "medium", sent.media, got.media)
    if translated:
        yield from _ordered("PROXY-REQ-TOOLS", "tool", sent.tool_names(), got.tool_names())
        known, there = sent.shared(), got.shared()
        common = {name: value for name, value in known.items() if name in there or name != "stop"}
        yield from _named("PROXY-REQ-PARAMS", "parameter", common, there)
        return
    yield from _ordered("PROXY-REQ-TOOLS", "tool, call or result", sent.tools, got.tools)
    yield from _ordered("PROXY-REQ-REASONING", "block of reasoning", sent.reasoning, got.reasoning)
    yield from _parameters(sent, got)


def _parameters(sent: RequestParts, got: RequestParts) -> Found:
    """What the documents name and what they do not, each as it was sent; and nothing more."""
    names = spec(sent.surface)["components"]["schemas"][_REQUESTS[sent.surface]]["properties"]
    of_messages = {**sent.beside}
    known = {_ANOTHER_NAME.get(name, name): value for name, value in sent.parameters.items()}
    there = {_ANOTHER_NAME.get(name, name): value for name, value in got.parameters.items()}
    told = {name: value for name, value in known.items() if name.partition(".")[0] in names or name in names}
    unknown = {name: value for name, value in known.items() if name not in told} | of_messages
    yield from _named("PROXY-REQ-PARAMS", "parameter", told, there)
    yield from _named("PROXY-REQ-UNKNOWN", "member that no page names", unknown, there | got.beside)
    added = {
        name: value for name, value in {**there, **got.beside}.items() if name not in known and name not in of_messages
    }
    telling = {name: value for name, value in added.items() if _DEFAULTS.get(name) != value}
    for name, value in telling.items():
        yield (
            "PROXY-REQ-ADDED",
            violation(f"{name} is added", expected="nothing but what was sent", actual=value, path=name),
        )
    if not telling:
        kept = "nothing" if not added else f"{', '.join(added)}, by the value that counts without"
        yield "PROXY-REQ-ADDED", observation("beside what was sent", kept)


def _named(requirement: str, what: str, sent: Mapping[str, Any], got: Mapping[str, Any]) -> Found:
    for name, value in sent.items():
        if name not in got:
            yield requirement, violation(f"{name} is dropped", expected=value, actual="absent", path=name)
        elif got[name] != value:
            yield requirement, violation(f"{name} is changed", expected=value, actual=got[name], path=name)
    if sent and all(got.get(name, got) == value for name, value in sent.items()):
        yield requirement, observation(f"each {what}", _AS_SENT)


def _ordered(requirement: str, what: str, sent: Sequence[str], got: Sequence[str]) -> Found:
    """Things that have an order: none is missing, changed or moved; what comes on top is told apart."""
    if list(sent) == list(got):
        if sent:
            yield requirement, observation(f"each {what}", _AS_SENT)
        return
    lost, new = list((Counter(sent) - Counter(got)).elements()), list((Counter(got) - Counter(sent)).elements())
    if lost and new and len(lost) == len(new):
        yield requirement, violation(f"a {what} is changed", expected=lost[0], actual=new[0])
    elif lost:
        yield requirement, violation(f"a {what} is dropped", expected=lost[0], actual=new[0] if new else "absent")
    elif new:
        yield "PROXY-REQ-ADDED", violation(f"a {what} is added", expected="nothing but what was sent", actual=new[0])
    else:
        yield requirement, violation(f"the order of each {what} is changed", expected=sent, actual=got)
