"""Requests that a proxy must not mix up: those that are alike but for one thing, and those that are under way at once."""

import pytest

from conformance.cases import decides
from conformance.checks.both_sides import crossed
from conformance.probing.both_sides import BothSides
from conformance.probing.judge import Judge
from conformance.probing.on_each_surface import SURFACES, said
from conformance.probing.surface import Surface

on_each_surface = pytest.mark.parametrize("surface", SURFACES, indirect=True)
_AT_ONCE = 8


@on_each_surface
@decides("PROXY-CACHE")
def test_alike(surface: Surface, both_sides: BothSides) -> None:
    """Two requests that differ in one parameter alone are each answered by the upstream."""
    for cap in (96, 97):
        both_sides(surface.attempt(said(surface, "Say something else than hello.", cap=cap)), "PROXY-CACHE")


@on_each_surface
@decides("PROXY-CROSSED")
def test_at_once(surface: Surface, judge: Judge, both_sides: BothSides) -> None:
    """Of eight requests that are under way at once each gets its own answer."""
    marks = [f"mark-{number:02x}{len(surface.name):04x}" for number in range(_AT_ONCE)]
    answers = both_sides.at_once(surface, [said(surface, f"{mark}: say hello.") for mark in marks])
    both_sides.must_be_watched(answers[0])
    judge(crossed(answers, marks))
