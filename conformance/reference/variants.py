"""Gateways that differ from the reference and are right: each uses a latitude that the documents leave."""

from dataclasses import replace

from conformance.reference.calls import Answer, Call
from conformance.reference.policy import DOCUMENTED
from conformance.reference.variant import Variant


def _extra_fields(_: Call, answer: Answer) -> Answer:
    """A field that nobody knows, in every answer and in its usage."""
    if not isinstance(answer.body, dict) or answer.status != 200:
        return answer
    body = {**answer.body, "x_gateway": {"region": "here"}}
    for name in ("usage", "usageMetadata"):
        if isinstance(body.get(name), dict):
            body[name] = {**body[name], "x_cached": 0}
    return replace(answer, body=body)


VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant(
            "openai-envelope",
            "refuses in OpenAI's envelope, credentials with 403 and large requests with 400",
            replace(
                DOCUMENTED,
                envelope="openai",
                gemini_envelope="databricks",
                refused_credential_status=403,
                too_large_status=400,
                unknown_model_status=400,
            ),
        ),
        Variant(
            "no-op-values",
            "takes null, false and empty values of unsupported parameters for absent ones, and ignores unknown fields",
            replace(DOCUMENTED, no_op_values="accept", unknown_fields="ignore", foreign_content_types="read"),
        ),
        Variant(
            "crlf-split",
            "streams with CRLF, comments, no space after the colon and no end marker, cut every 7 bytes",
            replace(
                DOCUMENTED,
                newline="\r\n",
                comments=True,
                space_after_colon=False,
                split_bytes=7,
                done_marker=False,
                chat_stream_usage="asked",
            ),
        ),
        Variant(
            "reasoning-first",
            "lets reasoning eat the whole cap and does not tell its tokens apart",
            replace(DOCUMENTED, reasoning_share=1.0, reasoning_tokens_shown=False),
        ),
        Variant("extra-fields", "adds fields that nobody knows", response=_extra_fields),
        Variant(
            "v1-too",
            "serves Gemini on v1 as well, and lists its models",
            replace(DOCUMENTED, gemini_versions=frozenset({"v1", "v1beta"}), models_listed=True),
        ),
    )
}
"""All of them, by name."""
