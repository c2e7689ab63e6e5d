"""Authentication on every surface: Basic, Bearer, and no valid credential at all."""

import pytest

from conformance.cases import decides
from conformance.cases.judge import Judge
from conformance.cases.surface import Auth, Surface
from conformance.checks.answers import unauthorised

SURFACES = pytest.mark.parametrize("surface", ["chat", "responses", "gemini"], indirect=True)


@SURFACES
@decides("AUTH-BASIC")
def test_basic(surface: Surface) -> None:
    """HTTP Basic with the user `token` and the token as password authenticates. Another user is recorded."""
    surface.wants_credentials().accepts(surface.hello, auth="basic", control=surface.hello)
    surface.records(surface.hello, "another user name", auth="basic-wrong-user")


@SURFACES
@decides("AUTH-BEARER")
def test_bearer(surface: Surface) -> None:
    """A bearer token authenticates."""
    surface.wants_credentials().accepts(surface.hello)


@SURFACES
@decides("AUTH-REFUSED")
def test_refused(surface: Surface, judge: Judge) -> None:
    """Without a valid credential: 401 or 403, and a JSON error. The same request with the token is answered."""
    surface.wants_credentials().ask(surface.hello)
    credentials: tuple[Auth, ...] = ("none", "bearer-wrong", "basic-wrong")
    for credential in credentials:
        judge(unauthorised(surface.send(surface.hello, auth=credential)))
