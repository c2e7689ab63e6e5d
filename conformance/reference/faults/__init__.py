"""The faults: deliberate defects of the reference gateway, each with the requirements that it breaks.

One module a topic. A fault is declared once, by `fault(...)`, and is thereby served and known by its name.
"""

from conformance.reference.faults import (
    auth,
    chat,
    gemini,
    images,
    odd,
    reasoning,
    responses,
    serving,
    streams,
    unsettled,
)
from conformance.reference.faults.declared import FAULTS

__all__ = [
    "FAULTS",
    "auth",
    "chat",
    "gemini",
    "images",
    "odd",
    "reasoning",
    "responses",
    "serving",
    "streams",
    "unsettled",
]
