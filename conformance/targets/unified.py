"""Whatever databricks-sdk resolves as a credential: profiles, OAuth of machines and users, Azure, OIDC of CI systems.

The SDK is an extra, and takes a second to import: nothing imports it where a plain token is given. It refreshes tokens by
itself. What it leaves open is closed here: a host that does not answer is told in time, though some of its requests have no
timeout; it reads no netrc and follows no redirect; what it raises is one line, without the configuration that it adds to it.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from functools import cached_property
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlsplit

from conformance import __version__
from conformance.errors import UsageError
from conformance.targets import profiles
from conformance.targets.credentials import (
    DEFAULT_TOKEN_ENV,
    OAUTH_TOKEN,
    PAT,
    CredentialError,
    bearer_token,
    is_oauth_token,
    is_token,
)
from conformance.targets.profiles import HOST_ENV, Profile
from conformance.targets.reach import unreachable_reason
from conformance.wire.exchange import Request
from conformance.wire.redact import Redactor

if TYPE_CHECKING:
    from databricks.sdk.core import Config

    from conformance.wire.route import Route

T = TypeVar("T")

EXTRA = "pip install 'gateway-conformance[databricks]'"
_RESOLVED_WITHIN_S = 8.0
"""What the SDK may take to resolve a credential, with its import: whoever has mistyped a host is told within ten seconds."""
_REACHED_WITHIN_S = 4.0
_RENEWED_WITHIN_S = 20.0
"""What a token may take in the middle of a run: some are got by a command that takes its time."""
_INTERACTIVE = "external-browser"
"""The one way in which somebody signs in while the run waits."""
_METADATA = "/.well-known/databricks-config"


class UnifiedCredential:
    """A credential that databricks-sdk has resolved, and renews."""

    def __init__(self, config: "Config", origin: str) -> None:
        self._config, self.origin = config, origin
        self._tokens = set[str]()

    @cached_property
    def auth_type(self) -> str:
        """As the SDK calls it, but for an OAuth access token that was given as a plain one."""
        given = str(self._config.auth_type)
        return OAUTH_TOKEN if given == PAT and is_oauth_token(str(self._config.token)) else given

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that the SDK itself takes for sensitive (tokens, passwords, client secrets), and the tokens that it gave."""
        names = [attribute.name for attribute in self._config.attributes() if attribute.sensitive]
        return (*(str(value) for name in names if (value := getattr(self._config, name))), *tuple(self._tokens))

    def headers(self) -> Mapping[str, str]:
        """Asks the SDK, which gives the token that it has, or a new one. Raises `CredentialError`."""
        try:
            given = self._config.authenticate() if self.auth_type == PAT else self._renewed()
        except TimeoutError:
            raise CredentialError(
                f"{self.origin} gives no token: no answer within {_RENEWED_WITHIN_S:g} s ({self.auth_type})"
            ) from None
        except Exception as error:  # whatever the SDK, and what it calls, may raise
            raise CredentialError(
                f"{self.origin} gives no token ({self.auth_type}): {_reason(error, self.secrets)}"
            ) from None
        headers = {name.lower(): value for name, value in given.items()}
        if not is_token(bearer_token(headers)):
            raise CredentialError(f"{self.origin} authenticates by {self.auth_type}, which gives no bearer token")
        self._tokens.add(bearer_token(headers))
        return headers

    def _renewed(self) -> Mapping[str, str]:
        return _within(_RENEWED_WITHIN_S, self._config.authenticate)


def of_profile(profile: Profile, host: str, route: "Route | None" = None) -> UnifiedCredential:
    """The credential of a profile; `host` is the target's, for a profile that names none. Raises `UsageError`.

    `route`: how a run gets to its target, and the SDK to what gives tokens.
    """
    if not _is_installed():
        raise UsageError(f"{profile} needs databricks-sdk: {EXTRA}")
    place = profile.host or profiles.as_url(os.environ.get(HOST_ENV, "")) or host
    return _resolved(str(profile), place, profile, route)


def of_environment(host: str, route: "Route | None" = None) -> UnifiedCredential | None:
    """What the environment holds for `host`, the target's, besides a plain token; None without any, or without the SDK.

    Raises `UsageError`.
    """
    profile = profiles.default() if os.environ.get(profiles.PROFILE_ENV) else None
    named = profile.host if profile else profiles.as_url(os.environ.get(HOST_ENV, ""))
    if named and _origin(named) != _origin(host):
        # Credentials go to the host that they are for, and to another only if somebody says so.
        raise UsageError(
            f"the credential in the environment is for {_origin(named)}, the target is {_origin(host)}: set "
            f"{DEFAULT_TOKEN_ENV}, or give --profile to have its token sent there"
        )
    if not _is_installed():
        return None
    try:
        return _resolved(str(profile or "the environment"), host, profile, route)
    except _NothingConfigured:
        return None


class _NothingConfigured(UsageError):
    """The SDK finds no credential, or none that means anything to the host."""


def _is_installed() -> bool:
    try:
        return find_spec("databricks.sdk") is not None
    except ModuleNotFoundError:  # there is nothing of the name databricks
        return False


def _imported() -> ModuleType:
    """databricks-sdk, told to read no netrc and to follow no redirect."""
    import requests

    os.environ["NETRC"] = os.devnull
    # Before the SDK makes its sessions: a secret goes nowhere but where it is for.
    vars(requests.sessions)["DEFAULT_REDIRECT_LIMIT"] = 0
    from databricks.sdk import core

    for name in ("databricks.sdk", "urllib3"):
        # What they would write down may hold a secret; what went wrong is raised as well.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return core


