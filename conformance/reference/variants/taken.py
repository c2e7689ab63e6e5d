"""Variants that take what the pages do not offer: they tell what works, and not that the rest is refused."""

from dataclasses import replace

from conformance.reference.edits import refusals
from conformance.reference.models import MODELS
from conformance.reference.policy import DOCUMENTED
from conformance.reference.variants.declared import variant

variant(
    "animated-gifs-taken",
    "gpt-5 takes animated GIFs",
    DOCUMENTED.with_images("gpt-5", animated_gif=True),
)
variant(
    "media-taken-everywhere",
    "Claude, GPT and Llama models take audio and video",
    replace(DOCUMENTED, media_families=frozenset({"gemini", "claude", "gpt-5", "gpt-oss", "llama"})),
)
variant(
    "every-family-on-responses",
    "models of every family are served on Responses, as where the workspace has the Supervisor API",
    replace(DOCUMENTED, responses_families=frozenset(model.family for model in MODELS.values())),
)
variant(
    "unlisted-tools-taken",
    "tool types that are not listed are taken",
    replace(
        DOCUMENTED,
        tool_types=DOCUMENTED.tool_types
        | {"file_search", "code_interpreter", "computer_use_preview", "local_shell", "bogus"},
    ),
)
variant("custom-tools-on-chat", "custom tools work on chat", replace(DOCUMENTED, chat_custom_tools=True))
variant("altered-reasoning-taken", "reasoning that was altered is taken", replace(DOCUMENTED, signatures_checked=False))
variant(
    "credentials-refused-with-400",
    "bad credentials are refused with 400",
    replace(DOCUMENTED, refused_credential_status=400),
)
variant(
    "login-page",
    "bad credentials are answered with a page to log in at",
    response=refusals(saying="UNAUTHENTICATED", body=b"<!doctype html><title>Sign in</title>", media_type="text/html"),
)
