"""Heavy images: as heavy as promised, valid, and the same every time."""

import base64
import hashlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from conformance.probing.payloads import WIDTH, heavy_body, heavy_images, image_bytes, png
from conformance.probing.surface import to_json

MIB_10 = 10 * 1024 * 1024
BODIES = (100_000, 3_900_000, 9_900_000, MIB_10 + 200_000)
IMAGES = (3_900_000, 9_900_000, (MIB_10 + 200_000) * 4 // 3)


def encoded(body: dict[str, Any]) -> list[str]:
    """The images of a body in base64."""
    urls = [part["image_url"]["url"] for part in body["messages"][0]["content"][1:]]
    assert all(url.startswith("data:image/png;base64,") for url in urls)
    return [url.partition(",")[2] for url in urls]


@pytest.mark.parametrize("size", BODIES)
def test_heavy_body_is_exact_but_for_the_model(size: int) -> None:
    body = heavy_body(size)
    assert len(to_json(body)) == size
    model = {"model": "system.ai.gpt-5"}
    assert len(to_json(model | body)) - size == len(to_json(model)) - 1  # {} becomes a comma
    assert 0 <= size - sum(map(len, encoded(body))) < 20_000  # nearly all of it is image


@pytest.mark.parametrize("number", [1, 4, 7])
@pytest.mark.parametrize("weight", IMAGES)
def test_heavy_images_are_below_and_near(weight: int, number: int) -> None:
    images = encoded(heavy_images(weight, number))
    assert len(images) == number
    assert 0 <= weight - sum(map(len, images)) <= number * 3 * WIDTH


def test_heavy_images_pass_the_limit_by_either_count() -> None:
    assert image_bytes(heavy_images(IMAGES[-1])) > MIB_10  # decoded, too
    assert image_bytes(heavy_images(IMAGES[-1])) == sum(
        map(len, map(base64.b64decode, encoded(heavy_images(IMAGES[-1]))))
    )
    assert len(to_json(heavy_images(IMAGES[0]))) < 4_000_000
    assert sum(map(len, encoded(heavy_images(IMAGES[1])))) < 10_000_000


@pytest.mark.parametrize(("weight", "rows"), [(0, 1), (2_201, 1), (2_202, 2), (100_000, 99), (2_670_440, 2_667)])
def test_png_is_valid(weight: int, rows: int) -> None:
    data = png(weight)
    with Image.open(BytesIO(data)) as image:
        image.load()
        assert (image.format, image.mode, image.size) == ("PNG", "L", (WIDTH, rows))
        assert len(set(image.tobytes())) > 200  # noise
    assert abs(len(data) - weight) <= WIDTH + 200


def test_payloads_are_the_same_every_time() -> None:
    digest = hashlib.sha256(to_json(heavy_body(3_900_000))).hexdigest()
    png.cache_clear()
    again = hashlib.sha256(to_json(heavy_body(3_900_000))).hexdigest()
    assert digest == again == "33d48be0872205eeea9c3f301eb56b9b6e71659609d580bcfce88bf4982bf39d"
