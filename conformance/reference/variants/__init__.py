"""The variants: gateways that differ from the reference and are right, each by a latitude that the documents leave.

One module a topic. A variant is declared once, by `variant(...)`, and is thereby served and known by its name.
"""

from conformance.reference.variants import (
    bare,
    chat,
    denials,
    doors,
    gemini,
    images,
    reasoning,
    refusals,
    responses,
    services,
    streams,
    taken,
    wire,
    workspaces,
)
from conformance.reference.variants.declared import VARIANTS

# isort: split
from conformance.reference.variants import mixed  # made of those above

__all__ = [
    "VARIANTS",
    "bare",
    "chat",
    "denials",
    "doors",
    "gemini",
    "images",
    "mixed",
    "reasoning",
    "refusals",
    "responses",
    "services",
    "streams",
    "taken",
    "wire",
    "workspaces",
]
