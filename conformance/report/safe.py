"""Text from an untrusted target, made harmless for a terminal and for XML."""

import re

# Control characters can move the cursor, recolour or retitle a terminal; bidirectional marks can reorder what is read.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")


def safe(text: str) -> str:
    """`text` with every unsafe character shown as its escape."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def one_line(text: str) -> str:
    """`text` on one line."""
    return safe(text.replace("\r", " ").replace("\n", " "))
