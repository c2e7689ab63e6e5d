"""The generated requests as a user meets them: replayed, sent to real servers, chosen, kept, and made anew."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance import resources
from conformance.corpus import frozen
from conformance.corpus.case import GeneratedCase
from conformance.probing.generated import name_of
from conformance.reference.calls import Call
from conformance.reference.edits import refuse
from conformance.reference.faults import FAULTS
from conformance.reference.policy import DOCUMENTED
from conformance.reference.server import running
from conformance.reference.variant import Variant
from conformance.wire.tape import Tape
from tests.commandline import COMMAND
from tests.end_to_end.conftest import TOKEN, Command, Done
from tests.end_to_end.test_bad_input import mistake

CORPUS = ("-k", "corpus")
GENERATED = {"SPEC-VALID-ANSWERED", "SPEC-ANSWER-FITS", "SPEC-INVALID-REFUSED", "ERR-CLIENT-NOT-5XX"}


def generated(done: Done) -> list[dict[str, Any]]:
    """The generated cases of a run."""
    return [case for case in done.results["cases"] if "varies" in case]


def case_of(case: GeneratedCase) -> str:
    """How the suite calls the case of a request."""
    kind = "legal" if case.mode == "positive" else "broken"
    surface, _, rest = name_of(case).partition("-")
    return f"{surface}/corpus.{kind}-{rest}"


def test_every_request_is_recorded_and_nothing_else_is() -> None:
    cassettes = resources.directory("cassettes")
    recorded = [case for path in cassettes.glob("*/corpus.*.jsonl") for case in Tape(path).cases()]
    assert sorted(recorded) == sorted(case_of(case) for case in frozen.corpus())
    assert not list(cassettes.rglob("*.unfinished"))
    assert sum(path.stat().st_size for path in cassettes.glob("*/corpus.*.jsonl")) < 5e6


def test_replay_of_the_whole_corpus(command: Command) -> None:
    done = command("run", "--corpus", "full", *CORPUS, token=None)
    assert done.code == 0, done.out[-3000:] + done.err
    assert {case["id"] for case in generated(done)} == {case_of(case) for case in frozen.corpus()}
    assert {case["verdict"] for case in generated(done)} <= {"passed", "not_applicable"}
    assert set(done.verdicts("passed")) == GENERATED
    assert not done.results["errors"]
    assert done.results["selection"]["corpus"] == "full"


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ((), "standard"),
        (("--corpus", "smoke"), "smoke"),
        (("--cheap",), "smoke"),
        (("--cheap", "--corpus", "full"), "full"),
    ],
)
def test_how_many_are_sent(command: Command, arguments: tuple[str, ...], size: str) -> None:
    done = command("run", *CORPUS, *arguments, "--requirement", "SPEC-INVALID-REFUSED")
    wanted = {case_of(case) for case in frozen.chosen(size) if case.mode == "negative"}
    assert {case["id"] for case in generated(done)} == wanted
    assert done.results["selection"]["corpus"] == size


def test_none_are_sent(command: Command) -> None:
    done = command("run", "--corpus", "none", "--surface", "gemini")
    assert done.code == 0, done.out[-2000:]
    assert not generated(done)
    assert len(done.results["cases"]) > 10
    assert done.verdicts("not_tested").keys() >= {"SPEC-ANSWER-FITS"}
    assert "skipped" not in done.out


def test_one_is_found_by_its_digits(command: Command) -> None:
    case = frozen.chosen("full")[-1]
    done = command("run", "--corpus", "full", "-k", case.id)
    assert [found["id"] for found in done.results["cases"]] == [case_of(case)]


def test_smoke_on_a_live_gateway(command: Command, gateway: str) -> None:
    done = command("run", "--base-url", gateway, "--corpus", "smoke", *CORPUS)
    assert done.code == 0, done.out[-3000:]
    cases = generated(done)
    assert {case["id"] for case in cases} == {case_of(case) for case in frozen.chosen("smoke")}
    assert {case["verdict"] for case in cases} <= {"passed", "not_applicable"}
    assert done.results["requests"] < 60
    assert sum(done.results["tokens"].values()) < 5000, "a live run is cheap"
    assert set(done.verdicts("passed")) == GENERATED


def test_each_case_says_what_it_varies(command: Command) -> None:
    done = command("run", "--corpus", "smoke", *CORPUS)
    by_id = {case_of(case): case for case in frozen.chosen("smoke")}
    for found in generated(done):
        case = by_id[found["id"]]
        varied = {"operation": case.operation, "mode": case.mode, "place": case.place, "kind": case.kind}
        assert found["varies"] == varied


ODD = {
    "odd-usage-is-text-after-stop": "createChatCompletion and stop",
    "odd-message-without-content-taken": "createChatCompletion and messages",
    "odd-store-of-another-type-taken": "createResponse and store",
    "odd-safety-settings-500": "generateContent and safetySettings",
    "odd-syntax-error-in-html": "createResponse and body",
}
"""Faults that no request catches that was made by hand, and where they show. `prove` proves them all."""


@pytest.mark.parametrize("name", ODD)
def test_an_odd_fault_is_reported_for_the_stated_reason(command: Command, gateway: str, name: str) -> None:
    fault = FAULTS[name]
    done = command("run", "--base-url", f"{gateway}/faults/{name}", "--corpus", "full", "-k", f"corpus and {ODD[name]}")
    rows = {row["id"]: row for row in done.results["requirements"]}
    findings = [finding for case in generated(done) for finding in case["findings"]]
    for expected, verdict in ((fault.breaks, "failed"), (fault.warns, "warned")):
        for requirement, words in expected.items():
            if rows[requirement]["verdict"] == "not_tested":
                continue  # the error of a surface that is not asked
            must = rows[requirement]["level"] == "MUST"
            assert rows[requirement]["verdict"] == (verdict if must else "warned"), requirement
            said = [f"{one['message']} ({one['actual']}" for one in findings if one["requirement"] == requirement]
            assert [text for text in said if words in text], (requirement, said[:3])
    asked = {name for name in (*fault.breaks, *fault.warns) if rows[name]["verdict"] != "not_tested"}
    assert asked
    assert set(done.verdicts("failed", "warned", "inconclusive")) == asked
    assert (done.code == 1) is bool([name for name in fault.breaks if rows[name]["level"] == "MUST"])


# --- other targets


def target(tmp_path: Path, *lines: str) -> str:
    (tmp_path / "t.toml").write_text("\n".join(['name = "part"', 'token_env = "DATABRICKS_TOKEN"', *lines]))
    return "t.toml"


def test_a_target_without_some_surfaces_and_models(command: Command, gateway: str, tmp_path: Path) -> None:
    file = target(
        tmp_path,
        "[surfaces]", f'chat = "{gateway}/ai-gateway/mlflow/v1"', f'gemini = "{gateway}/ai-gateway/gemini/v1beta"',
        "[models]", 'claude-sonnet-4-5 = "system.ai.claude-sonnet-4-5"',
    )  # fmt: skip
    done = command("run", "--target", file, "--corpus", "standard", *CORPUS)
    assert done.code == 0, done.out[-3000:]
    by_surface: dict[str, set[str]] = {}
    for case in generated(done):
        by_surface.setdefault(case["id"].partition("/")[0], set()).add(case["verdict"])
    assert by_surface["responses"] == by_surface["serving"] == by_surface["gemini"] == {"not_applicable"}
    assert by_surface["chat"] == {"passed", "not_applicable"}
    by_id = {case_of(case): case for case in frozen.chosen("standard")}
    for case in generated(done):
        family = by_id[case["id"]].family
        if case["id"].startswith("chat/"):
            assert (case["verdict"] == "not_applicable") is (family not in ("", "claude")), case["id"]
    assert not done.verdicts("inconclusive", "failed")


def _numbers_read_from_text(call: Call) -> Call:
    """A gateway that takes "0.5" for 0.5, as many do that are written in a language without types."""
    if not isinstance(call.body, dict):
        return call
    return replace(call, body={name: _number(value) for name, value in call.body.items()})


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) and value.replace(".", "", 1).isdecimal() else value


def test_a_gateway_that_is_lenient_is_warned_at_most(command: Command) -> None:
    lenient = replace(
        DOCUMENTED,
        unknown_fields="ignore",
        trailing_bytes="ignore",
        foreign_content_types="read",
        no_op_values="accept",
    )
    lax = Variant("lax", "reads what it can and leaves out what it cannot", lenient, request=_numbers_read_from_text)
    with running(fault=lax, token=TOKEN) as url:
        done = command("run", "--base-url", url, "--corpus", "standard", *CORPUS)
    assert done.code == 0, done.out[-3000:]
    assert not done.verdicts("failed", "inconclusive")
    assert set(done.verdicts("warned")) == {"SPEC-INVALID-REFUSED"}
    assert set(done.verdicts("passed")) == GENERATED - {"SPEC-INVALID-REFUSED"}


# --- what is kept in a file


def kept(tmp_path: Path, *cases: GeneratedCase) -> str:
    (tmp_path / "kept.jsonl").write_text("".join(f"{case.to_line()}\n" for case in cases))
    return "kept.jsonl"


COLD = GeneratedCase(
    "createChatCompletion", "positive", "legal_request", "stop+temperature", {"stop": ["a"], "temperature": 0}, size="smoke"
)  # fmt: skip
LATIN = GeneratedCase("createResponse", "negative", "not_utf8", raw=b'{"input":"\xff"}')


@pytest.mark.parametrize("cases", [(COLD,), (LATIN,), (COLD, LATIN), (COLD, COLD)])
def test_the_cases_of_a_file_are_sent(
    command: Command, gateway: str, tmp_path: Path, cases: tuple[GeneratedCase, ...]
) -> None:
    done = command("run", "--base-url", gateway, "--corpus", kept(tmp_path, *cases), *CORPUS)
    assert done.code == 0, done.out[-3000:]
    assert {case["id"]: case["verdict"] for case in generated(done)} == {case_of(case): "passed" for case in cases}
    assert "skipped" not in done.out


def test_the_cases_of_a_file_are_sent_by_two_processes(command: Command, gateway: str, tmp_path: Path) -> None:
    done = command("run", "--base-url", gateway, "--corpus", kept(tmp_path, COLD, LATIN), *CORPUS, "-n", "2")
    assert done.code == 0, done.out[-3000:]
    assert len(generated(done)) == 2


def test_a_kept_case_that_a_target_breaks_on_is_reported(command: Command, gateway: str, tmp_path: Path) -> None:
    astral = replace(COLD, set={"messages": [{"role": "user", "content": "\U0001f600"}]}, place="messages.[].content")
    url = f"{gateway}/faults/odd-astral-text-500"
    done = command("run", "--base-url", url, "--corpus", kept(tmp_path, astral), *CORPUS)
    assert done.code == 1
    assert set(done.verdicts("failed")) == {"SPEC-VALID-ANSWERED"}


@pytest.mark.parametrize("closed", ["/serving-endpoints/chat/completions", "/invocations", ":streamGenerateContent"])
@pytest.mark.parametrize("status", [404, 501])
def test_a_door_that_the_pages_do_not_show_may_be_closed(command: Command, closed: str, status: int) -> None:
    """It is right without it: nothing is failed, nothing stays undecided."""
    shut = Variant("shut", "has fewer paths", request=refuse(lambda call: closed in call.path, "not here", status))
    with running(fault=shut, token=TOKEN) as url:
        done = command("run", "--base-url", url, *CORPUS)
    assert done.verdicts("failed", "warned", "inconclusive") == {}
    assert set(done.verdicts("passed")) == GENERATED


@pytest.mark.parametrize(
    ("corpus", "says"),
    [
        ("huge", "unknown corpus 'huge': give none, smoke, standard, full, or a file that ends in .jsonl"),
        ("none.jsonl", "cannot read the generated requests in none.jsonl: No such file"),
        ("bad.jsonl", "bad.jsonl:1 is no generated request"),
    ],
)
def test_a_corpus_that_is_none(command: Command, gateway: str, tmp_path: Path, corpus: str, says: str) -> None:
    (tmp_path / "bad.jsonl").write_text("[]\n")
    assert says in mistake(command("run", "--base-url", gateway, "--corpus", corpus))
    assert says in mistake(command("record", "--base-url", gateway, "--cassettes", "new", "--corpus", corpus))
    assert not list(tmp_path.glob("new/*/*")), "nothing was sent"


def test_requests_of_a_file_are_not_recorded(command: Command) -> None:
    assert "give a live target" in mistake(command("run", "--corpus", "found.jsonl"))


# --- recordings


def test_what_is_recorded_is_replayed(command: Command, gateway: str, tmp_path: Path) -> None:
    recorded = command("record", "--base-url", gateway, "--cassettes", "new", "--corpus", "smoke", *CORPUS)
    assert recorded.code == 0, recorded.out[-3000:]
    tapes = sorted(path.relative_to(tmp_path / "new").as_posix() for path in (tmp_path / "new").rglob("corpus.*"))
    assert tapes == sorted({f"{case.of.surface}/corpus.{case.operation}.jsonl" for case in frozen.chosen("smoke")})
    first, at = recorded.results, (tmp_path / "new").rglob("corpus.*")
    assert not [path for path in at if TOKEN in path.read_text() or "127.0.0.1" in path.read_text()]
    replayed = command("run", "--cassettes", "new", "--corpus", "smoke", *CORPUS, token=None)
    assert replayed.code == 0, replayed.out[-3000:]
    assert replayed.results["requirements"] == first["requirements"]
    assert [case["verdicts"] for case in replayed.results["cases"]] == [case["verdicts"] for case in first["cases"]]


def test_recording_a_part_anew_keeps_the_rest(command: Command, gateway: str, tmp_path: Path) -> None:
    words = ("record", "--base-url", gateway, "--cassettes", "kept", "--corpus", "smoke", "--surface", "responses")
    assert command(*words, *CORPUS).code == 0
    before = _lines_by_case(tmp_path / "kept")
    chosen = frozen.chosen("smoke")
    case = next(case for case in chosen if case.operation == "createResponse" and case.mode == "negative")
    done = command(*words, "--again", "-k", case.id)
    assert done.code == 0, done.out[-3000:]
    assert done.results["target"]["resumed"] == 0
    assert _lines_by_case(tmp_path / "kept") == before, "the reference gateway answers the same again"


def _lines_by_case(directory: Path) -> dict[str, str]:
    sections = [section for path in directory.rglob("corpus.*.jsonl") for section in Tape(path).sections()]
    return {case: _timeless(line) for section in sections for case, line in section.lines.items()}


def _timeless(line: str) -> str:
    text = re.sub(r'"chunks":\[[^"]*\]', "", line)
    return re.sub(
        r'"date":"[^"]*"|\\"(created|completed)(_at)?\\":\d+|resp_\w+|chatcmpl-\w+|[0-9a-f]{16,}|msg_\w+|rs_\w+',
        "",
        text,
    )


@pytest.mark.parametrize("harm", ["missing", "corrupt", "changed"])
def test_a_recording_that_is_wrong_is_named_and_the_rest_is_judged(command: Command, tmp_path: Path, harm: str) -> None:
    shutil.copytree(resources.directory("cassettes"), tmp_path / "cassettes")
    case = next(case for case in frozen.chosen("smoke") if case.operation == "createResponse" and case.raw)
    path = tmp_path / "cassettes" / "responses" / "corpus.createResponse.jsonl"
    lines = path.read_text().split("\n")
    [number] = [number for number, line in enumerate(lines) if case.id in line]
    if harm == "missing":
        del lines[number]
    elif harm == "corrupt":
        lines[number] = lines[number][:-9]
    else:
        kept_line = json.loads(lines[number])
        kept_line["exchanges"][0]["sent"] = "0" * 64
        lines[number] = json.dumps(kept_line, ensure_ascii=False, separators=(",", ":"))
    path.write_text("\n".join(lines))
    done = command("run", "--cassettes", "cassettes", "--corpus", "smoke", *CORPUS)
    assert done.code == 4
    assert "Traceback" not in done.out + done.err
    [error] = done.results["errors"]
    says = {"missing": "no recording of", "corrupt": "is corrupt at", "changed": "was not recorded; from the nearest"}
    assert says[harm] in error
    assert f"--corpus full -k '{case.id}'" in error
    assert done.results["verdict"] == "inconclusive"
    assert [found["verdict"] for found in generated(done)].count("error") == 1


def test_a_recording_that_was_cut_off_is_replayed_as_far_as_it_went(command: Command, tmp_path: Path) -> None:
    """A recording that was killed leaves a journal: what stands in it counts."""
    shutil.copytree(resources.directory("cassettes"), tmp_path / "cassettes")
    path = tmp_path / "cassettes" / "responses" / "corpus.createResponse.jsonl"
    lines = path.read_text().split("\n")
    path.unlink()
    journal = path.with_name(path.name + ".unfinished")
    journal.write_text("\n".join(lines) + '{"case":"responses/corpus.le')
    done = command("run", "--cassettes", "cassettes", "--corpus", "smoke", *CORPUS, "--surface", "responses")
    assert done.code == 0, done.out[-2000:]


# --- gateway-conformance generate


def test_generate_checks_and_makes_what_differs(tmp_path: Path) -> None:
    """In a copy of the suite, so that nothing here is written; schemathesis, which takes its time, finds nothing there."""
    root = frozen.HERE.parents[1]
    for part in ("conformance", "openapi"):
        shutil.copytree(root / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    here = tmp_path / "conformance" / "corpus"
    with (here / "schemathesis_api.py").open("a", encoding="utf-8") as file:
        file.write("\n\ndef enumerated(spec):\n    return iter(())\n")
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    words = [*COMMAND, "generate"]

    def run(*more: str) -> tuple[int, str]:
        done = subprocess.run(
            [*words, *more], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    before = {path.name: path.read_bytes() for path in here.iterdir() if path.is_file()}
    code, told = run("--check")
    assert (code, "createResponse.jsonl: differs" in told.splitlines()) == (1, True)
    assert {path.name: path.read_bytes() for path in here.iterdir() if path.is_file()} == before, "nothing is written"
    code, told = run()
    assert (code, "createResponse.jsonl: written" in told.splitlines()) == (0, True)
    assert run("--check") == (0, f"the corpus in {here}: as it has to be\n")
    whole = (here / "createResponse.jsonl").read_bytes()
    (here / "createResponse.jsonl").write_bytes(whole[: len(whole) // 2])
    assert run("--check") == (1, "createResponse.jsonl: differs\n")
    assert run() == (0, "createResponse.jsonl: written\n")
    assert (here / "createResponse.jsonl").read_bytes() == whole
