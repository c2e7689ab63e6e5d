"""The text of a target file that says what a look has found, with a word on each table and an example of what was not found."""

import json
from collections.abc import Iterator, Mapping

from conformance.requirements import documented_models
from conformance.targets.looking import PLACES, Found
from conformance.targets.preflight import SURFACES

_BELOW = {
    "chat": "/chat/completions",
    "responses": "/responses",
    "gemini": "/models/{model}:generateContent",
    "serving": "/{model}/invocations",
}
_MOST_NAMED = 30
"""Listed models without a match that are named."""


def draft(url: str, name: str, found: Found, *, token_env: str = "", profile: str = "", made_at: str) -> str:
    """The TOML of a target file. `token_env` and `profile`: what was given for the credential, if anything was."""
    return "\n".join([*_head(url, name, made_at), *_auth(found, token_env, profile), *_surfaces(url, found),
                      *_models(found), *_REST, ""])  # fmt: skip


def _head(url: str, name: str, made_at: str) -> Iterator[str]:
    yield f"# What gateway-conformance found below {url} on {made_at}. Look through each table, then:"
    yield "#   gateway-conformance target check FILE     what this file claims; nothing is sent"
    yield "#   gateway-conformance plan --target FILE    what a run would send"
    yield "#   gateway-conformance run --target FILE"
    yield f"name = {_text(name)}"
    yield ""


def _auth(found: Found, token_env: str, profile: str) -> Iterator[str]:
    yield "# How requests authenticate: token_env names the variable that holds the token, which never stands in a file."
    if profile:
        yield f"profile = {_text(profile)}  # of ~/.databrickscfg"
    elif token_env:
        yield f"token_env = {_text(token_env)}"
    else:
        yield 'auth = "none"'
    yield {
        "wanted": "# It refuses requests without a credential.",
        "not wanted": "# It answered a request without a credential."
        + (' If that is meant, write auth = "none" instead.' if profile or token_env else ""),
        "unclear": "# Whether it wants a credential could not be told.",
    }[found.auth]
    yield ""


def _surfaces(url: str, found: Found) -> Iterator[str]:
    yield "# Where each surface lies. One that is left out does not apply; one that is named has to answer."
    yield "[surfaces]"
    for surface in SURFACES:
        if surface in found.surfaces:
            yield f"{surface} = {_text(found.surfaces[surface])}  # + {_BELOW[surface]}"
        else:
            example = url.rstrip("/") + PLACES[surface][min(1, len(PLACES[surface]) - 1)]
            yield f"# {surface} = {_text(example)}  # + {_BELOW[surface]}; nothing answered there"
    yield ""


def _models(found: Found) -> Iterator[str]:
    yield "# Documented model = its name here. With this table, a model that is left out does not apply, and one that is named"
    yield "# has to be there. Which surface serves which: gateway-conformance models --target FILE."
    googles = found.gemini_models if "gemini" in found.surfaces else {}
    if found.models or googles:
        yield "[models]"
        yield from _names(found.models)
        missing = [model for model in documented_models() if model not in {**found.models, **googles}]
        yield from (f'# {model} = ""' for model in missing)
    else:
        yield "# None that the documents name was found in a listing: without this table, they are called system.ai.<model>."
        yield "# [models]"
        yield '# claude-sonnet-4-5 = "claude-sonnet"'
    if found.unmatched:
        more = len(found.unmatched) - _MOST_NAMED
        yield "# Listed, and no documented model by its name; put it beside the one that it stands for:"
        yield from (f"#   {_text(name)}" for name in found.unmatched[:_MOST_NAMED])
        yield from [f"#   and {more} more"] if more > 0 else []
    yield ""
    yield "# Where a surface calls a model otherwise:"
    if googles:
        yield "[models.gemini]"
        yield from _names(googles)
    else:
        yield "# [models.responses]"
        yield '# gpt-5 = "gpt-5-responses"'
    yield ""


def _names(models: Mapping[str, str]) -> Iterator[str]:
    return (f"{model} = {_text(name)}" for model, name in models.items())


def _text(value: str) -> str:
    """A TOML string: of printable characters, as all here are, JSON's is one."""
    return json.dumps(value, ensure_ascii=False)


_REST = (
    "# Features that this target does not claim, each with the reason. They do not apply, and every headline says so.",
    "# [not_offered]",
    '# video = "text and images only"',
    "",
    "# Public files, and an MCP server, that this target can reach, if not the defaults:",
    "# [media]",
    '# video_url = "https://files.example/clip.mp4"',
    '# audio_url = "https://files.example/speech.mp3"',
    '# mcp_url = "https://mcp.example/mcp"',
    "",
    "# The proxy and certificates of the way to it, if not those of the environment:",
    "# [network]",
    '# proxy = "http://proxy.example:3128"',
    '# ca_bundle = "ca.pem"',
    "",
    "# How fast a run may send:",
    "# [limits]",
    "# requests_per_minute = 60",
    "# tokens_per_minute = 100000",
    "# concurrency = 4",
)
