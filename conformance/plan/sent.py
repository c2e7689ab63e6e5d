"""What a rehearsal notes of each request: where it goes, which model it asks, and what it weighs."""

from dataclasses import dataclass
from typing import Any

import msgspec

UNCAPPED_TOKENS = 1024
"""Output tokens that are assumed of an answer whose request gives no cap."""


@dataclass(frozen=True)
class Sent:
    """One request. `surface`, `model` (a documented one) and `family` are empty where it belongs to none."""

    surface: str
    model: str
    family: str
    bytes: int
    """Of its body."""
    input_tokens: int
    """As the reference counts them; 0 of a request that it refuses."""
    output_tokens: int
    """The most that the answer may have; 0 of a request that the reference refuses."""
    is_capped: bool
    """Whether the request itself gives that most, or has no answer to cap."""


class Asked(msgspec.Struct):
    """What of a request's body says which model is asked, and for how much. Whatever else stands in it is passed over."""

    model: Any = None
    max_tokens: Any = None
    max_completion_tokens: Any = None
    max_output_tokens: Any = None
    generationConfig: Any = None  # noqa: N815  # Google's name
    n: Any = None

    @classmethod
    def of(cls, body: bytes) -> "Asked":
        """From the bytes of a body, which may be anything."""
        try:
            return _DECODER.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return cls()

    @property
    def cap(self) -> int | None:
        """The most output tokens of all answers to this request together; None if it gives no cap."""
        config = self.generationConfig if isinstance(self.generationConfig, dict) else {}
        caps = (self.max_completion_tokens, self.max_tokens, self.max_output_tokens, config.get("maxOutputTokens"))
        cap, choices = _first_count(*caps), _first_count(self.n, config.get("candidateCount"))
        return None if cap is None else cap * (choices or 1)


_DECODER = msgspec.json.Decoder(Asked)


def _first_count(*values: Any) -> int | None:
    """The first of these that is a number of something; None if none is."""
    return next((value for value in values if type(value) is int and value > 0), None)
