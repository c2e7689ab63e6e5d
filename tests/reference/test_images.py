"""Images: formats, counts, sizes, payloads, and that each one is seen."""

import random
from base64 import b64encode
from typing import Any

import pytest

from conformance import media
from conformance.reference import tokens

from .client import Client, data_uri, image

LISTED = {
    "red-64.png": "image/png",
    "red-64.jpg": "image/jpeg",
    "red-64.webp": "image/webp",
    "red-64.gif": "image/gif",
}
UNLISTED = {
    "red-64.bmp": "image/bmp",
    "red-64.tiff": "image/tiff",
    "red-64.svg": "image/svg+xml",
    "red-64.avif": "image/avif",
}
FAMILIES = ("claude-sonnet-4-5", "gpt-5", "gemma-3-12b", "llama-4-maverick")


@pytest.mark.parametrize("model", FAMILIES)
def test_listed_formats_are_seen_and_others_refused(client: Client, model: str) -> None:
    for name, media_type in LISTED.items():
        answer = client.chat([{"type": "text", "text": "Which colour?"}, image(name, media_type)], model)
        assert "1 red " in answer.json()["choices"][0]["message"]["content"]
    for name, media_type in UNLISTED.items():
        assert client.chat([image(name, media_type)], model).status_code == 400


@pytest.mark.parametrize(("model", "accepted"), [("gpt-5", False), ("claude-sonnet-4-5", True), ("gemma-3-12b", True)])
def test_animated_gif_is_refused_by_gpt5_alone(client: Client, model: str, accepted: bool) -> None:
    answer = client.chat([image("animated-64.gif", "image/gif")], model)
    assert (answer.status_code == 200) is accepted


@pytest.mark.parametrize(
    ("model", "most"), [("claude-sonnet-4-5", 100), ("gpt-5", 500), ("gemma-3-12b", 5), ("llama-4-maverick", 5)]
)
def test_count_limit_on_both_sides(client: Client, model: str, most: int) -> None:
    accepted = client.chat([image()] * most, model)
    assert accepted.status_code == 200
    assert f"{most} images" in accepted.json()["choices"][0]["message"]["content"]
    assert client.chat([image()] * (most + 1), model).status_code == 400


def test_counts_hold_for_the_whole_request(client: Client) -> None:
    def spread(*contents: list[Any]) -> int:
        messages: list[Any] = []
        for content in contents:
            messages += [{"role": "user", "content": content}, {"role": "assistant", "content": "I see."}]
        return client.chat(messages=messages[:-1]).status_code

    assert spread([image()] * 50, [image()] * 50) == 200
    assert spread([image()] * 50, [image()] * 51) == 400
    assert spread([image("1bit-2001.png")] * 11, [image()] * 9) == 200
    assert spread([image("1bit-2001.png")] * 11, [image()] * 10) == 400


@pytest.mark.parametrize(
    ("name", "count", "status"),
    [
        ("1bit-8000.png", 1, 200),
        ("1bit-8000x16.png", 1, 200),
        ("1bit-8001.png", 1, 400),
        ("1bit-8001x16.png", 1, 400),
        ("1bit-16x8001.png", 1, 400),
        ("1bit-2001.png", 20, 200),
        ("1bit-2000.png", 21, 200),
        ("1bit-2001.png", 21, 400),
    ],
)
def test_claude_sizes(client: Client, name: str, count: int, status: int) -> None:
    assert client.chat([image(name)] * count).status_code == status


def test_every_image_adds_tokens_and_large_ones_are_scaled_down(client: Client) -> None:
    def counted(*images: dict[str, Any]) -> int:
        answer = client.chat([{"type": "text", "text": "Colours?"}, *images])
        return int(answer.json()["usage"]["prompt_tokens"])

    none, one, two = counted(), counted(image()), counted(image(), image("blue-64.png"))
    assert (one - none, two - one) == (tokens.of_image(64, 64),) * 2
    assert counted(image("1bit-4000.png")) == counted(image("1bit-1568.png")) == none + tokens.IMAGE_MOST


def test_differing_images_are_told_apart(client: Client) -> None:
    answer = client.chat([image("red-64.png"), image("blue-64.png"), image("green-64.png")])
    said = answer.json()["choices"][0]["message"]["content"]
    assert said.index("red") < said.index("blue") < said.index("green")


def _padded(size: int) -> dict[str, Any]:
    """An image part whose data URI holds about so many characters: a PNG with noise after its end."""
    noise = random.Random(1).randbytes(size * 3 // 4)
    return {
        "type": "image_url",
        "image_url": {"url": "data:image/png;base64," + b64encode(media.load("red-64.png") + noise).decode()},
    }


@pytest.mark.parametrize(
    ("model", "size", "status"),
    [
        ("gpt-5", 9_900_000, 200),
        ("gpt-5", 10_600_000, 413),
        ("gemma-3-12b", 10_600_000, 200),
        ("gemma-3-12b", 14_200_000, 400),
        ("llama-4-maverick", 14_200_000, 400),
    ],
)
def test_payload_limits_in_the_reading_of_each_family(client: Client, model: str, size: int, status: int) -> None:
    assert client.chat([_padded(size)], model).status_code == status


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/ant.jpg",
        "data:image/png;base64,",
        "data:image/png;base64,!!!",
        "data:image/png;base64,AAAA",
        "data:image/png,AAAA",
        "data:text/plain;base64,AAAA",
        data_uri("red-64.png", "image/png")[:-40] + "AAAA",
        "",
    ],
)
def test_what_is_no_image_is_refused(client: Client, url: str) -> None:
    assert client.chat([{"type": "image_url", "image_url": {"url": url}}]).status_code == 400


def test_models_without_vision_refuse_images(client: Client) -> None:
    assert client.chat([image()], "gpt-oss-20b").status_code == 400
