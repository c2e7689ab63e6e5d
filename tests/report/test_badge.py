"""The badge of a run: what the run was about, and never more."""

from datetime import date

from msgspec.structs import replace

from conformance.report.badge import badge, badge_of_none
from conformance.report.results import Deviation, DeviationRow, Deviations
from tests.report.made import MUSTS, case, many, named, results


def test_it_says_what_the_run_was_about() -> None:
    kept = [case(f"chat/{name.lower()}", {name: "passed"}) for name in MUSTS]
    assert badge(results(*kept, target=named("x")))["message"].startswith("conformant")
    assert badge(results(target=named("x")))["message"] == "inconclusive"
    reference = named("x") | {"mode": "replay", "provenance": "reference"}
    assert badge(many(1))["color"] == "red"
    assert badge(results(*kept, target=reference)) == {
        "schemaVersion": 1,
        "label": "gateway-conformance",
        "message": "conformant, of a part, replayed, reference gateway",
        "color": "lightgrey",
    }


def test_a_known_deviation_that_fails_the_run_is_red() -> None:
    day = date(2026, 11, 1)
    deviation = Deviation(
        requirement=MUSTS[0], verdict="failed", owner="Ada", reason="slow", first_seen=day, expires=day
    )
    row = DeviationRow(deviation=deviation, outcome="did_not_happen", found="passed")
    assert badge(replace(results(), deviations=Deviations(rows=(row,))))["color"] == "red"


def test_a_run_that_could_not_look_is_neither_green_nor_red() -> None:
    assert badge_of_none() | {"label": ""} == {
        "schemaVersion": 1,
        "label": "",
        "message": "could not look",
        "color": "lightgrey",
    }