def _resolved(origin: str, place: str, profile: Profile | None, route: "Route | None") -> UnifiedCredential:
    """The credential, once it has given its first token; `place` is the host that gives it. Raises `UsageError`."""
    values = profile.values if profile else {}
    ends = time.monotonic() + _RESOLVED_WITHIN_S
    if place:
        _check_reachable(place, route)
        _tell_requests(route, place)
    sdk = _imported()
    if profile:
        _refuse_contradiction(sdk, profile)
    ends = max(ends, time.monotonic() + _REACHED_WITHIN_S)

    def ask() -> UnifiedCredential:
        config = sdk.Config(
            host=place or None,
            profile=profile and profile.name,
            http_timeout_seconds=_REACHED_WITHIN_S,
            retry_timeout_seconds=1,
            # Behind the run's back it would hold the process up at its end, where a token endpoint hangs.
            disable_async_token_refresh=True,
            product="gateway-conformance",
            product_version=__version__,
        )
        return UnifiedCredential(config, origin)

    try:
        if (os.environ.get("DATABRICKS_AUTH_TYPE") or values.get("auth_type")) == _INTERACTIVE:
            return ask()
        credential = _within(ends - time.monotonic(), ask)
        _within(ends - time.monotonic(), credential.headers)
    except TimeoutError:
        raise UsageError(
            f"{origin} gives no token within {_RESOLVED_WITHIN_S:g} s: check the host, and that it answers"
        ) from None
    except CredentialError as error:
        raise UsageError(str(error)) from None
    except Exception as error:  # whatever the SDK, and what it calls, may raise
        sensitive = [attribute for attribute in sdk.Config.attributes() if attribute.sensitive]
        secrets = {values.get(each.name, "") for each in sensitive} | {
            os.environ.get(each.env or "", "") for each in sensitive
        }
        raise _explained(_reason(error, secrets), origin, place) from None
    return credential


def _explained(reason: str, origin: str, place: str) -> UsageError:
    if "more than one authorization method" in reason:
        methods = reason.rpartition(": ")[2]
        return UsageError(
            f"{origin} and the environment hold several credentials ({methods}): take one away, or set auth_type "
            "(DATABRICKS_AUTH_TYPE) to the one that is meant"
        )
    if "cannot configure default credentials" in reason:
        return _NothingConfigured(f"{origin} holds no credential: give it a token, or a client_id and client_secret")
    if "Invalid URL 'None'" in reason:
        return _NothingConfigured(f"{origin} is for OAuth, which {place} does not offer: it has no {_METADATA}")
    return UsageError(f"{origin} gives no token: {reason}")


def _reason(error: Exception, secrets: Iterable[str]) -> str:
    """What the SDK says, without the configuration that it adds, in a line without secrets."""
    text = " ".join(str(error).split())
    for added in (". Config: ", ". Env: "):
        text = text.partition(added)[0]
    redactor = Redactor()
    for secret in secrets:
        redactor.add_secret(secret)
    return redactor.text(text)[:300] or type(error).__name__


def _tell_requests(route: "Route | None", host: str) -> None:
    """The library that the SDK sends with knows its environment alone: there it finds the route that this run has."""
    if route is None:
        return
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)
    parts = urlsplit(host)
    if proxy := route.proxy(parts.scheme, parts.hostname or "", parts.port):
        user = ":".join(quote(part, safe="") for part in proxy.credential) + "@" if proxy.credential else ""
        os.environ[f"{parts.scheme.upper()}_PROXY"] = proxy.url.replace("://", f"://{user}", 1)
    if trusted := route.certificates.authorities:
        os.environ["REQUESTS_CA_BUNDLE"] = str(trusted.file or trusted.directory)


def _check_reachable(host: str, route: "Route | None") -> None:
    """Raises `UsageError` if nothing answers there: the SDK would wait, and go on without having said so."""
    from conformance.wire.client import Client
    from conformance.wire.sender import Limits

    client = Client(Limits(connect_s=_REACHED_WITHIN_S, read_s=_REACHED_WITHIN_S), route)
    exchange = client.send(Request("GET", _origin(host) + _METADATA, {"accept": "application/json"}), _REACHED_WITHIN_S)
    if exchange.response is None:
        raise UsageError(f"no gateway to judge at {_origin(host)}: {unreachable_reason(exchange.failure)}")


def _refuse_contradiction(sdk: ModuleType, profile: Profile) -> None:
    """Raises `UsageError` if the environment says otherwise than the profile: the SDK would take the environment's word."""
    for attribute in sdk.Config.attributes():
        kept, told = profile.values.get(attribute.name, ""), os.environ.get(attribute.env or "", "")
        if kept and told and kept != told and profiles.as_url(kept) != profiles.as_url(told):
            raise UsageError(
                f"{attribute.env} is set and says otherwise than {attribute.name} of {profile}, and databricks-sdk would "
                f"take the variable: unset it, or leave out the profile"
            )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _within(seconds: float, ask: Callable[[], T]) -> T:
    """What `ask` gives. Raises `TimeoutError` if that takes longer; it then goes on in a thread that nobody waits for."""
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=run, name="databricks-sdk", daemon=True).start()
    return answer.result(max(seconds, 0.0))
