"""Images: counted, measured, decoded and looked at (Vision > Input image requirements)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from conformance.reference.errors import Refusal
from conformance.reference.fields import bad
from conformance.reference.policy import ImageRules

if TYPE_CHECKING:
    from PIL import Image

_RECOGNISED = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "ICO", "PPM")
"""Formats that are told apart; which of them are taken is the policy's."""
_PIXELS_MOST = 8192 * 8192
"""Pixels of one image that are decoded at most, whatever the family allows: a small file may claim gigabytes."""
_COLOURS = {
    "red": (255, 0, 0),
    "green": (0, 160, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "orange": (255, 140, 0),
    "purple": (140, 0, 160),
    "cyan": (0, 255, 255),
    "white": (255, 255, 255),
    "grey": (128, 128, 128),
    "black": (0, 0, 0),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """What was seen of one image: format, size in pixels, and the name of the colour that covers most of it."""

    format: str
    width: int
    height: int
    colour: str


def look(messages: Sequence[Sequence[bytes]], rules: ImageRules | None, family: str) -> list[tuple[Picture, ...]]:
    """The pictures of each message, from the bytes of its images. Refuses what the rules of the family do not allow."""
    total = sum(map(len, messages))
    if not total:
        return [() for _ in messages]
    if rules is None:
        raise Refusal(f"Models of the family {family} take no images.", parameter="image_url")
    if rules.payload is not None and rules.payload_of == "images":
        _weigh(messages, rules.payload)
    seen: dict[bytes, Picture] = {}  # the same bytes are decoded once
    pictures = []
    for images in messages:
        count = total if rules.scope == "request" else len(images)
        if rules.most is not None and count > rules.most:
            raise Refusal(
                f"Too many images: {count}; at most {rules.most} are allowed in one {rules.scope}.",
                parameter="image_url",
            )
        side = rules.side
        if rules.crowd is not None and rules.crowd_side is not None and count > rules.crowd:
            side = min(rules.crowd_side, side) if side else rules.crowd_side
        looked_at = images[: rules.looked_at]
        for data in looked_at:
            if data not in seen:
                seen[data] = _decoded(data, rules, side)
        pictures.append(tuple(seen[data] for data in looked_at))
    return pictures


def _weigh(messages: Sequence[Sequence[bytes]], most: int) -> None:
    weight = sum(len(data) for images in messages for data in images)
    if weight > most:
        raise Refusal(f"The images hold {weight} bytes together; at most {most} are allowed.", parameter="image_url")


def _decoded(data: bytes, rules: ImageRules, side: int | None) -> Picture:
    """Opens an image by its header, judges it, and only then decodes its pixels."""
    from PIL import Image  # whoever only names the faults decodes nothing

    try:
        image = Image.open(BytesIO(data), formats=_RECOGNISED)
        kind, (width, height) = image.format or "unknown", image.size
        animated = kind == "GIF" and bool(getattr(image, "is_animated", False))
    except Exception as mistake:  # Pillow's readers raise whatever a broken header makes them raise
        raise bad("image_url", "is not an image that can be read") from mistake
    if kind not in rules.formats:
        taken = ", ".join(sorted(rules.formats))
        raise bad("image_url", f"is an image in the format {kind}, which is not supported (use {taken})")
    if animated and not rules.animated_gif:
        raise bad("image_url", "is an animated GIF, which is not supported")
    if side is not None and (max if rules.either_side else min)(width, height) > side:
        raise bad("image_url", f"is {width}x{height} px large; at most {side}x{side} px are allowed in this request")
    if width * height > _PIXELS_MOST:
        raise bad("image_url", f"is {width}x{height} px large, more than can be decoded")
    try:
        image.draft("RGB", (64, 64))  # a JPEG may be decoded at a fraction of its size
        image.load()
        sample = image.resize((8, 8), Image.Resampling.NEAREST).convert("RGB")
    except Exception as mistake:  # likewise for broken pixel data
        raise bad("image_url", "is an image that cannot be decoded") from mistake
    return Picture(kind, width, height, _colour(sample))


def _colour(sample: "Image.Image") -> str:
    _, most = max(sample.getcolors() or [])
    assert isinstance(most, tuple)
    return min(_COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(_COLOURS[name], most, strict=True)))


def described(pictures: Iterable[Picture]) -> str:
    """What was seen, in the order seen, like pictures together: `2 images: 1 red PNG of 64x64, 1 blue PNG of 64x64`."""
    counted = Counter(pictures)
    listed = ", ".join(f"{n} {p.colour} {p.format} of {p.width}x{p.height}" for p, n in counted.items())
    total = counted.total()
    return f"{total} image{'s' if total > 1 else ''}: {listed}"
