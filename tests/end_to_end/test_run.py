"""The main job, end to end: replay, live, recording, selection, and the verdicts that come out."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from conformance.report import results as results_module
from conformance.requirements import catalogue, of_both_sides
from conformance.runs.selection import Selection
from conformance.runs.settings import is_generated
from tests.end_to_end.conftest import TOKEN, Command, Done

STORE = ("--requirement", "RESP-400-STORE")


def timeless(results: dict[str, Any]) -> dict[str, Any]:
    """results.json without what differs from run to run."""
    measured = ("started_at", "duration_s", "timing", "limits")
    kept = {key: value for key, value in results.items() if key not in measured}
    return kept | {
        "cases": [
            {**case, "duration_s": 0, "observations": [one for one in case["observations"] if not _is_measured(one)]}
            for case in results["cases"]
        ]
    }


def _is_measured(observation: dict[str, Any]) -> bool:
    return bool(observation["message"] == "the stream arrives")


def without_ids(results: dict[str, Any]) -> dict[str, Any]:
    """The same without the ids that a gateway makes up for each answer: of two live runs no more is equal."""
    text = re.sub(r"\b[a-z_]+_[0-9a-f]{20,}\b", "some-id", json.dumps(timeless(results)))
    kept: dict[str, Any] = json.loads(text)
    return kept


@pytest.mark.xdist_group("replayed")
def test_replay_of_the_bundled_recordings(replayed: Callable[..., Done]) -> None:
    done = replayed()
    assert done.code == 0, done.out + done.err
    assert {path.name for path in done.report.iterdir()} == {
        "report.html",
        "results.json",
        "junit.xml",
        "exchanges.jsonl",
    }

    results = done.results
    schema = json.loads(Path(results_module.__file__).with_name("results.schema.json").read_text())
    jsonschema.validate(results, schema, format_checker=jsonschema.FormatChecker())
    assert (results["verdict"], results["partial"]) == ("conformant", False)
    assert f"reference gateway: conformant; {'; '.join(results['scope'])}\n" in done.out
    assert [text.partition(" ")[0] for text in results["scope"]] == ["all", "all", "all"], "surfaces, models, MUSTs"
    assert (results["target"]["mode"], results["target"]["provenance"]) == ("replay", "reference")
    assert [row["id"] for row in results["requirements"]] == list(catalogue())
    verdicts = [row["verdict"] for row in results["requirements"]]
    assert verdicts.count("passed") >= 140
    assert not {"failed", "warned", "inconclusive"} & set(verdicts)
    # gpt-oss, the one OpenAI model outside the GPT-5 series, is not served on Responses by the reference gateway.
    facts_of_clients = {"REASON-EXTRA-BODY", "RESP-DBXCLIENT-PATH", "SDK-FINISH-LOST", "SDK-QUERY-MESSAGES"}
    about_proxies = {name for name in catalogue() if of_both_sides((name,))}
    assert set(done.verdicts("not_applicable")) == {"RESP-CUSTOM-NON-GPT5"} | facts_of_clients | about_proxies
    assert "not_tested" not in verdicts
    by_hand = [exchange for case in results["cases"] if "varies" not in case for exchange in case["exchanges"]]
    assert len(by_hand) < 600
    assert results["requests"] - len(by_hand) < 330, "the corpus has a budget of its own"
    assert results["bytes"]["sent"] < 150e6

    proved = {row["id"]: [caught["fault"] for caught in row["catches"]] for row in results["requirements"]}
    assert "responses-store-accepted" in proved["RESP-400-STORE"]
    assert not proved["SDK-FINISH-LOST"]
    assert len([name for name, faults in proved.items() if faults]) > 100

    exchanges = [json.loads(line)["id"] for line in (done.report / "exchanges.jsonl").read_text().splitlines()]
    # The plain request that many generated ones stand beside is one exchange.
    assert exchanges == list(dict.fromkeys(name for case in results["cases"] for name in case["exchanges"]))
    suite = ET.parse(done.report / "junit.xml").getroot()
    assert (len(suite.findall("testcase")), suite.get("failures"), suite.get("errors")) == (
        len(results["cases"]),
        "0",
        "0",
    )

    assert "prove nothing about any workspace" in done.out
    assert f"report: {done.report / 'report.html'}" in done.out
    assert "prove nothing about any workspace" in (done.report / "report.html").read_text()


@pytest.mark.xdist_group("replayed")
def test_the_page_of_a_conformant_run_is_small(replayed: Callable[..., Done]) -> None:
    page = (replayed().report / "report.html").read_bytes()
    assert 300_000 < len(page) < 1_500_000
    assert not re.search(rb"[A-Za-z0-9+/]{200}", page), "media are told by type, size and hash"


@pytest.mark.xdist_group("replayed")
def test_two_processes_find_the_same(command: Command, replayed: Callable[..., Done]) -> None:
    serial, parallel = replayed(), command("run", "-n", "2", token=None)
    assert serial.code == parallel.code == 0
    assert {is_generated(case["id"]) for case in serial.results["cases"]} == {True, False}
    assert timeless(serial.results) == timeless(parallel.results)
    assert (serial.report / "exchanges.jsonl").read_text() == (parallel.report / "exchanges.jsonl").read_text()


@pytest.mark.parametrize(
    "plugin", [[], ["--disable-plugin-autoload", "-p", "conformance.plugin"]], ids=["entry point", "name of before"]
)
def test_plain_pytest_does_the_same(tmp_path: Path, plugin: list[str]) -> None:
    words = [sys.executable, "-m", "pytest", "-q", *plugin, "--pyargs", "conformance.cases", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*words, "--gateway-report-dir=report", "--gateway-requirement=RESP-400-STORE"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "report" / "results.json").read_text())
    assert [row["id"] for row in found["requirements"] if row["verdict"] == "passed"] == ["RESP-400-STORE"]


def test_live_then_recorded_then_replayed(command: Command, gateway: str, tmp_path: Path) -> None:
    live = command("run", "--live", "--base-url", gateway, "--cheap")
    assert live.code == 0, live.out + live.err
    assert live.results["target"]["provenance"] == "reference"
    assert live.results["tokens"]["input"] > 0

    kept = tmp_path / "kept"
    recorded = command("record", "--base-url", gateway, "--cheap", "--cassettes", str(kept))
    assert recorded.code == 0
    replayed = command("run", "--cassettes", str(kept), "--cheap", token=None)
    assert replayed.code == 0
    for key in ("requirements", "verdict"):
        assert live.results[key] == replayed.results[key]

    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 50
    assert not [path for path in written if TOKEN in path.read_text()]
    assert TOKEN not in live.out + live.err + recorded.out + recorded.err


def test_a_planted_fault_is_the_only_failure(command: Command, gateway: str) -> None:
    done = command("run", "--base-url", f"{gateway}/faults/responses-store-accepted")
    assert done.code == 1
    assert done.results["verdict"] == "nonconformant"
    # The generated requests see it as well: a store of any kind is what the documents forbid.
    failed = {"RESP-400-STORE": "failed"}
    assert done.verdicts("failed", "warned", "inconclusive") == failed
    lines = done.out.splitlines()
    [start] = [number for number, line in enumerate(lines) if line.startswith("RESP-400-STORE  MUST  ")][:1]
    assert lines[start + 1].strip().startswith("expected  400 (control without it: 200)")
    assert lines[start + 2].strip().startswith("actual    the request is not refused as documented: 200, resp_")
    assert any(line.strip().startswith("curl -sS") and '"store":true' in line for line in lines)
    junit = ET.parse(done.report / "junit.xml").getroot()
    failures = {str(case.get("name")) for case in junit if case.find("failure") is not None}
    assert all("-store-" in name for name in failures if is_generated(name))
    assert {name for name in failures if not is_generated(name)} == {
        f"responses/unsupported_parameters.{name}-store"
        for name in ("refused", "refused_when_streaming", "refused_on_the_serving_path")
    }


@pytest.mark.parametrize(
    "arguments",
    [STORE, ("-k", "RESP-400-STORE"), ("--surface", "responses", "--level", "must", "-k", "RESP-400-STORE")],
)
def test_selection_by_requirement(command: Command, arguments: tuple[str, ...]) -> None:
    done = command("run", *arguments)
    assert done.code == 0
    assert set(done.verdicts("passed")) == {"RESP-400-STORE"}
    assert len(done.results["cases"]) == 3


def test_selection_by_marker_and_surface(command: Command) -> None:
    done = command("run", "-m", "must and gemini")
    assert {case["id"].partition("/")[0] for case in done.results["cases"]} == {"gemini"}
    done = command("run", "--surface", "serving")
    assert {case["id"].partition("/")[0] for case in done.results["cases"]} == {"serving"}
    row = next(row for row in done.results["requirements"] if row["id"] == "CHAT-PATH")
    assert (row["verdict"], row["note"]) == ("not_tested", "not selected in this run")


@pytest.mark.parametrize(
    ("mark", "paid", "option", "paid_with_it"),
    [
        ("costly", True, "cheap", False),
        ("statistics", False, "statistics", True),
        ("all_models", False, "all_models", True),
        ("statistics", False, "all_models", False),
        ("all_models", False, "statistics", False),
        ("statistics", False, "cheap", False),
        ("costly", True, "statistics", True),
        ("must", True, "cheap", True),
        ("must", True, "smoke", False),
        ("smoke", True, "smoke", True),
    ],
)
def test_what_a_run_pays_for(mark: str, paid: bool, option: str, paid_with_it: bool) -> None:
    assert Selection().affords([mark]) is paid
    options: dict[str, Any] = {option: True}
    assert Selection.of(**options).affords(["decides", mark, "chat"]) is paid_with_it


def test_a_case_with_several_marks_needs_each_of_them_paid() -> None:
    for cheap, statistics, all_models in product([False, True], repeat=3):
        selection = Selection(cheap=cheap, statistics=statistics, all_models=all_models)
        for marks in product(["", "costly"], ["", "statistics"], ["", "all_models"]):
            assert selection.affords(marks) is all(selection.affords([mark]) for mark in marks)


@pytest.mark.parametrize(
    ("requirement", "option", "case"),
    [
        ("REASON-GEMINI-DEFAULT", "statistics", "chat/reasoning.default_effort_over_many-gemini"),
        ("IMG-GPT5-VARIANTS-UNLISTED", "all-models", "chat/image_limits.limits_of_models_without_a_row-gpt-5-1"),
    ],
)
def test_what_is_asked_for_is_added(command: Command, gateway: str, requirement: str, option: str, case: str) -> None:
    def ran(*options: str) -> set[str]:
        done = command("run", "--base-url", gateway, "--requirement", requirement, *options)
        assert done.code == (0 if done.results["cases"] else 2), done.out
        assert done.results["selection"][option.replace("-", "_")] is bool(options)
        return {found["id"] for found in done.results["cases"]}

    plain, added, cheap = ran(), ran(f"--{option}"), ran(f"--{option}", "--cheap")
    assert plain
    assert plain < added
    assert case in added - plain
    # Asking ten times over is no matter of size; hundreds of images are.
    assert (case in cheap) is (option == "statistics")


@pytest.mark.parametrize("options", [(), ("--cheap",), ("-n", "2")], ids=["alone", "smoke wins", "two workers"])
def test_a_first_look(command: Command, gateway: str, options: tuple[str, ...]) -> None:
    """Each surface, and each of what the documents promise first."""
    done = command("run", "--base-url", gateway, "--smoke", *options)
    assert done.code == 0, done.out
    assert 10 < done.results["requests"] <= 20, "the preflight sends seven more"
    assert {case["id"].partition("/")[0] for case in done.results["cases"]} == {
        "chat",
        "responses",
        "gemini",
        "serving",
    }
    passed = done.verdicts("passed")
    assert {"IMG-GEMMA-COUNT", "IMG-LLAMA-COUNT", "RESP-400-STORE", "REASON-CLAUDE-SHAPE"} <= set(passed)
    assert "conformant, of a part: in what was selected (smoke); all surfaces; " in done.out
    assert (done.results["selection"]["corpus"], done.results["selection"]["smoke"]) == ("none", True)


def test_a_first_look_sends_no_generated_requests(command: Command) -> None:
    done = command("run", "--smoke", "--corpus", "full", report=False)
    assert done.code == 4
    assert "--smoke sends no generated requests: leave out --corpus, or --smoke" in done.err


def test_nothing_decided_is_inconclusive(command: Command) -> None:
    done = command("run", "-k", "there_is_no_such_case")
    assert done.code == 2
    assert done.results["verdict"] == "inconclusive"


def test_a_target_file_and_what_it_leaves_out(command: Command, gateway: str, tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(
        f'name = "part"\ntoken_env = "OTHER_TOKEN"\n[surfaces]\nchat = "{gateway}/ai-gateway/mlflow/v1"\n'
        '[models]\nclaude-sonnet-4-5 = "system.ai.claude-sonnet-4-5"\ngpt-5 = "no-such-name"\n'
    )
    done = command(
        "run", "--target", "t.toml", "--requirement", "CHAT-PATH,CHAT-ROLE-SYSTEM,GEM-PATH,IMG-DATAURI",
        OTHER_TOKEN=TOKEN, token=None,
    )  # fmt: skip
    verdicts = done.verdicts("passed", "failed", "not_applicable")
    assert verdicts["CHAT-PATH"] == "failed"
    assert verdicts["CHAT-ROLE-SYSTEM"] == "passed"
    assert verdicts["GEM-PATH"] == "not_applicable"
    assert verdicts["IMG-DATAURI"] == "failed"
    assert "which the target file names" in done.out


def test_explain_and_list(command: Command) -> None:
    explained = command("explain", "resp-400-store", report=False)
    assert explained.code == 0
    assert "responses/unsupported_parameters.refused-store" in explained.out
    assert "responses-store-accepted" in explained.out
    assert "Query model services with the OpenAI Responses API > Limitations\n          https://" in explained.out
    assert "responses-store-accepted: the request is not refused as documented (200, " in explained.out
    assert "\nreality " not in explained.out
    assert "\nreality   Real gateways are said" in command("explain", "IMG-GPT5-PAYLOAD", report=False).out
    assert command("explain", "img-claude-20x2001", report=False).out.startswith("IMG-CLAUDE-20x2001  ")
    listed = command("list", "--surface", "gemini", "--level", "must", report=False)
    assert "GEM-PATH" in listed.out
    assert "CHAT-PATH" not in listed.out


@pytest.mark.parametrize("name", ["openai-envelope", "crlf-split", "extra-fields"])  # `prove` judges them all
def test_a_gateway_that_is_different_and_right_does_not_fail(command: Command, gateway: str, name: str) -> None:
    done = command("run", "--base-url", f"{gateway}/variants/{name}", "--cheap")
    assert done.code == 0, done.out
    assert not done.verdicts("failed", "inconclusive")
    [told] = [line for line in done.out.splitlines() if line.startswith("--cheap left undecided: ")]
    assert "IMG-CLAUDE-COUNT" in told
