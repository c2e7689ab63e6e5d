"""The faults: deliberate defects of the reference gateway, each with the requirements that it breaks.

One module a topic. A fault is declared once, by `fault(...)`, and is thereby served and known by its name.
"""

from conformance.reference.faults import (
    auth,
    axes,
    chat,
    chat_requests,
    errors,
    gemini,
    images,
    odd,
    reasoning,
    responses,
    responses_requests,
    responses_unsupported,
    serving,
    streams,
    tools,
    typed_streams,
    unsettled,
)
from conformance.reference.faults.declared import FAULTS

__all__ = [
    "FAULTS",
    "auth",
    "axes",
    "chat",
    "chat_requests",
    "errors",
    "gemini",
    "images",
    "odd",
    "reasoning",
    "responses",
    "responses_requests",
    "responses_unsupported",
    "serving",
    "streams",
    "tools",
    "typed_streams",
    "unsettled",
]
