"""Token counts: simple, deterministic rules that grow with what was really sent.

No tokenizer is imitated. What a count has to show is that every part of a request was read, and that an answer kept its
cap; for both a rule that anyone can redo by hand serves best.

==========  ===================================================================================================
text        one token for every 4 characters begun
message     3 tokens on top of what it holds
image       scaled down until its long edge is 1568 px, then one token for 750 px begun, at most 1600
audio       32 tokens a second begun in milliseconds: `ceil(32 s)`
video       290 tokens a second: 258 of a frame, 32 of sound
==========  ===================================================================================================
"""

from math import ceil
from typing import Literal

CHARACTERS_A_TOKEN = 4
MESSAGE = 3
LONG_EDGE = 1568
PIXELS_A_TOKEN = 750
IMAGE_MOST = 1600
_A_SECOND = {"audio": 32, "video": 290}


def of_text(text: str) -> int:
    """Tokens of a text; 0 for the empty one."""
    return -(-len(text) // CHARACTERS_A_TOKEN)


def cut(text: str, most: int) -> str:
    """The longest beginning of `text` that counts at most `most` tokens."""
    return text[: most * CHARACTERS_A_TOKEN]


def of_image(width: int, height: int) -> int:
    """Tokens of an image of this many pixels, after it was scaled down if it was too large; at least 1."""
    scale = min(1.0, LONG_EDGE / max(width, height))
    return min(IMAGE_MOST, ceil(width * scale * height * scale / PIXELS_A_TOKEN))


def of_image_in_full(width: int, height: int) -> int:
    """Tokens of an image that is not scaled down, as no gateway should count it."""
    return ceil(width * height / PIXELS_A_TOKEN)


def of_media(kind: Literal["audio", "video"], seconds: float) -> int:
    """Tokens of a recording of this length in seconds; at least 1."""
    return max(1, ceil(_A_SECOND[kind] * seconds))
