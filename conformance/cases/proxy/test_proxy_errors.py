"""What becomes of what goes wrong upstream of a proxy. The upstream is asked for it in the prompt."""

import pytest

from conformance.cases import decides
from conformance.probing.both_sides import BothSides
from conformance.probing.on_each_surface import SURFACES, said, streamed
from conformance.probing.probes import LONG_ANSWER
from conformance.probing.surface import Surface

on_each_surface = pytest.mark.parametrize("surface", SURFACES, indirect=True)


@pytest.mark.parametrize("status", [400, 500])
@on_each_surface
@decides("PROXY-ERR-STATUS", "PROXY-ERR-TOLD")
def test_error(surface: Surface, both_sides: BothSides, status: int) -> None:
    """An error arrives as one, with its status."""
    both_sides(
        both_sides.once(surface).send(said(surface, f"[upstream: {status}] Say hello.")),
        "PROXY-ERR-STATUS",
        "PROXY-ERR-TOLD",
    )


@pytest.mark.parametrize("status", [429, 503])
@on_each_surface
@decides("PROXY-ERR-STATUS", "PROXY-ERR-TOLD", "PROXY-ANS-HEADERS")
def test_come_back_later(surface: Surface, both_sides: BothSides, status: int) -> None:
    """That the upstream wants to be asked later arrives, with when."""
    exchange = both_sides.once(surface).send(said(surface, f"[upstream: {status}] Say hello."))
    both_sides(exchange, "PROXY-ERR-STATUS", "PROXY-ERR-TOLD", "PROXY-ANS-HEADERS")


@pytest.mark.parametrize("how", ["cut", "error"])
@on_each_surface
@decides("PROXY-ERR-TOLD")
def test_broken_stream(surface: Surface, both_sides: BothSides, how: str) -> None:
    """A stream that breaks off upstream is not told as one that is whole."""
    both_sides(
        streamed(both_sides.once(surface), said(surface, f"[upstream: {how}] {LONG_ANSWER}", cap=600)), "PROXY-ERR-TOLD"
    )
