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
from conformance.requirements import families


def deciding(requirement: str, family: str, *values: int, smoke: bool = False) -> ParameterSet:
    """The parameters for one family, which decides its own requirement."""
    marks = [decides(requirement), *([pytest.mark.smoke] if smoke else [])]
    return pytest.param(family, *values, marks=marks, id=family)


def costly(parameters: ParameterSet) -> ParameterSet:
    """The same parameters, which a cheap run leaves out."""
    return parameters._replace(marks=(*parameters.marks, pytest.mark.costly))


@pytest.mark.parametrize(
    "family", ["claude", *(costly(pytest.param(family)) for family in ("gpt-5", "gemma", "llama"))]
)
@decides("IMG-DATAURI")
def test_data_uri(chat: Chat, family: str) -> None:
    """An image as a data URI is accepted before a text, and alone. After a text it stands wherever formats are asked."""
    chat = chat.of_family(family)
    question, picture = text("What colour is this?"), image("red-64.jpg")
    for parts in ([picture, question], [picture]):
        chat.accepts(body(*parts), control=ask("What colour is this?"))


@pytest.mark.parametrize(
    "family", ["claude", "gpt-5", *(costly(pytest.param(family)) for family in ("gemma", "llama"))]
)
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
        costly(deciding("IMG-CLAUDE-COUNT", "claude", 100)),
        costly(deciding("IMG-GPT5-COUNT", "gpt-5", 500)),
    ],
)
def test_count_limit(chat: Chat, family: str, limit: int) -> None:
    """As many images as the table says are accepted, one more is refused."""
    chat = chat.of_family(family)
    full = chat.accepts(images(limit), control=images(1), what=f"a request with {limit} images")
    chat.refuses(images(limit + 1), control=full)


OTHERS = [
    pytest.param(model, limit, marks=decides(requirement), id=model)
    for family, requirement, limit in (("claude", "IMG-CLAUDE-COUNT", 100), ("gpt-5", "IMG-GPT5-COUNT", 500))
    for model in families()[family][1:]
]
"""The models that share a row with the one that is asked first."""


@pytest.mark.parametrize(("model", "limit"), OTHERS)
@pytest.mark.costly
def test_count_limit_of_the_row(chat: Chat, model: str, limit: int) -> None:
    """The limit of a row is that of each model in it."""
    chat = chat.on(model)
    full = chat.accepts(images(limit), control=images(1), what=f"a request with {limit} images")
    chat.refuses(images(limit + 1), control=full)


@decides("IMG-CLAUDE-20-NOT-A-LIMIT")
def test_claude_ai_figure_is_no_limit(chat: Chat) -> None:
    """21 small images are accepted: the figure 20 is about Claude.ai."""
    chat.of_family("claude").accepts(images(21), control=images(20))


FORMATS = pytest.mark.parametrize(
    "family",
    [
        deciding("IMG-CLAUDE-FORMATS", "claude"),
        deciding("IMG-GPT5-FORMATS", "gpt-5"),
        costly(deciding("IMG-GEMMA-FORMATS", "gemma")),
        costly(deciding("IMG-LLAMA-FORMATS", "llama")),
    ],
)


@FORMATS
def test_formats(chat: Chat, family: str) -> None:
    """JPEG, PNG, WebP and a still GIF are accepted."""
    chat = chat.of_family(family)
    for name in ("jpg", "png", "webp", "gif"):
        chat.accepts(images(1, f"red-64.{name}"), control=images(0), what=f"an image as {name}")


@pytest.mark.costly
@FORMATS
def test_formats_that_are_not_listed(chat: Chat, judge: Judge, family: str) -> None:
    """Formats that are not listed are recorded."""
    chat = chat.of_family(family)
    listed = chat.ask(images(1))
    for name in ("bmp", "avif"):
        seen = refused(chat.send(images(1, f"red-64.{name}")), listed.exchange)
        judge(as_warnings(seen, f"an image as {name}"))


@pytest.mark.costly
@decides("IMG-CLAUDE-FORMATS")
def test_format_under_another_name(chat: Chat) -> None:
    """A PNG that calls itself a JPEG: recorded."""
    part = {"type": "image_url", "image_url": {"url": data_uri("red-64.png", called="image/jpeg")}}
    chat.of_family("claude").records(body(text("What is this?"), part), "a PNG called image/jpeg")


@pytest.mark.parametrize("family", ["gemma", "llama"])
@decides("IMG-GEMMALLAMA-ALLPROCESSED")
def test_all_images_are_processed(chat: Chat, judge: Judge, family: str) -> None:
    """Of one, four and five images each more adds to prompt_tokens: whatever limit there is, none is dropped in silence."""
    chat = chat.of_family(family)
    costs_more(judge, [(f"images: {number}", chat.ask(images(number))) for number in (1, 4, 5)])
