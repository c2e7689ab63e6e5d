"""The table of axes and of what is asked along them, for docs/axes.md: `python -m conformance.probing.axes_page` writes it."""

from collections.abc import Iterable, Iterator

from conformance.probing.axes import MODELS, TWO_VALUED, Asked, axes_of, drawn, sufficient
from conformance.probing.drawn import IN_WORDS, PROMISES
from conformance.resources import PACKAGE

PAGE = PACKAGE.parent / "docs" / "axes.md"
_PLAINEST = {
    "transport": "one JSON document",
    "length": "no cap, a short answer",
    "turn": "the first turn",
    "letters": "ASCII",
    "encoding": "identity",
    "system": "no system message",
}
_NAMES = {"encoding": "Accept-Encoding", "system": "system message"}
_INTRODUCTION = """\
# Axes

What a surface promises holds for each model that the documents name for it, streamed and whole, cut and not, in the first turn
and in a later one. Asking every combination would take thousands of requests. Instead they are drawn, always the same ones, so
that each two values of different axes meet in one request at least: about twice as many requests as there are models.

A request that is not answered is taken apart: the plainest request to the same model is sent, then each value by itself, and
what is told is which of them is refused. A cheap run (`--cheap`) asks each family once, and each other value once.

This page is written by `python -m conformance.probing.axes_page`.
"""
_FURTHER = (
    (
        "`IMG-CLAUDE-COUNT`, `IMG-GPT5-COUNT`, `IMG-GEMMA-COUNT`, `IMG-LLAMA-COUNT`",
        "each model of the row; at its limit, one over it",
        "chat/test_vision.py",
    ),
    (
        "`IMG-TOKENS-IN-USAGE`",
        "families; in the last message, in the first of two in a row, in an earlier turn; small, over 1 MB",
        "chat/test_vision.py chat/test_image_places.py",
    ),
    ("`RESP-TEXT-IMAGE`", "no image, one, two", "responses/test_items.py"),
    ("`CHAT-STREAM-USAGE`", "families, with include_usage", "chat/test_axes.py"),
    (
        "`REASON-BUDGET-LT-MAX`",
        "whole, and streamed in a later turn; below, equal, above",
        "chat/test_reasoning.py chat/test_reasoning_axes.py",
    ),
    ("`REASON-CLAUDE-ENABLE`", "each listed model", "chat/test_reasoning.py chat/test_reasoning_axes.py"),
    (
        "`REASON-OSS-VALUES`, `REASON-GPT51-NONE`, `REASON-GPT51-OVERRIDE`, `REASON-GEMINI-EFFORT`",
        "each effort that is printed for the model",
        "chat/test_reasoning.py",
    ),
    (
        "`RESP-400-BACKGROUND`, `RESP-400-STORE`, `RESP-400-PREVIOUS-RESPONSE-ID`, `RESP-400-SERVICE-TIER`",
        "whole, streamed, on the serving path; each service tier",
        "responses/test_unsupported_parameters.py",
    ),
    ("`REQUEST-UNLABELLED`, `ANSWER-OWN`", "surfaces", "shared/test_requests.py"),
)
"""What is about one parameter: the requirements, what they are asked along, and the files of the cases."""


def page() -> str:
    """The page as Markdown."""
    return "\n".join((_INTRODUCTION, *_axes(), "", *_requests(), *_further(), ""))


def _axes() -> Iterator[str]:
    yield "## What is drawn\n"
    yield from _row("axis", "plainest", "otherwise", *MODELS)
    yield from _row(*["---"] * (3 + len(MODELS)))
    promised = [f"{len(models)}: `{PROMISES[surface]['model']}`" for surface, models in MODELS.items()]
    yield from _row("model", "the preferred one", "each that the documents name", *promised)
    for axis, (_, value) in TWO_VALUED.items():
        promises = [f"`{PROMISES[surface][axis]}`" if axis in axes_of(surface) else "-" for surface in MODELS]
        yield from _row(_NAMES.get(axis, axis), _PLAINEST[axis], f"{value}: {IN_WORDS[value]}", *promises)
    yield from _row("requests", "", "", *(str(len(drawn(surface))) for surface in MODELS))
    yield from _row("of a cheap run", "", "", *(str(len(sufficient(surface))) for surface in MODELS))


def _requests() -> Iterator[str]:
    for surface, models in MODELS.items():
        yield f"## Requests to {surface}\n"
        yield from _row("model", "whole", "streamed")
        yield from _row("---", "---", "---")
        for model in models:
            whole, streamed = (
                [one for one in drawn(surface) if (one.model, one.transport) == (model, way)]
                for way in TWO_VALUED["transport"]
            )
            yield from _row(f"`{model}`", _said(whole), _said(streamed))
        yield ""


def _further() -> Iterator[str]:
    yield "## Further axes\n"
    yield "Where a promise is about one parameter, its cases go along the axes by themselves.\n"
    yield from _row("promise", "along", "cases")
    yield from _row("---", "---", "---")
    for promise, along, cases in _FURTHER:
        yield from _row(promise, along, ", ".join(f"`conformance/cases/{case}`" for case in cases.split()))


def _said(asked: Iterable[Asked]) -> str:
    """What the requests hold beside the plainest, apart by semicolons."""
    return "; ".join(", ".join(_specials(one)) or "plain" for one in asked)


def _specials(asked: Asked) -> Iterator[str]:
    yield from (value for axis, value in asked.special() if axis != "transport")


def _row(*cells: str) -> Iterator[str]:
    yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
