"""Authentication on every surface: Basic, Bearer, and no valid credential at all."""

import pytest

from conformance.cases import decides
from conformance.checks.answers import authenticated, unauthorised
from conformance.probing.judge import Judge, NotApplicable
from conformance.probing.surface import Auth, Surface

SURFACES = pytest.mark.parametrize("surface", ["chat", "responses", "gemini"], indirect=True)
NOT_PROMISED = "the documents promise HTTP Basic with the Databricks token, and say nothing of an OAuth access token"


@SURFACES
@decides("AUTH-BASIC")
def test_basic(surface: Surface, judge: Judge) -> None:
    """HTTP Basic with the user `token` and the token as password authenticates."""
    bearer = surface.wants_credentials().ask(surface.hello)
    unpromised = "" if surface.target.has_personal_token else NOT_PROMISED
    judge(authenticated(surface.send(surface.hello, auth="basic"), bearer.exchange, unpromised=unpromised))


@pytest.mark.costly
@SURFACES
@decides("AUTH-BASIC")
def test_another_user(surface: Surface) -> None:
    """The token under another user's name: recorded."""
    if not surface.wants_credentials().target.has_personal_token:
        raise NotApplicable(NOT_PROMISED)
    surface.records(surface.hello, "another user name", auth="basic-wrong-user")


@SURFACES
@decides("AUTH-BEARER", "AUTH-REFUSED")
def test_bearer(surface: Surface, judge: Judge) -> None:
    """A bearer token authenticates. Without a valid credential the same request is refused."""
    bearer = surface.wants_credentials().attempt(surface.hello)
    judge.or_end(authenticated(bearer), "AUTH-BEARER")
    credentials: tuple[Auth, ...] = ("none", "bearer-wrong", "basic-wrong")
    for credential in credentials:
        judge(unauthorised(surface.send(surface.hello, auth=credential), bearer), "AUTH-REFUSED")
