"""Faults of images: counts, sizes, formats, payloads, and images that are not looked at."""

from dataclasses import replace

from conformance.reference.faults.declared import fault, parts, refuse
from conformance.reference.policy import DOCUMENTED, LISTED_FORMATS, MEGABYTE, Policy


def _first_only(policy: Policy) -> Policy:
    """A policy that counts all images of a message and looks at the first."""
    for family in _COUNTS:
        policy = policy.with_images(family, looked_at=1)
    return policy


_COUNTS = {"claude": ("CLAUDE", 100), "gpt-5": ("GPT5", 500), "gemma": ("GEMMA", 5), "llama": ("LLAMA", 5)}
_SCOPED = {"claude": ("IMG-CLAUDE-COUNT-SCOPE",), "gemma": (), "llama": (), "gpt-5": ()}

for _family, (_topic, _most) in _COUNTS.items():
    _short = _family.replace("-", "")
    fault(
        f"images-{_short}-count-{_most - 1}",
        breaks=f"IMG-{_topic}-COUNT",
        says=f"{_family} refuses {_most} images, which are allowed",
        policy=DOCUMENTED.with_images(_family, most=_most - 1),
    )
    fault(
        f"images-{_short}-count-{_most + 1}",
        breaks=(f"IMG-{_topic}-COUNT", *_SCOPED[_family]),
        says=f"{_family} accepts {_most + 1} images, one too many",
        policy=DOCUMENTED.with_images(_family, most=_most + 1),
    )
    fault(
        f"images-{_short}-webp-refused",
        breaks=f"IMG-{_topic}-FORMATS",
        says=f"{_family} refuses WebP images, which are listed",
        policy=DOCUMENTED.with_images(_family, formats=LISTED_FORMATS - {"WEBP"}),
    )
    fault(
        f"images-{_short}-bmp-accepted",
        breaks=f"IMG-{_topic}-FORMATS",
        says=f"{_family} accepts BMP images, which are not listed",
        policy=DOCUMENTED.with_images(_family, formats=LISTED_FORMATS | {"BMP"}),
    )

fault(
    "images-claude-count-by-message",
    breaks="IMG-CLAUDE-COUNT-SCOPE",
    says="counts hold for each message instead of the whole request",
    policy=DOCUMENTED.with_images("claude", scope="message"),
)
fault(
    "images-claude-consumer-limit",
    breaks=("IMG-CLAUDE-20-NOT-A-LIMIT", "IMG-CLAUDE-COUNT", "IMG-CLAUDE-21x2000"),
    says="the 20 images of the consumer application are the limit of the API",
    policy=DOCUMENTED.with_images("claude", most=20),
)
fault(
    "images-claude-8000-refused",
    breaks="IMG-CLAUDE-8000",
    says="8000x8000 px are refused",
    policy=DOCUMENTED.with_images("claude", side=7999),
)
fault(
    "images-claude-8001-accepted",
    breaks=("IMG-CLAUDE-8000", "IMG-CLAUDE-8000-ONESIDE"),
    says="8001x8001 px are accepted",
    policy=DOCUMENTED.with_images("claude", side=8001),
)
fault(
    "images-claude-one-long-side-accepted",
    breaks="IMG-CLAUDE-8000-ONESIDE",
    says="only images over 8000 px on both sides are refused",
    policy=DOCUMENTED.with_images("claude", either_side=False),
)
fault(
    "images-claude-crowd-2000-refused",
    breaks="IMG-CLAUDE-21x2000",
    says="21 images of 2000 px are refused",
    policy=DOCUMENTED.with_images("claude", crowd_side=1999),
)
fault(
    "images-claude-crowd-2001-accepted",
    breaks=("IMG-CLAUDE-21x2001", "IMG-CLAUDE-COUNT-SCOPE"),
    says="21 images of 2001 px are accepted",
    policy=DOCUMENTED.with_images("claude", crowd_side=2001),
)
fault(
    "images-claude-crowd-from-20",
    breaks="IMG-CLAUDE-20x2001",
    says="20 images of 2001 px are refused: the crowd begins one image too early",
    policy=DOCUMENTED.with_images("claude", crowd=19),
)
fault(
    "images-claude-not-scaled",
    breaks="IMG-CLAUDE-AUTOSCALE",
    says="images with a long edge over 1568 px are refused instead of scaled down",
    policy=DOCUMENTED.with_images("claude", side=1568),
)
fault(
    "images-gpt5-animated-gif-accepted",
    breaks="IMG-GPT5-GIF-ANIMATED",
    says="gpt-5 accepts animated GIFs",
    policy=DOCUMENTED.with_images("gpt-5", animated_gif=True),
)
fault(
    "images-gpt5-payload-unlimited",
    breaks="IMG-GPT5-PAYLOAD",
    says="gpt-5 accepts requests over 10 MB",
    policy=DOCUMENTED.with_images("gpt-5", payload=None),
)
fault(
    "images-gpt5-payload-4mb",
    breaks="IMG-GPT5-PAYLOAD-BAND",
    says="gpt-5 refuses requests over 4 MB",
    policy=DOCUMENTED.with_images("gpt-5", payload=4 * MEGABYTE),
)
fault(
    "images-gemma-payload-unlimited",
    breaks="IMG-GEMMALLAMA-PAYLOAD",
    says="gemma accepts images over 10 MB in sum",
    policy=DOCUMENTED.with_images("gemma", payload=None),
)
fault(
    "images-llama-payload-1mb",
    breaks="IMG-GEMMALLAMA-PAYLOAD",
    says="llama refuses images over 1 MB in sum",
    policy=DOCUMENTED.with_images("llama", payload=MEGABYTE),
)
fault(
    "images-data-uri-refused",
    breaks=(
        "IMG-DATAURI",
        "IMG-CLAUDE-MODELLIST",
        *(f"IMG-{topic}-FORMATS" for topic, _ in _COUNTS.values()),
    ),
    says="image parts are refused",
    request=refuse(
        lambda call: isinstance(call.body, dict) and any(part.get("type") == "image_url" for part in parts(call.body)),
        "image_url: this part is not known.",
    ),
)
fault(
    "images-second-ignored",
    breaks=("IMG-TOKENS-IN-USAGE", "IMG-MULTI", "IMG-GEMMALLAMA-ALLPROCESSED"),
    says="of several images in a message only the first is looked at",
    policy=_first_only(DOCUMENTED),
)
fault(
    "images-not-counted",
    breaks=("IMG-TOKENS-IN-USAGE", "IMG-GEMMALLAMA-ALLPROCESSED"),
    says="images add nothing to the input tokens",
    policy=replace(DOCUMENTED, counted=DOCUMENTED.counted - {"image"}),
)
