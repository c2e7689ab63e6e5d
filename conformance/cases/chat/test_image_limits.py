"""Vision > Input image requirements: sizes in pixels, sizes in bytes, and over what they are counted."""

import pytest

from conformance.cases import decides
from conformance.checks.answers import accepted, is_success, refused_or_recorded
from conformance.checks.findings import as_warnings, assume_member, observation, warning
from conformance.probing.judge import Judge
from conformance.probing.payloads import heavy_body, heavy_images
from conformance.probing.probes import chat as body
from conformance.probing.probes import image, images, text
from conformance.probing.surface import Chat
from conformance.requirements import families

MB = 1_000_000
MIB_10 = 10 * 1024 * 1024
TOKENS_A_PICTURE = 1700
"""What a picture costs at the most, by the documents, with a little room."""


def two_turns(first: int, second: int, name: str) -> dict[str, object]:
    """A chat body whose images are split over two user turns."""
    turn = [{"role": "user", "content": [text("Look."), *[image(name)] * number]} for number in (first, second)]
    return {"messages": [turn[0], {"role": "assistant", "content": "I see."}, turn[1]], "max_tokens": 128}


@decides("IMG-CLAUDE-8000")
def test_8000_px(chat: Chat) -> None:
    """8000 by 8000 px is accepted, 8001 by 8001 px refused."""
    claude = chat.of_family("claude")
    largest = claude.accepts(images(1, "1bit-8000.png"), control=images(1), what="8000x8000 px")
    claude.refuses(images(1, "1bit-8001.png"), control=largest)


@decides("IMG-CLAUDE-8000-ONESIDE")
def test_8000_px_on_one_side(chat: Chat) -> None:
    """One side over 8000 px is as good as two."""
    claude = chat.of_family("claude")
    longest = claude.accepts(images(1, "1bit-8000x16.png"), control=images(1), what="8000x16 px")
    claude.refuses(images(1, "1bit-8001x16.png"), control=longest)
    claude.refuses(images(1, "1bit-16x8001.png"), control=longest)


@decides("IMG-CLAUDE-20x2001")
def test_twenty_large_images(chat: Chat) -> None:
    """Up to 20 images may be larger than 2000 px."""
    chat.of_family("claude").accepts(images(20, "1bit-2001.png"), control=images(20))


@decides("IMG-CLAUDE-21x2000", "IMG-CLAUDE-21x2001")
def test_more_than_twenty_images(chat: Chat, judge: Judge) -> None:
    """Beyond 20 images, each may have 2000 px; 2001 px is too large, even for one among them."""
    claude = chat.of_family("claude")
    fitting = claude.accepts(images(21, "1bit-2000.png"), "IMG-CLAUDE-21x2000", control=images(21))
    claude.refuses_or_records(
        images(21, "1bit-2001.png"), "IMG-CLAUDE-21x2001", control=fitting, what="21 images of 2001 px", warns=True
    )
    one_large = body(text("Look."), *[image("red-64.png")] * 20, image("1bit-2001.png"))
    what = "one of 2001 px among 21"
    claude.refuses_or_records(one_large, "IMG-CLAUDE-21x2001", control=fitting, what=what, warns=True)


@pytest.mark.costly
@decides("IMG-CLAUDE-COUNT-SCOPE")
def test_counts_hold_for_the_request(chat: Chat) -> None:
    """Images are counted over all messages of a request."""
    claude = chat.of_family("claude")
    fitting = claude.accepts(two_turns(50, 50, "red-64.png"), control=two_turns(1, 1, "red-64.png"))
    claude.refuses(two_turns(50, 51, "red-64.png"), control=fitting)
    in_one = claude.send(images(21, "1bit-2001.png"))
    if not is_success(in_one):
        claude.refuses(two_turns(11, 10, "1bit-2001.png"), control=fitting)


@decides("IMG-CLAUDE-AUTOSCALE")
def test_large_images_are_scaled_down(chat: Chat, judge: Judge) -> None:
    """An image over 1568 px is accepted, and costs no more than about one of 1568 px."""
    claude = chat.of_family("claude")
    costs = []
    for name in ("1bit-1568.png", "1bit-1569.png", "1bit-4000.png"):
        answer = claude.accepts(images(1, name), control=images(1), what=name)
        costs.append(assume_member(answer.body, "usage.prompt_tokens", int))
    judge([observation("prompt_tokens of 1568, 1569 and 4000 px", costs)])
    if costs[2] - costs[0] > TOKENS_A_PICTURE:
        most = costs[0] + TOKENS_A_PICTURE
        judge([warning("a large image is not scaled down", expected=f"at most {most}", actual=costs[2])])


