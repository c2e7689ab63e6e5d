"""Proxies that differ from the reference proxy, and are right."""

import json
from typing import Any

from conformance.reference.proxies.declared import Body, proxy_variant


def _as_lists(surface: str, body: Body) -> None:
    """Text as a list of parts, members in another order, and a cap by its newer name."""
    messages = body.get("messages")
    for message in messages if surface == "chat" and isinstance(messages, list) else ():
        if isinstance(message, dict) and isinstance(message.get("content"), str) and message.get("role") != "tool":
            message["content"] = [{"type": "text", "text": message["content"]}]
    members: dict[str, Any] = dict(sorted(body.items(), reverse=True))
    body.clear()
    body |= members


def _bare(_surface: str, body: Body) -> None:
    """No member that is null."""
    for name in [name for name, value in body.items() if value is None]:
        del body[name]
    for value in body.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                _bare(_surface, one)


def _usage_wanted(surface: str, body: Body) -> None:
    if surface == "chat" and body.get("stream") is True:
        body["stream_options"] = {"include_usage": True}


def _own_key(headers: dict[str, str]) -> None:
    headers["authorization"] = "Bearer upstream-key-of-the-proxy-7f3a"


proxy_variant("proxy-transparent", "passes everything on as it is")
proxy_variant("proxy-writes-json-anew", "writes the JSON of requests and answers anew", body=_as_lists, answer=_bare)
proxy_variant("proxy-with-a-key-of-its-own", "shows its upstream a credential of its own", headers=_own_key)
proxy_variant("proxy-compresses", "compresses what it sends to its upstream", encoding="gzip")
proxy_variant("proxy-sends-chunks", "sends bodies to its upstream in chunks", encoding="chunked")
proxy_variant("proxy-asks-again", "asks once more where the upstream is overloaded", retries=frozenset({429, 503}))
proxy_variant("proxy-wants-usage", "asks for the usage of every stream", body=_usage_wanted)
proxy_variant(
    "proxy-caches-the-same", "answers the very same request from its cache",
    caches=lambda body: json.dumps(body, sort_keys=True),
)  # fmt: skip
proxy_variant("proxy-translates", "asks its upstream on chat for what it is asked on Gemini", translates=True)
proxy_variant("proxy-adds-headers", "tells what it is in a header", adds={"via": "1.1 proxy"})
