"""Faults of images: counts, sizes, formats, payloads, and images that are not looked at."""

from dataclasses import replace
from typing import Any

from conformance.reference.calls import Call
from conformance.reference.edits import change, refusals, refuse, requests
from conformance.reference.faults.declared import BROKEN, REFUSED, TAKEN, fault
from conformance.reference.matching import has_part, holds, model, of
from conformance.reference.paths import values
from conformance.reference.policy import DOCUMENTED, LISTED_FORMATS, MEGABYTE, Policy

_COUNTS = {"claude": ("CLAUDE", 100), "gpt-5": ("GPT5", 500), "gemma": ("GEMMA", 5), "llama": ("LLAMA", 5)}


def _first_only(policy: Policy) -> Policy:
    """A policy that counts all images of a message and looks at the first."""
    for family in _COUNTS:
        policy = policy.with_images(family, looked_at=1)
    return policy


def _first_twenty_if_small(content: Any) -> Any:
    """Of more than 20 images of which the first is small, drops the rest."""
    small = isinstance(content, list) and len(content) == 22 and content[1] == content[2]
    return content[:21] if small else content


def _too_many(call: Call) -> bool:
    """Whether a model of the table is shown more images than its row allows."""
    most = next((most for family, (_, most) in _COUNTS.items() if model(call).startswith(family)), None)
    return most is not None and len(values(call.body, "messages/*/content/image_url")) > most


def _image_alone(call: Call) -> bool:
    return values(call.body, "messages/*/content/*/type") == ["image_url"]


for _family, (_topic, _most) in _COUNTS.items():
    _short = _family.replace("-", "")
    fault(
        f"images-{_short}-count-{_most - 1}",
        breaks={f"IMG-{_topic}-COUNT": f"a request with {_most} images is not accepted (400"}
        | ({"IMG-CLAUDE-COUNT-SCOPE": REFUSED} if _family == "claude" else {}),
        says=f"{_family} refuses {_most} images, which are allowed",
        policy=DOCUMENTED.with_images(_family, most=_most - 1),
    )
    fault(
        f"images-{_short}-count-{_most + 1}",
        breaks={f"IMG-{_topic}-COUNT": TAKEN} | ({"IMG-CLAUDE-COUNT-SCOPE": TAKEN} if _family == "claude" else {}),
        says=f"{_family} accepts {_most + 1} images, one too many",
        policy=DOCUMENTED.with_images(_family, most=_most + 1),
    )
    fault(
        f"images-{_short}-webp-refused",
        breaks={f"IMG-{_topic}-FORMATS": "an image as webp is not accepted (400"},
        says=f"{_family} refuses WebP images, which are listed",
        policy=DOCUMENTED.with_images(_family, formats=LISTED_FORMATS - {"WEBP"}),
    )
    fault(
        f"images-{_short}-bmp-accepted",
        warns={f"IMG-{_topic}-FORMATS": f"an image as bmp: {TAKEN}"},
        says=f"{_family} accepts BMP images, which are not listed",
        policy=DOCUMENTED.with_images(_family, formats=LISTED_FORMATS | {"BMP"}),
    )