@pytest.mark.costly
@pytest.mark.heavy
@decides("IMG-GPT5-PAYLOAD", "IMG-GPT5-PAYLOAD-BAND")
def test_payload(chat: Chat, judge: Judge) -> None:
    """gpt-5: 10 MB for the whole request. 3.9 MB is accepted; over 10 MiB should be refused."""
    gpt = chat.of_family("gpt-5")
    light = gpt.accepts(heavy_body(3_900_000), "IMG-GPT5-PAYLOAD", control=images(1), what="a request of 3.9 MB")
    too_heavy = gpt.send(heavy_body(MIB_10 + 200_000))
    found = refused_or_recorded(too_heavy, light.exchange, "a request of over 10 MiB", warns=True)
    judge(found, "IMG-GPT5-PAYLOAD", about=too_heavy)
    judge(accepted(gpt.send(heavy_body(9_900_000)), "a request of 9.9 MB"), "IMG-GPT5-PAYLOAD-BAND")


@pytest.mark.costly
@pytest.mark.heavy
@pytest.mark.parametrize("family", ["gemma", "llama"])
@decides("IMG-GEMMALLAMA-PAYLOAD")
def test_payload_of_all_images(chat: Chat, judge: Judge, family: str) -> None:
    """gemma and llama: 10 MB over all images. 4 MB in base64 is accepted; over 10 MiB decoded should be refused."""
    chat = chat.of_family(family)
    light = chat.accepts(heavy_images(3_900_000), control=images(1), what="images of 3.9 MB")
    too_heavy = chat.send(heavy_images((MIB_10 + 200_000) * 4 // 3))
    found = refused_or_recorded(too_heavy, light.exchange, "images of over 10 MiB", warns=True)
    judge(found, about=too_heavy)
    judge(as_warnings(accepted(chat.send(heavy_images(9_900_000))), "images of 9.9 MB in base64"))


@pytest.mark.costly
@decides("IMG-GPT5-GIF-ANIMATED")
def test_animated_gif(chat: Chat) -> None:
    """gpt-5 lists the GIF that is not animated: one frame is accepted, two are outside the list."""
    gpt = chat.of_family("gpt-5")
    still = gpt.accepts(images(1, "red-64.gif"), control=images(1), what="a still GIF")
    gpt.refuses_or_records(images(1, "animated-64.gif"), control=still, what="an animated GIF")


@pytest.mark.costly
@pytest.mark.parametrize("family", ["claude", "gemma", "llama"])
@decides("IMG-OTHER-GIF-ANIMATED")
def test_animated_gif_elsewhere(chat: Chat, family: str) -> None:
    """The other rows say GIF and no more: recorded."""
    chat.of_family(family).records(images(1, "animated-64.gif"), "an animated GIF")


@pytest.mark.costly
@pytest.mark.parametrize("family", ["claude", "gpt-5", "gemini"])
@decides("IMG-HTTP-URL")
def test_image_by_url(chat: Chat, family: str) -> None:
    """Images by URL are not described: recorded."""
    part = {"type": "image_url", "image_url": {"url": "https://images.example/red.png"}}
    chat.of_family(family).records(body(text("What is this?"), part), "an image by URL")


@pytest.mark.costly
@pytest.mark.parametrize("family", ["gpt-5-1", "gpt-5-2", "gpt-5-4", "gpt-5-5", "gemini"])
@decides("IMG-GPT5-VARIANTS-UNLISTED")
def test_families_without_a_row(chat: Chat, family: str) -> None:
    """Families that the table does not list: whether they take an image is recorded."""
    chat.of_family(family).records(images(1), "one image")


@pytest.mark.all_models
@pytest.mark.costly
@pytest.mark.parametrize("model", ["gpt-5-1", "gpt-5-2", "gpt-5-4", "gpt-5-5", "gpt-5-5-pro", "gemini-3-1-pro"])
@decides("IMG-GPT5-VARIANTS-UNLISTED")
def test_limits_of_models_without_a_row(chat: Chat, model: str) -> None:
    """What the row of gpt-5 says, asked of models that have none: recorded."""
    chat = chat.on(model)
    for name in ("jpg", "webp", "gif"):
        chat.records(images(1, f"red-64.{name}"), f"an image as {name}")
    chat.records(images(1, "animated-64.gif"), "an animated GIF")
    chat.records(images(1, "1bit-8001.png"), "8001x8001 px")
    for count in (2, 6, 101, 501):
        chat.records(images(count), f"{count} images")
    chat.records(heavy_body(MIB_10 + 200_000), "a request of over 10 MiB")


@pytest.mark.parametrize(
    "model",
    [
        model if at == 0 else pytest.param(model, marks=pytest.mark.costly)
        for at, model in enumerate(families()["claude"])
    ],
)
@decides("IMG-CLAUDE-MODELLIST")
def test_every_listed_claude_sees(chat: Chat, model: str) -> None:
    """Vision works on each Claude model of the table."""
    chat.on(model).accepts(images(1), control=body(text("How many images are there?")))
