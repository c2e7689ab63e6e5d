"""The variants: gateways that differ from the reference and are right, each by a latitude that the documents leave.

One module a topic. A variant is declared once, by `variant(...)`, and is thereby served and known by its name.
"""

from conformance.reference.variants import bare, chat, doors, gemini, images, reasoning, responses, wire
from conformance.reference.variants.declared import VARIANTS

# isort: split
from conformance.reference.variants import mixed  # made of those above

__all__ = ["VARIANTS", "bare", "chat", "doors", "gemini", "images", "mixed", "reasoning", "responses", "wire"]
