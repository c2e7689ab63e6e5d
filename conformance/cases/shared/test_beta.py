"""The feature is in Beta and can be switched off: then its paths are not there."""

import pytest

from conformance.cases import decides
from conformance.cases.surface import Surface


@pytest.mark.parametrize("surface", ["chat", "responses", "gemini"], indirect=True)
@decides("BETA-GATE")
def test_is_enabled(surface: Surface) -> None:
    """How the surface answers is recorded; that none is there at all ends a live run before its first case."""
    surface.records(surface.hello, "a plain request")