fault(
    "images-claude-count-by-message",
    breaks={"IMG-CLAUDE-COUNT-SCOPE": TAKEN},
    says="counts hold for each message instead of the whole request",
    policy=DOCUMENTED.with_images("claude", scope="message"),
)
fault(
    "images-claude-consumer-limit",
    breaks={
        "IMG-CLAUDE-20-NOT-A-LIMIT": REFUSED,
        "IMG-CLAUDE-COUNT": "a request with 100 images is not accepted (400",
        "IMG-CLAUDE-COUNT-SCOPE": REFUSED,
    },
    undecides=("IMG-CLAUDE-21x2000",),
    says="the 20 images of the consumer application are the limit of the API",
    policy=DOCUMENTED.with_images("claude", most=20),
)
fault(
    "images-claude-8000-refused",
    breaks={
        "IMG-CLAUDE-8000": "8000x8000 px is not accepted (400",
        "IMG-CLAUDE-8000-ONESIDE": "8000x16 px is not accepted (400",
    },
    says="8000x8000 px are refused",
    policy=DOCUMENTED.with_images("claude", side=7999),
)
fault(
    "images-claude-8001-accepted",
    breaks={"IMG-CLAUDE-8000": TAKEN, "IMG-CLAUDE-8000-ONESIDE": TAKEN},
    says="8001x8001 px are accepted",
    policy=DOCUMENTED.with_images("claude", side=8001),
)
fault(
    "images-claude-one-long-side-accepted",
    breaks={"IMG-CLAUDE-8000-ONESIDE": TAKEN},
    says="only images over 8000 px on both sides are refused",
    policy=DOCUMENTED.with_images("claude", either_side=False),
)
fault(
    "images-claude-crowd-2000-refused",
    breaks={"IMG-CLAUDE-21x2000": REFUSED},
    says="21 images of 2000 px are refused",
    policy=DOCUMENTED.with_images("claude", crowd_side=1999),
)
fault(
    "images-claude-crowd-2001-accepted",
    breaks={"IMG-CLAUDE-21x2001": "21 images of 2001 px: the request is not refused as documented (200"},
    says="21 images of 2001 px are accepted",
    policy=DOCUMENTED.with_images("claude", crowd_side=2001),
)
fault(
    "images-claude-crowd-from-20",
    breaks={"IMG-CLAUDE-20x2001": REFUSED},
    says="20 images of 2001 px are refused: the crowd begins one image too early",
    policy=DOCUMENTED.with_images("claude", crowd=19),
)
fault(
    "images-claude-large-refused",
    breaks={
        "IMG-CLAUDE-AUTOSCALE": "1bit-1569.png is not accepted (400",
        "IMG-CLAUDE-8000": "8000x8000 px is not accepted (400",
        "IMG-CLAUDE-8000-ONESIDE": "8000x16 px is not accepted (400",
        "IMG-CLAUDE-20x2001": REFUSED,
        "IMG-CLAUDE-21x2000": REFUSED,
    },
    says="images with a long edge over 1568 px are refused instead of scaled down",
    policy=DOCUMENTED.with_images("claude", side=1568),
)
fault(
    "images-not-scaled",
    breaks={"IMG-CLAUDE-AUTOSCALE": "a large image is not scaled down"},
    says="large images are counted in full instead of scaled down",
    policy=replace(DOCUMENTED, images_scaled=False),
)
fault(
    "images-gpt5-payload-unlimited",
    warns={"IMG-GPT5-PAYLOAD": TAKEN},
    says="gpt-5 accepts requests over 10 MB",
    policy=DOCUMENTED.with_images("gpt-5", payload=None),
)
fault(
    "images-gpt5-payload-4mb",
    breaks={"IMG-GPT5-PAYLOAD-BAND": "a request of 9.9 MB is not accepted (413"},
    says="gpt-5 refuses requests over 4 MB",
    policy=DOCUMENTED.with_images("gpt-5", payload=4 * MEGABYTE),
)
fault(
    "images-gemma-payload-unlimited",
    warns={"IMG-GEMMALLAMA-PAYLOAD": TAKEN},
    says="gemma accepts images over 10 MB in sum",
    policy=DOCUMENTED.with_images("gemma", payload=None),
)
fault(
    "images-llama-payload-1mb",
    breaks={"IMG-GEMMALLAMA-PAYLOAD": "images of 3.9 MB is not accepted (400"},
    says="llama refuses images over 1 MB in sum",
    policy=DOCUMENTED.with_images("llama", payload=MEGABYTE),
)
fault(
    "images-data-uri-refused",
    breaks={
        "IMG-DATAURI": REFUSED,
        "IMG-GPT5-FORMATS": "an image as jpg is not accepted (400",
        "IMG-GEMMA-FORMATS": "an image as jpg is not accepted (400",
        "IMG-LLAMA-FORMATS": "an image as jpg is not accepted (400",
        "IMG-CLAUDE-FORMATS": "an image as jpg is not accepted (400",
        "IMG-CLAUDE-MODELLIST": REFUSED,
    },
    undecides=(
        *(f"IMG-{topic}-COUNT" for topic, _ in _COUNTS.values()),
        "IMG-CLAUDE-COUNT-SCOPE",
        "IMG-CLAUDE-8000",
        "IMG-CLAUDE-8000-ONESIDE",
        "IMG-CLAUDE-20x2001",
        "IMG-CLAUDE-21x2000",
        "IMG-CLAUDE-21x2001",
        "IMG-CLAUDE-20-NOT-A-LIMIT",
        "IMG-GPT5-PAYLOAD",
        "IMG-GEMMALLAMA-PAYLOAD",
        "IMG-GPT5-GIF-ANIMATED",
        "IMG-MULTI",
        "IMG-TOKENS-IN-USAGE",
    ),
    says="image parts are refused",
    request=refuse(has_part("image_url"), "image_url: this part is not known."),
)
fault(
    "images-second-ignored",
    breaks={
        "IMG-TOKENS-IN-USAGE": "two different images: no more input tokens than one image",
        "IMG-MULTI": "two different images: no more input tokens than one image",
        "IMG-GEMMALLAMA-ALLPROCESSED": "images: 4: no more input tokens than images: 1",
        "IMG-CLAUDE-21x2001": "one of 2001 px among 21: the request is not refused as documented (200",
    },
    warns={"RESP-TEXT-IMAGE": "two images: no more input tokens than one image"},
    says="of several images in a message only the first is looked at",
    policy=_first_only(DOCUMENTED),
)
fault(
    "images-not-counted",
    breaks={
        "IMG-TOKENS-IN-USAGE": "one image: no more input tokens than no image",
        "IMG-GEMMALLAMA-ALLPROCESSED": "images: 4: no more input tokens than images: 1",
        "IMG-MULTI": "two different images: no more input tokens than one image",
    },
    warns={"RESP-TEXT-IMAGE": "one image: no more input tokens than no image"},
    says="images add nothing to the input tokens",
    policy=replace(DOCUMENTED, counted=DOCUMENTED.counted - {"image"}),
)


