"""Known deviations, end to end: real runs against the reference gateway with a fault, and what ends with which exit code."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from conformance.report.results import SCHEMA
from tests.end_to_end.conftest import Command, Done
from tests.end_to_end.test_bad_input import mistake
from tests.end_to_end.test_shards import in_shards

FAULT = "/faults/responses-store-accepted"
STORE = ("-k", "RESP-400-STORE")
CASES = [
    f"responses/unsupported_parameters.{name}-store"
    for name in ("refused", "refused_on_the_serving_path", "refused_when_streaming")
]
TODAY = datetime.now(UTC).date()


def deviation(requirement: str = "RESP-400-STORE", **changed: str) -> str:
    """An entry that is sound today."""
    keys = {
        "requirement": requirement, "verdict": "failed", "owner": "proxy team", "reason": "the upstream stores",
        "first_seen": str(TODAY - timedelta(days=30)), "expires": str(TODAY + timedelta(days=30)), **changed,
    }  # fmt: skip
    return "[[deviation]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in keys.items())


@pytest.fixture
def run(command: Command, gateway: str, tmp_path: Path) -> Callable[..., Done]:
    """A live run with these deviations, by default against the fault that takes `store`."""

    def against(*entries: str, fault: str = FAULT, words: tuple[str, ...] = STORE, **more: Any) -> Done:
        (tmp_path / "deviations.toml").write_text("\n".join(entries))
        return command("run", "--base-url", gateway + fault, *words, "--deviations", "deviations.toml", **more)

    return against


Run = Callable[..., Done]


def rows(done: Done) -> list[tuple[str, str]]:
    return [(row["deviation"]["requirement"], row["outcome"]) for row in done.results["deviations"]["rows"]]


def test_a_known_deviation_does_not_fail_a_run_and_is_listed(run: Run) -> None:
    done = run(deviation())
    assert done.code == 0, done.out + done.err
    assert "conformant with 1 known deviation" in done.out
    assert "known deviation RESP-400-STORE: failed as expected: the upstream stores (proxy team, since" in done.out
    assert "FAILURES" not in done.out
    assert done.results["verdict"] == "conformant_with_deviations"
    assert done.verdicts("failed") == {"RESP-400-STORE": "failed"}
    assert rows(done) == [("RESP-400-STORE", "happened")]
    assert done.results["deviations"]["rows"][0]["cases"] == CASES
    jsonschema.validate(done.results, json.loads(SCHEMA.read_text()), format_checker=jsonschema.FormatChecker())
    page = (done.report / "report.html").read_text()
    assert "conformant with 1 known deviation" in page
    assert '<section aria-labelledby="deviations">' in page
    suite = ET.parse(done.report / "junit.xml").getroot()
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "3")


def test_it_does_not_stop_a_run_that_stops_at_the_first_failure(run: Run) -> None:
    done = run(deviation(), words=(*STORE, "-x"))
    assert done.code == 0
    assert len(done.results["cases"]) == 3


def test_two_processes_find_the_same(run: Run) -> None:
    words = ("-k", "RESP-400-STORE or RESP-400-BACKGROUND", "-n", "2")
    done = run(deviation(), deviation("RESP-400-BACKGROUND"), deviation("RESP-MAXOUT"), words=words)
    assert done.code == 1
    assert rows(done) == [
        ("RESP-400-STORE", "happened"),
        ("RESP-400-BACKGROUND", "did_not_happen"),
        ("RESP-MAXOUT", "not_decided"),
    ]
    assert "FAILURES" not in done.out


def test_one_that_did_not_happen_fails_the_run(run: Run) -> None:
    done = run(deviation(), fault="")
    assert done.code == 1
    assert "conformant, and FAILED by 1 deviation that did not happen or expired" in done.out
    assert "DEVIATION RESP-400-STORE: did not happen: passed, not failed" in done.out


def test_what_was_left_out_may_have_happened(run: Run) -> None:
    done = run(deviation(), fault="", words=("-k", "refused and store and not streaming"))
    assert done.code == 0
    assert rows(done) == [("RESP-400-STORE", "not_decided")]
    assert done.results["deviations"]["in_part"] == ["RESP-400-STORE"]


def test_a_few_generated_requests_are_a_part(run: Run) -> None:
    words = ("--corpus", "smoke", "--requirement", "SPEC-ANSWER-FITS")
    done = run(deviation("SPEC-ANSWER-FITS"), fault="", words=words)
    assert (done.code, rows(done)) == (0, [("SPEC-ANSWER-FITS", "not_decided")])


def test_an_expired_one_fails_the_run(run: Run) -> None:
    done = run(deviation(expires=str(TODAY - timedelta(days=1))))
    assert done.code == 1
    assert "nonconformant, and FAILED by 1 deviation" in done.out
    assert f"DEVIATION RESP-400-STORE: expired on {TODAY - timedelta(days=1)}" in done.out
    assert "FAILURES" in done.out


def test_another_case_of_the_same_requirement_fails_the_run(run: Run) -> None:
    done = run(deviation(case=CASES[0]), deviation(case=CASES[1]))
    assert done.code == 1
    assert "nonconformant, beside 2 known deviations" in done.out
    assert "test_refused_when_streaming[store]" in done.out.partition("FAILURES")[2]
    assert "test_refused[store]" not in done.out.partition("FAILURES")[2]
    assert run(*(deviation(case=name) for name in CASES)).code == 0


def test_a_deviation_of_a_model(run: Run) -> None:
    assert run(deviation(model="gpt-5")).code == 0
    other = run(deviation(model="gpt-5-1"))
    assert (other.code, rows(other)) == (1, [("RESP-400-STORE", "not_decided")])


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (
            deviation("RESP-400-STOER"),
            "deviation 1 (RESP-400-STOER): unknown requirement 'RESP-400-STOER'; did you mean",
        ),
        (deviation(case="responses/x.y"), "unknown case 'responses/x.y'"),
        (deviation(model="gpt-55"), "unknown model 'gpt-55'; did you mean gpt-5"),
        (deviation(owner=""), "no owner: say who answers for it"),
        (deviation("AUTH-REFUSED"), "authentication cannot be waived"),
        (deviation(expires=str(TODAY + timedelta(days=181))), "is more than 180 days away"),
        ("[[deviation]", "it is no TOML"),
    ],
)
def test_a_mistake_in_the_file_is_told_before_anything_is_sent(run: Run, entry: str, says: str) -> None:
    assert says in mistake(run(entry))
    assert says in mistake(run(entry, words=("-n", "2")))


def test_no_such_file(command: Command) -> None:
    assert "deviations in nowhere.toml: No such file" in mistake(command("run", "--deviations", "nowhere.toml"))


def test_a_replay_takes_them_too(command: Command, tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text(deviation())
    done = command("run", *STORE, "--deviations", "d.toml", token=None)
    assert (done.code, rows(done)) == (1, [("RESP-400-STORE", "did_not_happen")])


def test_a_file_of_another_target_is_refused(run: Run, command: Command, gateway: str, tmp_path: Path) -> None:
    """Before anything is sent, in one line; of the same target it is taken, and a replay prunes nothing."""
    done = run('target = "other"', deviation())
    assert f"are those of 'other', and this is '{gateway[7:]}'" in mistake(done)
    assert "are those of 'other'" in mistake(run('target = "other"', deviation(), words=(*STORE, "-n", "2")))
    assert run(f'target = "{gateway[7:]}"', deviation()).code == 0
    file = tmp_path / "deviations.toml"
    file.write_text('target = "other"\n' + deviation("RESP-SHAPE"))
    command("run", "--base-url", gateway, "-k", "RESP-SHAPE").report.rename(tmp_path / "live")
    assert "are those of 'other'" in mistake(command("deviations", "prune", "live", report=False))
    command("run", "-k", "RESP-SHAPE", token=None).report.rename(tmp_path / "replayed")
    for text in (file.read_text(), deviation("RESP-SHAPE")):
        file.write_text(text)
        assert "replays recordings" in mistake(command("deviations", "prune", "replayed", report=False))
        assert file.read_text() == text


SMALL = ("--surface", "responses", "--corpus", "none", "-k", "unsupported")


def test_shards_say_of_their_own_and_are_merged(command: Command, gateway: str, tmp_path: Path) -> None:
    """What another shard tests has not failed to happen in this one; the whole knows."""
    (tmp_path / "d.toml").write_text(deviation() + deviation("RESP-400-BACKGROUND"))
    words = ("--base-url", gateway + FAULT, *SMALL, "--deviations", "d.toml")
    serial = command("run", *words)
    serial.report.rename(tmp_path / "whole")
    shards = in_shards(command, tmp_path, 4, *words)
    assert {done.code for done in shards} == {0}
    assert not {outcome for done in shards for _, outcome in rows(done)} & {"did_not_happen", "expired"}
    merged = command("merge", *(f"shard-{number}" for number in range(1, 5)))
    assert merged.code == serial.code == 1
    whole = json.loads((tmp_path / "whole" / "results.json").read_text())
    assert merged.results["deviations"] == whole["deviations"]
    assert merged.results["verdict"] == whole["verdict"] == "conformant_with_deviations"
    document = json.loads((tmp_path / "shard-2" / "results.json").read_text())
    document["deviations"]["rows"].pop()
    (tmp_path / "shard-2" / "results.json").write_text(json.dumps(document))
    shards = [f"shard-{number}" for number in range(1, 5)]
    merged.report.rename(tmp_path / "merged")
    assert "they were run with other known deviations" in mistake(command("merge", *shards))


def test_failed_and_resume_take_them(command: Command, gateway: str, tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text(deviation())
    words = ("--base-url", gateway + FAULT, *SMALL)
    command("run", *words).report.rename(tmp_path / "before")
    for option in ("--failed", "--resume"):
        done = command("run", *words, option, "before", "--deviations", "d.toml")
        assert (done.code, rows(done)) == (0, [("RESP-400-STORE", "happened")]), done.out


def test_a_draft_from_a_report_and_what_is_dropped(command: Command, gateway: str, tmp_path: Path) -> None:
    def deviations(*words: str) -> Done:
        return command("deviations", *words, report=False)

    words = ("--base-url", gateway + FAULT, *SMALL)
    command("run", *words).report.rename(tmp_path / "broken")
    done = deviations("init", "broken", "--owner", "proxy team")
    assert (done.code, done.out) == (0, "deviations.toml: 1 deviation drafted; say the reason of each\n")
    assert "is there already" in mistake(deviations("init", "broken"))
    assert "no reason" in mistake(deviations("prune", "broken"))
    assert "nowhere cannot be read" in mistake(deviations("init", "nowhere", "--output", "other.toml"))
    file = tmp_path / "deviations.toml"
    assert "no reason: say why" in mistake(command("run", *words, "--deviations", file.name))
    kept = file.read_text().replace('reason = ""', 'reason = "it stores"') + "\n# gone soon\n" + deviation("RESP-SHAPE")
    file.write_text(kept)
    assert deviations("prune", "broken").out == "deviations.toml: nothing to drop, 2 deviations kept\n"
    assert file.read_text() == kept
    command("run", "--base-url", gateway, "--surface", "responses", "--corpus", "none").report.rename(
        tmp_path / "mended"
    )
    done = deviations("prune", "mended", "deviations.toml")
    assert done.code == 0
    assert done.out.splitlines() == [
        f"dropped RESP-400-STORE: it passes in the run of {gateway[7:]} (proxy team)",
        f"dropped RESP-SHAPE: it passes in the run of {gateway[7:]} (proxy team)",
        "deviations.toml: 2 dropped, 0 kept",
    ]
    assert "[[deviation]]" not in file.read_text()
    assert command("run", "--base-url", gateway, *STORE, "--deviations", file.name).code == 0
    assert deviations("init", "mended", "--output", "none.toml").out == "nothing is left to draft: no file is written\n"
    assert not (tmp_path / "none.toml").exists()
