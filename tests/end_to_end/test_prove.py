"""`gateway-conformance prove`, as an author of the suite uses it."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import conformance
from conformance.reference.faults import FAULTS
from tests.commandline import COMMAND

ROOT = Path(conformance.__file__).parent.parent
Prove = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def prove(tmp_path: Path) -> Prove:
    """The command, run from a copy of the suite that a test may change."""

    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    program = [*COMMAND, "prove"]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*program, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    for part in ("conformance", "openapi"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "reports" / "prove", tmp_path / "reports" / "prove")
    return run


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.strip().rpartition("\n")[2]


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_what_has_changed_and_a_sample_are_proved(prove: Prove) -> None:
    """What a change may have harmed is proved by every run of these tests; the whole on demand."""
    done = prove("--changed", "--sample", "8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 for another reason, 0 survived, 0 false alarms" in last_line(done)
    assert "; 0 killed" not in last_line(done)


def test_a_check_that_cannot_fail_is_named(prove: Prove, tmp_path: Path) -> None:
    edit(tmp_path / "conformance/checks/usage.py", "    if total != taken + made:\n", "    if total != total:\n")
    done = prove("--fault", "responses-usage-total-off-by-one")
    assert done.returncode == 1
    [survivor] = [line for line in done.stdout.splitlines() if line.startswith("survived")]
    assert survivor.split()[1:] == ["responses-usage-total-off-by-one", "RESP-USAGE-SUM", "passed"]


def test_a_check_that_reports_something_else_is_named(prove: Prove, tmp_path: Path) -> None:
    edit(tmp_path / "conformance/checks/chat.py", '"not Unix time in seconds"', '"the answer is odd"')
    done = prove("--fault", "chat-created-in-milliseconds")
    assert done.returncode == 1
    [wrong] = [line for line in done.stdout.splitlines() if line.startswith("wrong reason")]
    assert "CHAT-RESP-CREATED" in wrong
    assert "does not say “not Unix time in seconds”" in wrong


def test_a_fault_that_no_check_sees_is_named(prove: Prove, tmp_path: Path) -> None:
    with (tmp_path / "conformance/reference/faults/serving.py").open("a", encoding="utf-8") as file:
        file.write(
            'fault("serving-slower", breaks={"SDK-QUERY-PATH": "it is slow"}, says="the serving path takes its time")\n'
        )
    done = prove("--fault", "serving-slower")
    assert done.returncode == 1
    assert "serving-slower" in done.stdout
    assert "SDK-QUERY-PATH" in done.stdout
    assert "1 survived" in last_line(done)


def test_a_right_gateway_that_is_failed_is_a_false_alarm(prove: Prove, tmp_path: Path) -> None:
    edit(
        tmp_path / "conformance/checks/answers.py",
        "return 300 <= (exchange.status or 0) < 500",
        "return exchange.status == 499",
    )
    done = prove("--fault", "openai-envelope")
    assert done.returncode == 1
    alarms = {line.split()[3] for line in done.stdout.splitlines() if line.startswith("false alarm")}
    assert "AUTH-REFUSED" in alarms


def test_a_name_that_nothing_has(prove: Prove) -> None:
    done = prove("--fault", "responses-store-acepted")
    assert done.returncode == 4
    assert done.stderr == (
        "gateway-conformance: unknown fault or variant 'responses-store-acepted'; did you mean responses-store-accepted?\n"
    )
    assert "responses-store-accepted" in FAULTS


def test_a_suite_that_breaks_is_no_proof(prove: Prove, tmp_path: Path) -> None:
    edit(
        tmp_path / "conformance/checks/chat.py",
        "def identifier(body: Any) -> Iterator[Finding]:\n",
        "def identifier(body: Any) -> Iterator[Finding]:\n    1 / 0\n",
    )
    done = prove("--fault", "chat-id-null")
    assert done.returncode == 3
    assert "ZeroDivisionError" in done.stdout


def test_a_proof_of_a_part_is_written_where_it_is_asked_for(prove: Prove, tmp_path: Path) -> None:
    whole = (tmp_path / "reports" / "prove" / "matrix.json").read_bytes()
    done = prove("--fault", "responses-store-accepted", "--report-dir", "part")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "matrix of these alone: part/matrix.html" in done.stdout
    assert "proved in part alone" in (tmp_path / "part" / "matrix.html").read_text(encoding="utf-8")
    assert (tmp_path / "reports" / "prove" / "matrix.json").read_bytes() == whole
