"""The sender that puts the credential on a request, where it leaves: what stands above it knows a credential's kind alone.

So a request that is sent again, or that has waited, carries a token that lives, and no exchange holds one.
"""

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

from conformance.checks.access import refuses_credential, withheld_reason
from conformance.checks.answers import is_success
from conformance.targets.credentials import Credential, CredentialError, PlainToken, bearer_token
from conformance.wire.exchange import NOT_SENT, Exchange, Request
from conformance.wire.redact import basic
from conformance.wire.sender import DeadlineSender

_WRONG = "not-a-valid-token"
_REFUSED_ON_PURPOSE = {"bearer-wrong": f"Bearer {_WRONG}", "basic-wrong": basic("token", _WRONG)}
_USER_NAMES = {"basic": "token", "basic-wrong-user": "somebody"}
_LARGEST_CONTROL = 4096
"""Bytes of a request that is kept to be sent again."""


class AuthenticatingSender:
    """Sends each request with the credential of the kind that its `authorization` names in brackets.

    `on_secret` is told of each token, and of what goes along with it, before it is used. A credential that was taken before and
    is refused now, for the same request too, has expired or was revoked: nothing more is sent, since every refusal to come
    would look like the target's fault.
    """

    def __init__(self, inner: DeadlineSender, credential: Credential, on_secret: Callable[[str], None]) -> None:
        self._inner, self._credential, self._on_secret = inner, credential, on_secret
        self._control: Request | None = None
        self._expired = ""
        self._lock = threading.Lock()

    def send(self, request: Request, within_s: float = math.inf) -> Exchange:
        """Sends a request; the exchange has it as it was given, without a secret."""
        kind = request.headers.get("authorization", "")
        if not kind.startswith("["):
            return self._inner.send(request, within_s)
        kind = kind.strip("[]")
        if kind in _REFUSED_ON_PURPOSE:
            return self._sent(request, {"authorization": _REFUSED_ON_PURPOSE[kind]}, within_s)
        try:
            return self._authenticated(request, kind, within_s)
        except CredentialError as error:
            return Exchange(request, failure=f"{NOT_SENT}the credential cannot be renewed: {error}")

    def _authenticated(self, request: Request, kind: str, within_s: float) -> Exchange:
        """Sends with the right credential. Raises `CredentialError`."""
        if self._expired:
            return Exchange(request, failure=f"{NOT_SENT}{self._expired}", hopeless=True)
        headers = self._headers()
        exchange = self._sent(request, _as_kind(headers, kind), within_s)
        if kind != "bearer":
            return exchange
        if self._control is None and is_success(exchange) and len(request.body) <= _LARGEST_CONTROL:
            self._control = request
        return self._unless_expired(exchange, headers, within_s) if _is_refused(exchange) else exchange

    def _unless_expired(self, refused: Exchange, headers: Mapping[str, str], within_s: float) -> Exchange:
        """The exchange, if it is about the request; else what a newer token gets, or that there is none any more."""
        renewed = self._headers()
        if renewed != headers:
            refused = self._sent(refused.request, renewed, within_s)
        if self._control is None or not _is_refused(refused):
            return refused
        with self._lock:
            if not self._expired:
                control = self._sent(self._control, self._headers(), within_s)
                if not _is_refused(control):
                    return refused
                self._expired = (
                    f"the credential of {self._credential.origin} is refused now ({control.status}), and was taken before: "
                    "it has expired or was revoked; renew it and run again"
                )
        return Exchange(refused.request, failure=self._expired, hopeless=True)

    def _headers(self) -> Mapping[str, str]:
        headers = self._credential.headers()
        self._on_secret(bearer_token(headers))
        for name, value in headers.items():
            if name != "authorization":
                self._on_secret(value)
        return headers

    def _sent(self, request: Request, credential: Mapping[str, str], within_s: float) -> Exchange:
        exchange = self._inner.send(replace(request, headers={**request.headers, **credential}), within_s)
        return replace(exchange, request=request)


def with_credential(request: Request, token: str) -> Request:
    """A request as this sender lets it go, with a plain token."""
    kind = request.headers.get("authorization", "")
    if not kind.startswith("["):
        return request
    kind = kind.strip("[]")
    value = _REFUSED_ON_PURPOSE.get(kind) or _as_kind(PlainToken(token, "").headers(), kind)["authorization"]
    return replace(request, headers={**request.headers, "authorization": value})


def _as_kind(headers: Mapping[str, str], kind: str) -> Mapping[str, str]:
    """The headers with the token as bearer, or as the password of a user."""
    user = _USER_NAMES.get(kind)
    return headers if user is None else {**headers, "authorization": basic(user, bearer_token(headers))}


def _is_refused(exchange: Exchange) -> bool:
    return refuses_credential(exchange) and not withheld_reason(exchange)
