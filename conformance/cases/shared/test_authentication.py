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
    """HTTP Basic with the user `token` and the token as password authenticates."""
    surface.wants_credentials().accepts(surface.hello, auth="basic", control=surface.hello)


@SURFACES
@decides("AUTH-BEARER")
def test_bearer(surface: Surface) -> None:
    """A bearer token authenticates."""
    surface.wants_credentials().accepts(surface.hello)


@SURFACES
@pytest.mark.parametrize("credential", ["none", "bearer-wrong", "basic-wrong"])
@decides("AUTH-REFUSED")
def test_refused(surface: Surface, judge: Judge, credential: Auth) -> None:
    """Without a valid credential: 401 or 403, and a JSON error. The same request with the token is answered."""
    surface.wants_credentials().ask(surface.hello)
    judge(unauthorised(surface.send(surface.hello, auth=credential)))
