"""What a run shows to a gateway to be let in: asked for with each request, since a token lives for an hour and a run may not.

A plain token of the environment needs nothing else; whatever databricks-sdk resolves lies in `unified`.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from conformance.errors import UsageError

DEFAULT_TOKEN_ENV = "DATABRICKS_TOKEN"  # noqa: S105 (the name of a variable, no secret)
TOKEN, PAT, NONE, OAUTH_TOKEN = "token", "pat", "none", "oauth-token"
"""Kinds of credential besides those of databricks-sdk: a plain token, its own personal access token, none at all, and a plain
token that is an OAuth access token by its looks."""
_PERSONAL = frozenset({"", TOKEN, PAT, NONE})
_JSON_WEB_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_BEARER = "Bearer "


class CredentialError(Exception):
    """No credential can be had now. The text says why and what helps, in a line, and holds no secret."""


class Credential(Protocol):
    """A way to authenticate. Many threads may use one."""

    @property
    def auth_type(self) -> str:
        """Its kind: one of databricks-sdk's names, such as `oauth-m2m`, or `token`, `oauth-token`, `none`."""

    @property
    def origin(self) -> str:
        """Where it comes from, for a reader who has to mend it: `DATABRICKS_TOKEN`, `the profile staging`."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What of it is known already and may be read by nobody; tokens that are got later come with the headers."""

    def headers(self) -> Mapping[str, str]:
        """The headers of the next request: `authorization` with a bearer token, and whatever goes along with it.

        Raises `CredentialError`.
        """


@dataclass(frozen=True)
class NoCredential:
    """Of a target without authentication, or of a replay."""

    auth_type: str = NONE
    origin: str = 'auth = "none" in the target file'
    secrets: tuple[str, ...] = ()

    def headers(self) -> Mapping[str, str]:
        """None."""
        return {}


@dataclass(frozen=True)
class PlainToken:
    """A token as it is, which nothing renews."""

    token: str = field(repr=False)
    origin: str

    @property
    def auth_type(self) -> str:
        """Told by its looks."""
        return OAUTH_TOKEN if is_oauth_token(self.token) else TOKEN

    @property
    def secrets(self) -> tuple[str, ...]:
        """The token."""
        return (self.token,)

    def headers(self) -> Mapping[str, str]:
        """The token as bearer."""
        return {"authorization": _BEARER + self.token}


def from_environment(variable: str) -> PlainToken:
    """The token that an environment variable holds. Raises `UsageError`."""
    token = os.environ.get(variable)
    if token is None:
        hint = ", or give --profile NAME" if variable == DEFAULT_TOKEN_ENV else ""
        raise UsageError(f'no token: set the environment variable {variable}{hint} (or auth = "none" in a target file)')
    if not token.strip():
        raise UsageError(f"the environment variable {variable} is empty: put the token there")
    if not is_token(token):
        raise UsageError(f"the environment variable {variable} holds blanks or control characters: no token has them")
    return PlainToken(token, variable)


def is_token(text: str) -> bool:
    """Whether a header can carry this as a token."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def is_oauth_token(token: str) -> bool:
    """Whether a token is one that OAuth gives, by its looks: a JSON web token."""
    return _JSON_WEB_TOKEN.fullmatch(token) is not None


def is_personal(auth_type: str) -> bool:
    """Whether a kind of credential is a token of the kind that the documents speak of, and not one that OAuth gives."""
    return auth_type in _PERSONAL


def bearer_token(headers: Mapping[str, str]) -> str:
    """The token in the headers of a credential; empty if there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""
