"""Authentication on every surface: Basic, Bearer, and no valid credential at all."""

import pytest

from conformance.cases import decides
from conformance.checks.answers import authenticated, unauthorised
from conformance.probing.judge import Judge
from conformance.probing.surface import Auth, Surface

SURFACES = pytest.mark.parametrize("surface", ["chat", "responses", "gemini"], indirect=True)


@SURFACES
@decides("AUTH-BASIC")
def test_basic(surface: Surface, judge: Judge) -> None:
    """HTTP Basic with the user `token` and the token as password authenticates."""
    bearer = surface.wants_credentials().ask(surface.hello)
    judge(authenticated(surface.send(surface.hello, auth="basic"), bearer.exchange))


@pytest.mark.costly
@SURFACES
@decides("AUTH-BASIC")
def test_another_user(surface: Surface) -> None:
    """The token under another user's name: recorded."""
    surface.wants_credentials().records(surface.hello, "another user name", auth="basic-wrong-user")


@SURFACES
@decides("AUTH-BEARER", "AUTH-REFUSED")
def test_bearer(surface: Surface, judge: Judge) -> None:
    """A bearer token authenticates. Without a valid credential the same request is refused."""
    bearer = surface.wants_credentials().attempt(surface.hello)
    judge.or_end(authenticated(bearer), "AUTH-BEARER")
    credentials: tuple[Auth, ...] = ("none", "bearer-wrong", "basic-wrong")
    for credential in credentials:
        judge(unauthorised(surface.send(surface.hello, auth=credential), bearer), "AUTH-REFUSED")
