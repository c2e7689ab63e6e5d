"""What of an answer comes back from the upstream of a proxy."""

import pytest

from conformance.cases import decides
from conformance.probing.both_sides import BothSides
from conformance.probing.on_each_surface import SURFACES, said, streamed, with_reasoning, with_tools
from conformance.probing.probes import CAP, LONG_ANSWER
from conformance.probing.surface import Surface

on_each_surface = pytest.mark.parametrize("surface", SURFACES, indirect=True)


@on_each_surface
@decides("PROXY-ANS-FINISH", "PROXY-ANS-USAGE")
def test_cut_answer(surface: Surface, both_sides: BothSides) -> None:
    """An answer that its cap has cut says so on both sides."""
    both_sides(surface.attempt(said(surface, LONG_ANSWER, cap=CAP)), "PROXY-ANS-FINISH", "PROXY-ANS-USAGE")


@on_each_surface
@decides("PROXY-STREAM-EVENTS", "PROXY-ANS-TEXT", "PROXY-ANS-FINISH", "PROXY-ANS-USAGE", "PROXY-REQ-ONCE")
def test_stream(surface: Surface, both_sides: BothSides) -> None:
    """A long stream comes back in the pieces in which it was sent."""
    counted = {"stream_options": {"include_usage": True}} if surface.name == "chat" else {}
    exchange = streamed(surface, {**said(surface, LONG_ANSWER, cap=600), **counted})
    about = ("PROXY-STREAM-EVENTS", "PROXY-ANS-TEXT", "PROXY-ANS-FINISH", "PROXY-ANS-USAGE", "PROXY-REQ-ONCE")
    both_sides(exchange, *about)


@on_each_surface
@decides("PROXY-ANS-CALLS")
def test_streamed_call(surface: Surface, both_sides: BothSides) -> None:
    """The call of a tool comes back in a stream too."""
    both_sides(streamed(surface, with_tools(surface)), "PROXY-ANS-CALLS")


@on_each_surface
@decides("PROXY-ANS-REASONING")
def test_streamed_reasoning(surface: Surface, both_sides: BothSides) -> None:
    """So does reasoning."""
    if surface.name == "chat":
        surface = surface.of_family("claude")
    both_sides(streamed(surface, with_reasoning(surface)), "PROXY-ANS-REASONING")


@on_each_surface
@decides("PROXY-STREAM-PACE")
def test_slow_stream(surface: Surface, both_sides: BothSides) -> None:
    """A stream that is made slowly arrives as it is made."""
    both_sides(streamed(surface, said(surface, f"[upstream: slow] {LONG_ANSWER}", cap=200)), "PROXY-STREAM-PACE")
