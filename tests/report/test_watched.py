"""What a run leaves for those who watch a target, read by others: JSON line by line, metrics by Prometheus' own parser."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from conformance.report import watched
from conformance.report.watched import could_not_look, from_ndjson, ndjson, prometheus
from conformance.requirements import catalogue
from tests.report.made import case, finding, results

STORE = "RESP-400-STORE"
FAILED = case(
    "responses/a.store", {STORE: "failed"}, finding(STORE, "violation", 'it says "no"\\\n', actual="\u2028\x1b")
)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def samples(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    """The samples of each metric, as Prometheus' own parser reads them."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            found.setdefault(sample.name.removeprefix("gateway_conformance_"), []).append((sample.labels, sample.value))
    return found


def states(run: watched.Watched) -> dict[str, float]:
    return {labels["state"]: value for labels, value in samples(prometheus(run))["run_state"]}


def test_a_run_in_lines() -> None:
    found = results(FAILED)
    first, *rest = [json.loads(line) for line in ndjson(watched.watched(found)).splitlines()]
    assert (first["type"], first["state"], first["verdict"]) == ("run", "looked", "nonconformant")
    assert (first["target"], first["mode"], first["selection"], first["requests"]) == ("my-proxy", "live", "whole", 1)
    assert [row["id"] for row in rest] == list(catalogue())
    [row] = [row for row in rest if row["id"] == STORE]
    assert row == {
        "type": "requirement", "target": "my-proxy", "mode": "live", "selection": "whole",
        "started_at": "2025-11-22T03:17:00+00:00", "id": STORE, "level": "MUST", "surface": "responses",
        "verdict": "failed", "note": 'it says "no"\\  (\\u2028\\u001b)',
    }  # fmt: skip


def test_a_run_in_metrics() -> None:
    run = watched.watched(results(FAILED))
    found = samples(prometheus(run))
    assert states(run) == {"looked": 1, "incomplete": 0, "could_not_look": 0}
    own = {"target": "my-proxy", "mode": "live", "selection": "whole"}
    assert found["run_verdict"] == [
        (own | {"verdict": verdict}, float(verdict == "nonconformant"))
        for verdict in ("conformant", "conformant_with_deviations", "nonconformant", "inconclusive")
    ]
    assert found["requests"] == [(own, 1)]
    assert found["run_duration_seconds"] == [(own, 1.5)]
    assert found["run_timestamp_seconds"] == [(own, datetime(2025, 11, 22, 3, 17, 1, 500_000, UTC).timestamp())]
    assert {labels["requirement"]: labels["verdict"] for labels, value in found["requirement_verdict"] if value}[
        STORE
    ] == "failed"
    assert len(found["requirement_verdict"]) == len(catalogue())
    assert sum(value for _, value in found["requirements"]) == len(catalogue())


@pytest.mark.parametrize("changed", [{"incomplete": ["it was ended"]}, {"errors": ["Oops"]}])
def test_a_run_that_did_not_get_to_its_end(changed: dict[str, Any]) -> None:
    run = watched.watched(results(FAILED, **changed))
    assert run.run.state == "incomplete"
    assert states(run) == {"looked": 0, "incomplete": 1, "could_not_look": 0}


def test_a_run_that_could_not_look_has_no_verdict() -> None:
    run = could_not_look("x", "live", {"smoke": True, "corpus": "none"}, NOW, "it cannot\nbe reached")
    assert states(run) == {"looked": 0, "incomplete": 0, "could_not_look": 1}
    assert set(samples(prometheus(run))) == {"run_state", "run_timestamp_seconds", "run_duration_seconds", "suite_info"}
    [line] = ndjson(run).splitlines()
    told = json.loads(line)
    assert (told["state"], told["reason"], told["selection"]) == ("could_not_look", "it cannot be reached", "smoke")
    assert "verdict" not in told


@given(st.text(), st.text())
def test_whatever_a_target_is_called(name: str, note: str) -> None:
    run = could_not_look(name, "live", {}, NOW, note)
    [line] = ndjson(run).splitlines()
    assert json.loads(line)["target"] == run.run.target
    assert {labels["target"] for labels, _ in samples(prometheus(run))["run_state"]} == {run.run.target}
    assert from_ndjson(ndjson(run)) == run


def test_lines_are_read_again() -> None:
    run = watched.watched(results(FAILED))
    assert from_ndjson(ndjson(run)) == run
    newer = ndjson(run).replace('{"type":"run"', '{"type":"run","more":1')
    assert from_ndjson(newer) == run, "unknown members are ignored"


@pytest.mark.parametrize("text", ["", "\n", "x", "{}", "[]", '{"type":"requirement"}'])
def test_what_are_no_lines_of_a_run(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (what it says is msgspec's)
        from_ndjson(text)


@pytest.mark.parametrize(
    ("selection", "says"),
    [
        ({}, "whole"),
        ({"corpus": "standard"}, "whole"),
        ({"smoke": True, "corpus": "none"}, "smoke"),
        ({"surfaces": ["chat"]}, "surfaces chat"),
        ({"failed_in": "2025-11-22T03:17:00+00:00"}, "whole"),
        ({"shard": "1/2"}, "whole"),
    ],
)
def test_what_tells_series_of_runs_apart(selection: dict[str, Any], says: str) -> None:
    assert watched.series_of(selection) == says


def test_reruns_and_shards_are_series_of_their_own_in_metrics() -> None:
    """Two files of one directory may not hold the same series."""
    part = {"surfaces": [], "cheap": False, "shard": "1/2", "failed_in": "2025-11-22T03:17:00+00:00"}
    run = watched.watched(results(FAILED, selection=part))
    assert run.run.selection == "whole"
    assert samples(prometheus(run))["requests"][0][0]["selection"] == "whole; shard 1/2; what failed"
