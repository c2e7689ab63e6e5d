"""The badge of a certificate: for shields.io, and as a picture of its own."""

import json
from html import escape

from conformance.certify.statement import Facts

_COLOURS = {
    "conformant": ("brightgreen", "#3fa33f"),
    "conformant-with-deviations": ("yellowgreen", "#8a9a1f"),
}
_DEMONSTRATION = ("lightgrey", "#6b6b6b")
_LABEL = "gateway conformance"
_PER_CHARACTER, _MARGIN = 6.5, 10
"""Pixels."""


def message(facts: Facts) -> str:
    """What the badge says."""
    until = f"until {facts.valid_until:%Y-%m-%d}"
    words = facts.certificate_class.replace("demonstration-", "demonstration, ").replace("-", " ")
    return f"{facts.profile.name}-{facts.profile.date} {words} {until}"


def endpoint(facts: Facts) -> bytes:
    """The document that shields.io makes a badge of."""
    colour, _ = _COLOURS.get(facts.certificate_class, _DEMONSTRATION)
    document = {"schemaVersion": 1, "label": _LABEL, "message": message(facts), "color": colour}
    return json.dumps(document, indent=1).encode() + b"\n"


def svg(facts: Facts) -> bytes:
    """The badge as a picture, without a script or a font that has to be fetched."""
    _, colour = _COLOURS.get(facts.certificate_class, _DEMONSTRATION)
    text = message(facts)
    left = round(len(_LABEL) * _PER_CHARACTER + _MARGIN)
    right = round(len(text) * _PER_CHARACTER + _MARGIN)
    title = escape(f"{_LABEL}: {text}")
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{title}">
<title>{title}</title>
<rect width="{left}" height="20" fill="#555"/>
<rect x="{left}" width="{right}" height="20" fill="{colour}"/>
<g fill="#fff" font-family="Verdana,Geneva,sans-serif" font-size="11">
<text x="5" y="14">{escape(_LABEL)}</text>
<text x="{left + 5}" y="14">{escape(text)}</text>
</g>
</svg>
""".encode()
