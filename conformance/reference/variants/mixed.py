"""Variants that use several latitudes at once, as real gateways do."""

from conformance.reference.variants.declared import variant

variant(
    "plain-proxy",
    "is a proxy that passes on what providers send",
    uses=("openai-envelope", "extra-fields", "chunked-otherwise", "reasoning-beside", "varied", "busy"),
)
variant(
    "strictly",
    "refuses whatever may be refused",
    uses=(
        "google-envelope",
        "refuses-otherwise",
        "nulls-refused",
        "no-plain-input",
        "gemini-strictly",
        "parameters-refused",
        "images-strictly",
        "name-by-path",
        "few-models",
        "responses-in-one-piece",
        "gemini-in-one-piece",
    ),
)
variant(
    "leniently",
    "takes whatever may be taken",
    uses=(
        "no-op-values",
        "v1-too",
        "any-value",
        "images-leniently",
        "media-dropped",
        "supervisor",
        "tools-leniently",
    ),
)
variant(
    "as-little-as-possible",
    "tells and streams as little as it may",
    uses=("as-printed", "reasoning-hidden", "responses-as-printed", "gemini-as-proto", "terse", "cr-trickle"),
)
variant(
    "as-much-as-possible",
    "tells and streams more than it must",
    uses=(
        "extra-fields",
        "more-blocks",
        "counted-otherwise",
        "signature-apart",
        "responses-otherwise",
        "typed-otherwise",
        "gemini-thoughts-shown",
        "crlf-split",
        "written-out",
    ),
)
variant(
    "databricks",
    "is as like Databricks as what is recorded of it allows",
    uses=(
        "usage-null-until-the-end",
        "role-not-streamed",
        "created-drifts",
        "thought-unseen",
        "gemini-text-signed",
        "ids-differ",
        "errors-nested",
        "credential-codes",
        "by-model",
        "no-prefill",
        "endpoint-not-found",
        "chat-not-for-pro",
        "limit-of-32-mib",
        "headers-of-databricks",
        "gzipped",
    ),
)