for _family, (_topic, _most) in _COUNTS.items():
    _short = _family.replace("-", "")
    fault(
        f"images-{_short}-gif-refused",
        breaks={f"IMG-{_topic}-FORMATS": "an image as gif is not accepted (400"}
        | ({"IMG-GPT5-GIF-ANIMATED": "a still GIF is not accepted (400"} if _family == "gpt-5" else {}),
        says=f"{_family} refuses still GIF images, which are listed",
        policy=DOCUMENTED.with_images(_family, formats=LISTED_FORMATS - {"GIF"}),
    )
    fault(
        f"images-{_short}-avif-accepted",
        warns={f"IMG-{_topic}-FORMATS": f"an image as avif: {TAKEN}"},
        says=f"{_family} accepts AVIF images, which are not listed",
        policy=DOCUMENTED.with_images(_family, formats=LISTED_FORMATS | {"AVIF"}),
    )
fault(
    "images-too-many-500",
    breaks={"IMG-CLAUDE-COUNT-SCOPE": BROKEN} | {f"IMG-{_topic}-COUNT": BROKEN for _topic, _ in _COUNTS.values()},
    says="one image too many breaks the gateway",
    response=refusals(_too_many, status=500),
)
fault(
    "images-claude-8001-500",
    breaks={
        "IMG-CLAUDE-8000": BROKEN,
        "IMG-CLAUDE-8000-ONESIDE": BROKEN,
        "IMG-CLAUDE-21x2001": "documented (500",
        "IMG-CLAUDE-COUNT-SCOPE": BROKEN,
    },
    says="an image that is too large breaks the gateway",
    response=refusals(saying="px large", status=500),
)
fault(
    "images-claude-crowd-by-the-first",
    breaks={"IMG-CLAUDE-21x2001": "one of 2001 px among 21: the request is not refused as documented (200"},
    says="beyond 20 images only the first is held to 2000 px",
    request=requests("chat", change("messages/*/content", _first_twenty_if_small)),
)
fault(
    "images-gpt5-payload-3mb",
    breaks={"IMG-GPT5-PAYLOAD": "a request of 3.9 MB is not accepted (413"},
    undecides=("IMG-GPT5-PAYLOAD-BAND",),
    says="gpt-5 refuses requests over 3 MB",
    policy=DOCUMENTED.with_images("gpt-5", payload=3 * MEGABYTE),
)
fault(
    "images-payload-500",
    breaks={"IMG-GPT5-PAYLOAD": BROKEN},
    says="a request over 10 MB breaks the gateway",
    policy=replace(DOCUMENTED, too_large_status=500),
)
fault(
    "images-llama-payload-unlimited",
    warns={"IMG-GEMMALLAMA-PAYLOAD": TAKEN},
    says="llama accepts more than 10 MB of images",
    policy=DOCUMENTED.with_images("llama", payload=None),
)
fault(
    "images-gemma-payload-1mb",
    breaks={"IMG-GEMMALLAMA-PAYLOAD": "images of 3.9 MB is not accepted (400"},
    says="gemma refuses images over 1 MB in sum",
    policy=DOCUMENTED.with_images("gemma", payload=MEGABYTE),
)
fault(
    "images-alone-refused",
    breaks={"IMG-DATAURI": REFUSED},
    says="an image without a text is refused",
    request=refuse(_image_alone, "content: a text is required."),
)
fault(
    "images-one-model-blind",
    breaks={"IMG-CLAUDE-MODELLIST": REFUSED},
    says="claude-haiku-4-5 takes no images",
    request=refuse(of("claude-haiku", has_part("image_url")), "image_url: claude-haiku-4-5 takes no images."),
)
fault(
    "images-fifth-ignored",
    breaks={"IMG-GEMMALLAMA-ALLPROCESSED": "images: 5: no more input tokens than images: 4"},
    says="of five images the last is not looked at",
    policy=DOCUMENTED.with_images("gemma", looked_at=4).with_images("llama", looked_at=4),
)
fault(
    "images-animated-gpt5-500",
    breaks={"IMG-GPT5-GIF-ANIMATED": "an animated GIF: the request is not refused as documented (500"},
    says="an animated GIF breaks gpt-5",
    response=refusals(of("gpt-5", holds("data:image/gif")), status=500),
)
