"""Text from an untrusted target, made harmless for a terminal and for XML."""

import re

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls: the cursor, colours, titles
    "\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069"  # marks of direction, and what has no width
    "\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"  # line ends, no characters, tags
)


def safe(text: str) -> str:
    """`text` with every unsafe character shown as its escape."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def one_line(text: str) -> str:
    """`text` on one line."""
    return safe(text.replace("\r", " ").replace("\n", " "))
