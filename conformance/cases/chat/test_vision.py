"""Vision: image parts, formats and counts, for each family of the table of input image requirements."""

import pytest
from _pytest.mark import ParameterSet

from conformance.cases import decides
from conformance.checks.answers import refused
from conformance.checks.findings import as_warnings
from conformance.probing.growth import costs_more
from conformance.probing.judge import Judge
from conformance.probing.probes import ask, data_uri, image, images, text
from conformance.probing.probes import chat as body
from conformance.probing.surface import Chat

FAMILIES = pytest.mark.parametrize("family", ["claude", "gpt-5", "gemma", "llama"])


def deciding(requirement: str, family: str, *values: int, smoke: bool = False) -> ParameterSet:
    """The parameters for one family, which decides its own requirement."""
    marks = [decides(requirement), *([pytest.mark.smoke] if smoke else [])]
    return pytest.param(family, *values, marks=marks, id=family)


@FAMILIES
@decides("IMG-DATAURI")
def test_data_uri(chat: Chat, family: str) -> None:
    """An image as a data URI next to a text is accepted: text first, image first, image alone."""
    chat = chat.of_family(family)
    question, picture = text("What colour is this?"), image("red-64.jpg")
    for parts in ([question, picture], [picture, question], [picture]):
        chat.accepts(body(*parts), control=ask("What colour is this?"))


@FAMILIES
@decides("IMG-MULTI", "IMG-TOKENS-IN-USAGE")
def test_several_images(chat: Chat, judge: Judge, family: str) -> None:
    """Several images in one message are accepted and read: two different ones, and the same one twice."""
    chat = chat.of_family(family)
    question, red, blue = text("Do these differ?"), image("red-64.png"), image("blue-64.png")
    none, one = (chat.ask(body(question, *parts)) for parts in ([], [red]))
    costs_more(judge, [("no image", none), ("one image", one)], "IMG-TOKENS-IN-USAGE")
    for second, words in ((blue, "two different images"), (red, "the same image twice")):
        two = chat.accepts(body(question, red, second), "IMG-MULTI", control=body(question))
        costs_more(judge, [("one image", one), (words, two)], "IMG-MULTI", "IMG-TOKENS-IN-USAGE")


@pytest.mark.parametrize(
    ("family", "limit"),
    [
        deciding("IMG-GEMMA-COUNT", "gemma", 5, smoke=True),
        deciding("IMG-LLAMA-COUNT", "llama", 5, smoke=True),
        deciding("IMG-CLAUDE-COUNT", "claude", 100),
        deciding("IMG-GPT5-COUNT", "gpt-5", 500),
    ],
)
@pytest.mark.costly
def test_count_limit(chat: Chat, family: str, limit: int) -> None:
    """As many images as the table says are accepted, one more is refused."""
    chat = chat.of_family(family)
    full = chat.accepts(images(limit), control=images(1), what=f"a request with {limit} images")
    chat.refuses(images(limit + 1), control=full)


@decides("IMG-CLAUDE-20-NOT-A-LIMIT")
def test_claude_ai_figure_is_no_limit(chat: Chat) -> None:
    """21 small images are accepted: the figure 20 is about Claude.ai."""
    chat.of_family("claude").accepts(images(21), control=images(20))


@pytest.mark.parametrize(
    "family",
    [
        deciding("IMG-CLAUDE-FORMATS", "claude"),
        deciding("IMG-GPT5-FORMATS", "gpt-5"),
        deciding("IMG-GEMMA-FORMATS", "gemma"),
        deciding("IMG-LLAMA-FORMATS", "llama"),
    ],
)
def test_formats(chat: Chat, judge: Judge, family: str) -> None:
    """JPEG, PNG, WebP and a still GIF are accepted. Formats that are not listed are recorded."""
    chat = chat.of_family(family)
    listed = [
        chat.accepts(images(1, f"red-64.{name}"), control=images(0), what=f"an image as {name}")
        for name in ("jpg", "png", "webp", "gif")
    ]
    for name in ("bmp", "tiff", "svg", "heic", "avif"):
        seen = refused(chat.send(images(1, f"red-64.{name}")), listed[0].exchange)
        judge(as_warnings(seen, f"an image as {name}"))


@decides("IMG-CLAUDE-FORMATS")
def test_format_under_another_name(chat: Chat) -> None:
    """A PNG that calls itself a JPEG: recorded."""
    part = {"type": "image_url", "image_url": {"url": data_uri("red-64.png", called="image/jpeg")}}
    chat.of_family("claude").records(body(text("What is this?"), part), "a PNG called image/jpeg")


@pytest.mark.parametrize("family", ["gemma", "llama"])
@decides("IMG-GEMMALLAMA-ALLPROCESSED")
def test_all_images_are_processed(chat: Chat, judge: Judge, family: str) -> None:
    """Each of one to five images adds to prompt_tokens: none is dropped in silence."""
    chat = chat.of_family(family)
    costs_more(judge, [(f"images: {number}", chat.ask(images(number))) for number in range(1, 6)])
