"""What the reference gateway allows: the documented limits, and its choice wherever the documents leave one.

`DOCUMENTED` conforms. Another limit or another legal choice is `replace(DOCUMENTED, field=...)`: that is how faults at a
boundary and variants that differ and are right are declared.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Literal

from conformance.reference.errors import Envelope
from conformance.reference.rates import RateRules

MEGABYTE = 1024 * 1024
"""The binary reading: what the documents call 10 MB is refused above 10,485,760 bytes."""

LISTED_FORMATS = frozenset({"JPEG", "PNG", "WEBP", "GIF"})


@dataclass(frozen=True, slots=True)
class ImageRules:
    """What one family takes (Vision > Input image requirements). Sides are pixels, payloads bytes; None is no limit."""

    most: int | None = None
    formats: frozenset[str] = LISTED_FORMATS
    animated_gif: bool = True
    side: int | None = None
    either_side: bool = True  # one side over the limit is enough
    crowd: int | None = None  # with more images than this,
    crowd_side: int | None = None  # none may have a longer side than this
    payload: int | None = None
    payload_of: Literal["request", "images"] = "request"
    looked_at: int | None = None  # how many of a message's images reach the model
    scope: Literal["request", "message"] = "request"  # what the counts hold for


_GPT5 = ImageRules(most=500, animated_gif=False, payload=10 * MEGABYTE)
_FIVE = ImageRules(most=5, payload=10 * MEGABYTE, payload_of="images")

DOCUMENTED_IMAGES: Mapping[str, ImageRules] = MappingProxyType(
    {
        "claude": ImageRules(most=100, side=8000, crowd=20, crowd_side=2000),
        "gpt-5": _GPT5,
        # No limits are given for the later ones: they get those of GPT-5.
        **dict.fromkeys(("gpt-5-1", "gpt-5-2", "gpt-5-4", "gpt-5-5", "gpt-5-5-pro"), _GPT5),
        "gemma": _FIVE,
        "llama": _FIVE,
        "gemini": ImageRules(),
    }
)
"""By family. A family that is absent takes no images."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits and choices of one gateway. The defaults are the documents', or the plainest reading of them."""

    # Credentials
    credentials: frozenset[str] = frozenset({"bearer", "basic"})
    credentials_needed: bool = True
    any_credential: frozenset[str] = frozenset()  # in these schemes the token itself is not looked at
    any_user_name: bool = False
    refused_credential_status: int = 401

    # Paths
    gemini_versions: frozenset[str] = frozenset({"v1beta"})
    gemini_families: frozenset[str] = frozenset({"gemini"})
    serving_paths: bool = True
    models_listed: bool = False

    # Models
    model_prefixes: tuple[str, ...] = ("system.ai.", "databricks-")
    models_absent: frozenset[str] = frozenset()
    unknown_model: str | None = None  # which one answers for those that do not exist
    unknown_model_status: int = 404
    services: Literal["listed", "hidden", "off"] = (
        "listed"  # as model services of Unity Catalog; hidden: none may be seen
    )
    services_a_page: int = 200
    services_kept: int = 0  # how many of the first ones this caller may not see

    # Errors
    envelope: Envelope = "databricks"
    gemini_envelope: Envelope = "google"
    malformed_status: int = 400

    # Rates
    rate: RateRules | None = None

    # Requests
    body_most: int = 32 * MEGABYTE
    too_large_status: int = 413
    unknown_fields: Literal["refuse", "ignore"] = "refuse"
    trailing_bytes: Literal["refuse", "ignore"] = "refuse"  # after the JSON of a request
    foreign_content_types: Literal["refuse", "read"] = "refuse"
    temperature_families: frozenset[str] | None = None  # None: all take it

    # Images, audio and video
    images: Mapping[str, ImageRules] = field(default_factory=lambda: DOCUMENTED_IMAGES)
    image_urls: bool = False
    media_families: frozenset[str] = frozenset({"gemini"})
    images_scaled: bool = True  # scaled down before they are counted
    youtube: bool = True
    counted: frozenset[str] = frozenset({"image", "audio", "video"})  # what adds to the input tokens

    # Reasoning
    budget_least: int | None = 1024
    budget_margin: int | None = 1  # tokens by which max_tokens must exceed budget_tokens
    reasoning_share: float = 0.5  # how much of a cap reasoning may eat
    reasoning_capped: bool = True  # whether a cap holds for reasoning and answer together, or for the answer alone
    reasoning_hidden: frozenset[str] = frozenset()  # families that show none of it
    signatures_checked: bool = True
    last_reasoning_only: bool = True
    reasoning_tokens_shown: bool = True
    default_efforts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # by family

    # Answers
    cap_excess: int | None = 0  # tokens by which an answer may exceed its cap; None: it is not kept
    longest_answer: int = 600  # tokens of an answer that was to be long
    answers_vary: bool = False  # in other words each time, and after more or less reasoning
    stops_calling: bool = False  # right after a tool's output no tool is called, even where tool_choice requires a call
    chat_stream_usage: Literal["always", "asked", "never"] = "always"
    chat_custom_tools: bool = False

    # Responses
    responses_families: frozenset[str] = frozenset({"gpt-5", "gpt-5-1", "gpt-5-2", "gpt-5-4", "gpt-5-5", "gpt-5-5-pro"})
    refused_parameters: frozenset[str] = frozenset({"background", "store", "previous_response_id", "service_tier"})
    no_op_values: Literal["refuse", "accept"] = "refuse"  # null, false and ""
    tool_types: frozenset[str] = frozenset(
        {"function", "custom", "apply_patch", "shell", "image_generation", "mcp", "web_search"}
    )
    item_id_most: int = 64

    # What every answer has besides, and whether it is compressed for those who take gzip
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    compressed: bool = False

    # Streams, as bytes
    newline: str = "\n"
    space_after_colon: bool = True
    comments: bool = False
    split_bytes: int | None = None  # send in pieces of so many bytes, wherever that cuts
    pause_s: float = 0.0  # seconds between two pieces
    held_back: frozenset[str] = frozenset()  # surfaces whose long streams come in one piece, at their end
    done_marker: bool = True

    def with_images(self, family: str, **changes: Any) -> "Policy":
        """This policy with other image rules for one family."""
        rules = replace(self.images.get(family, ImageRules()), **changes)
        return replace(self, images=MappingProxyType({**self.images, family: rules}))

    def under(self, other: "Policy") -> "Policy":
        """This policy with every limit and choice in which the other is not the documented one."""
        differing = {
            member.name: value
            for member in fields(Policy)
            if (value := getattr(other, member.name)) != getattr(DOCUMENTED, member.name)
        }
        return replace(self, **differing)


DOCUMENTED = Policy()
