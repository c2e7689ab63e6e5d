"""Own cases of a proxy's team: beside ours or alone, in one report, and never in the verdict on the contract."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.end_to_end.conftest import TOKEN, Command, Done
from tests.end_to_end.proxy import Answer, proxy
from tests.report.parsed import assert_inert

DECLARED = """
- id: ACME-ROUTE-HEADER
  level: MUST
  surface: [chat, responses]
  statement: Every answer names the route that it took.
  source: Manual of the ACME gateway, Routing
- id: ACME-MODEL-NAME
  level: SHOULD
  surface: chat
  statement: The answer names the model.
  source: Manual of the ACME gateway, Models
"""
CASES = '''
import pytest

from conformance.checks.findings import violation
from conformance.probing.judge import Judge
from conformance.probing.surface import Chat, Surface


@pytest.mark.decides("ACME-ROUTE-HEADER")
@pytest.mark.parametrize("surface", ["chat", "responses"], indirect=True)
def test_names_its_route(surface: Surface, judge: Judge) -> None:
    """A plain request."""
    headers = surface.ask(surface.hello).exchange.response.headers
    found = [] if "HEADER" in headers else [violation("the answer names no route", expected="HEADER", actual="none")]
    judge(found)


@pytest.mark.decides("ACME-MODEL-NAME")
def test_names_its_model(chat: Chat, judge: Judge) -> None:
    """A plain request."""
    judge([] if chat.ask(chat.hello).body.get("model") else [violation("the answer names no model")])
'''
KEPT, BROKEN = "content-type", "x-acme-route"


def declare(directory: Path, text: str = DECLARED) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "requirements.yaml").write_text(text)
    return directory


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Own cases, of which the reference gateway keeps all."""
    directory = declare(tmp_path / "my_cases")
    (directory / "test_routes.py").write_text(
        CASES.replace("HEADER", KEPT).replace("ACME-ROUTE-" + KEPT, "ACME-ROUTE-HEADER")
    )
    return directory


def broken(directory: Path) -> None:
    file = directory / "test_routes.py"
    file.write_text(file.read_text().replace(KEPT, BROKEN))


def own(done: Done) -> dict[str, str]:
    """The verdicts on own requirements, by id."""
    return {row["id"]: row["verdict"] for one in done.results["own"] for row in one["requirements"]}


def case_ids(done: Done) -> set[str]:
    return {row["id"] for row in done.results["cases"]}


ALL = {
    "own/my_cases.routes.names_its_route-chat",
    "own/my_cases.routes.names_its_route-responses",
    "own/my_cases.routes.names_its_model",
}


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize("more", [(), ("-n", "2"), ("--concurrency", "1")])
def test_alone(command: Command, gateway: str, more: tuple[str, ...]) -> None:
    done = command("run", "my_cases/", "--base-url", gateway, *more)
    assert done.code == 0, done.out + done.err
    assert own(done) == {"ACME-ROUTE-HEADER": "passed", "ACME-MODEL-NAME": "passed"}
    assert case_ids(done) == ALL
    assert done.results["own"][0]["verdict"] == "conformant"
    assert done.results["verdict"] == "inconclusive"
    told = "own requirements of my_cases: conformant; the contract was not looked at"
    assert f"{done.results['target']['name']}: {told}\n" in done.out
    page = assert_inert((done.report / "report.html").read_text())
    assert "✓ own requirements of my_cases: conformant" in page.text
    shown = command("github", str(done.report), "--badge", "badge.json", report=False)
    assert told in shown.out
    badge = json.loads((done.report.parent / "badge.json").read_text())
    assert badge["message"].startswith("own requirements of my_cases: conformant, the contract was not looked at")
    assert "own requirements of my_cases, no part of the contract: conformant" in done.out
    assert "my_cases" in done.results["selection"]["own"]


def test_what_fails_is_in_each_report_and_in_the_exit_code(command: Command, gateway: str, cases: Path) -> None:
    broken(cases)
    done = command(
        "run", "--base-url", gateway, "--smoke", "conformance.cases", "my_cases", "-k", "RESP-400-STORE or ACME"
    )
    assert done.code == 0, "none of them is marked as smoke"
    done = command("run", "conformance.cases", "my_cases", "--base-url", gateway, "-k", "RESP-400-STORE or ACME")
    assert done.code == 1, done.out + done.err
    assert done.results["verdict"] == "conformant"
    assert own(done) == {"ACME-ROUTE-HEADER": "failed", "ACME-MODEL-NAME": "passed"}
    assert "RESP-400-STORE" in done.verdicts("passed")
    assert not [row for row in done.results["requirements"] if row["id"].startswith("ACME")]
    assert not done.results["causes"]
    assert "ACME-ROUTE-HEADER            MUST    the answer names no route (none)" in done.out
    page = assert_inert((done.report / "report.html").read_text())
    assert "Own requirements of my_cases" in page.under["own-1"]
    assert "the answer names no route" in page.text.partition("Own requirements of my_cases")[2]
    suite = ET.parse(done.report / "junit.xml").getroot()
    [failed, *_] = [one for one in suite.iter("testcase") if one.find("failure") is not None]
    assert failed.get("classname") == "own/my_cases"


@pytest.mark.usefixtures("cases")
def test_one_case_and_one_requirement(command: Command, gateway: str) -> None:
    done = command("run", "my_cases/test_routes.py::test_names_its_model", "--base-url", gateway)
    assert done.code == 0, done.out + done.err
    assert case_ids(done) == {"own/my_cases.routes.names_its_model"}
    assert own(done)["ACME-ROUTE-HEADER"] == "not_tested"
    done = command("run", "conformance.cases", "my_cases", "--base-url", gateway, "--requirement", "acme-route-header")
    assert case_ids(done) == ALL - {"own/my_cases.routes.names_its_model"}


@pytest.mark.usefixtures("cases")
def test_nothing_in_an_answer_to_an_own_case_judges_the_contract(command: Command, gateway: str) -> None:
    """What an own case asks for may be no part of the contract."""
    done = command("run", "my_cases", "--base-url", f"{gateway}/faults/chat-usage-total-off-by-one")
    assert done.results["cases"]
    assert not done.verdicts("passed", "failed", "warned", "inconclusive")


def test_recorded_and_replayed(command: Command, gateway: str, cases: Path, tmp_path: Path) -> None:
    done = command("record", "--base-url", gateway, "--cassettes", "kept", "my_cases/")
    assert done.code == 0, done.out + done.err
    assert (tmp_path / "kept" / "own" / "my_cases.routes.names_its_model.json").is_file()
    done = command("run", "--cassettes", "kept", "my_cases/", token=None)
    assert done.code == 0, done.out + done.err
    assert case_ids(done) == ALL
    broken(cases)
    assert command("run", "--cassettes", "kept", "my_cases/", token=None).code == 1
    assert command("verify", "kept", report=False).code == 0


def with_headers(_path: str, _sent: bytes, answer: Answer) -> Answer:
    secret = {"x-acme-route": "eu-1", "x-acme-session": "c0ffee-of-somebody", "x-acme-token": TOKEN}
    return Answer(answer.status, answer.headers | secret, answer.body)


def test_headers_that_are_declared_are_kept_for_own_cases_alone(
    command: Command, gateway: str, cases: Path, tmp_path: Path
) -> None:
    declare(
        cases, DECLARED.replace("Manual of the ACME gateway, Routing", "Manual, Routing\n  headers: [X-Acme-Route]")
    )
    broken(cases)
    words = ("conformance.cases", "my_cases", "-k", "RESP-400-STORE or ACME", "--cheap")
    with proxy(gateway, with_headers) as acme:
        done = command("record", "--base-url", acme.url, "--cassettes", "kept", *words)
        assert done.code == 0, done.out + done.err
    assert own(done)["ACME-ROUTE-HEADER"] == "passed"
    assert command("run", "--cassettes", "kept", *words, token=None).code == 0
    assert command("verify", "kept", report=False).code == 0
    kept = {path: path.read_text() for path in (tmp_path / "kept").rglob("*.json")}
    assert {path.parent.name for path, text in kept.items() if "eu-1" in text} == {"own"}
    exchanges = [json.loads(line) for line in (done.report / "exchanges.jsonl").read_text().splitlines()]
    assert {one["case"].split("/")[0] for one in exchanges if "x-acme-route" in one["response"]["headers"]} == {"own"}
    everything = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*.*") if path.is_file())
    assert "c0ffee-of-somebody" not in everything
    assert TOKEN not in everything


def test_shards_are_merged(command: Command, gateway: str, cases: Path) -> None:
    broken(cases)
    for number in (1, 2):
        done = command(
            "run",
            "my_cases",
            "--base-url",
            gateway,
            "--shard",
            f"{number}/2",
            "--report-dir",
            f"s{number}",
            report=False,
        )
        assert done.code in (0, 1), done.out + done.err
    done = command("merge", "s1", "s2")
    assert done.code == 1, done.out + done.err
    assert own(done) == {"ACME-ROUTE-HEADER": "failed", "ACME-MODEL-NAME": "passed"}
    assert case_ids(done) == ALL


@pytest.mark.usefixtures("cases")
def test_a_plan_counts_them(command: Command) -> None:
    done = command("plan", "my_cases", "--json", report=False)
    assert done.code == 0, done.out + done.err
    assert json.loads(done.out)["cases"] == len(ALL)


def test_a_case_that_breaks_says_nothing_of_the_contract(command: Command, gateway: str, cases: Path) -> None:
    (cases / "test_wrong.py").write_text(
        CASE.format("ACME-MODEL-NAME").replace("chat.accepts(chat.hello)", 'chat.ask(chat.hello).body["nothing"]')
    )
    done = command("run", "conformance.cases", "my_cases", "--base-url", gateway, "-k", "RESP-400-STORE or ACME")
    assert done.code == 3, done.out + done.err
    assert done.results["verdict"] == "conformant"
    assert done.results["complete"]
    [error] = done.results["errors"]
    assert error.startswith("own/my_cases.wrong.it: ")
    assert own(done)["ACME-MODEL-NAME"] == "inconclusive"
    assert "\nERROR your case broke: own/my_cases.wrong.it: KeyError: 'nothing'\n" in done.out
    assert "your case broke: own/my_cases.wrong.it" in done.out.partition("ACME-MODEL-NAME")[2]
    page = assert_inert((done.report / "report.html").read_text())
    assert "An own case broke" in page.text
    told = command("github", str(done.report), report=False).out
    assert "title=gateway-conformance%3A your case broke::own/my_cases.wrong.it: KeyError: 'nothing'" in told
    for text in (done.out, page.text, told):
        assert "the suite broke" not in text
        assert "suite itself broke" not in text


@pytest.mark.usefixtures("cases")
def test_alone_and_broken(command: Command, gateway: str, cases: Path) -> None:
    broken(cases)
    done = command("run", "my_cases/", "--base-url", gateway)
    assert done.code == 1, done.out + done.err
    assert ": own requirements of my_cases: nonconformant; the contract was not looked at\n" in done.out
    command("github", str(done.report), "--badge", "badge.json", report=False)
    assert "my_cases: nonconformant" in json.loads((done.report.parent / "badge.json").read_text())["message"]
    done = command("run", "my_cases/test_routes.py::test_names_its_model", "--base-url", gateway)
    assert "conformant, in what was selected (paths my_cases/test_routes.py::test_names_its_model); the con" in done.out


def test_a_case_that_does_not_apply(command: Command, gateway: str, cases: Path) -> None:
    (cases / "test_routes.py").write_text(
        'import pytest\n\n\n@pytest.mark.decides("ACME-MODEL-NAME")\ndef test_it(chat):\n    pytest.skip("not here")\n'
    )
    done = command("run", "my_cases", "--base-url", gateway)
    assert done.code == 2, done.out + done.err
    assert done.results["complete"]
    assert own(done)["ACME-MODEL-NAME"] == "not_applicable"


def test_helpers_and_fixtures_of_their_own(command: Command, gateway: str, cases: Path) -> None:
    (cases / "routes.py").write_text("HEADER = 'content-type'\n")
    (cases / "conftest.py").write_text(
        "import pytest\nfrom routes import HEADER\n\n\n@pytest.fixture\ndef header():\n    return HEADER\n"
    )
    (cases / "deeper").mkdir()
    (cases / "deeper" / "test_more.py").write_text(
        'import pytest\n\n\n@pytest.mark.decides("ACME-MODEL-NAME")\ndef test_it(chat, judge, header):\n'
        "    assert header in chat.ask(chat.hello).exchange.response.headers\n    judge([])\n"
    )
    done = command("run", "my_cases", "--base-url", gateway, "-n", "2")
    assert done.code == 0, done.out + done.err
    assert case_ids(done) == ALL | {"own/my_cases.deeper.more.it"}


def row(**changed: str) -> str:
    members = {
        "id": "ACME-X",
        "level": "MUST",
        "surface": "chat",
        "statement": "It is so.",
        "source": "A manual",
    } | changed
    return "- {" + ", ".join(f"{name}: {value}" for name, value in members.items() if value) + "}\n"


CASE = 'import pytest\n\n\n@pytest.mark.decides("{}")\ndef test_it(chat):\n    """It is so."""\n    chat.accepts(chat.hello)\n'


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        (row(id="CHAT-MINE"), "CHAT-MINE begins as ids of the contract do"),
        (row(id="acme-x"), "'acme-x' is no id"),
        (row(id="ACME"), "'ACME' is no id"),
        (row() + row(), "ACME-X is declared twice"),
        (
            row(level="MUSTY"),
            "requirement 1, level: unknown level 'MUSTY'; did you mean MUST? (MUST, SHOULD, MAY, INFO)",
        ),
        (row(level="9"), "requirement 1, level: "),
        (row(level="HAS"), "requirement 1, level: unknown level 'HAS'; give one of MUST, SHOULD, MAY, INFO"),
        (
            row(surface="[chat, chatt]"),
            "requirement 1, surface: unknown surface 'chatt'; did you mean chat? (chat, resp",
        ),
        (row() + row(id="ACME-Y", statement=""), "requirement 2: Object missing required field `statement`"),
        (row(statment="x"), "unknown field `statment`"),
        (row(surface="chta"), "requirement 1, surface: unknown surface 'chta'; did you mean chat?"),
        (row(surface="[]"), "requirement 1, surface: "),
        (
            row(headers="[set-cookie]"),
            "ACME-X asks for the header 'set-cookie', which may hold what nobody should keep",
        ),
        (row(headers="['x y']"), "ACME-X asks for the header 'x y'"),
        ("{", "requirements.yaml is no YAML"),
        ("a: 1", "Expected `array`, got `object`"),
        ("", "Expected `array`, got `null`"),
    ],
)
def test_a_wrong_declaration(command: Command, tmp_path: Path, declared: str, says: str) -> None:
    directory = declare(tmp_path / "my_cases", declared)
    (directory / "test_it.py").write_text(CASE.format("ACME-X"))
    done = command("run", "my_cases/", "--base-url", "http://127.0.0.1:9")
    assert done.code == 4
    assert len((done.out + done.err).strip().splitlines()) == 1
    assert says in done.err
    assert not done.report.exists()


@pytest.fixture
def judged(command: Command, gateway: str, cases: Path) -> Callable[..., Done]:
    """What comes of own cases with one more file."""

    def run(file: str, *more: str) -> Done:
        (cases / "test_it.py").write_text(file)
        return command("run", "my_cases/", "--base-url", gateway, *more)

    return run


@pytest.mark.parametrize("more", [(), ("-n", "2")])
@pytest.mark.parametrize(
    ("file", "says"),
    [
        (
            CASE.format("ACME-ROUTE-HAEDER"),
            "unknown requirement of its own 'ACME-ROUTE-HAEDER'; did you mean ACME-ROUTE-HEADER?",
        ),
        (CASE.format("CHAT-USAGE-SUM"), "unknown requirement of its own 'CHAT-USAGE-SUM'"),
        ("def test_it(chat):\n    pass\n", "my_cases/test_it.py::test_it does not say what it decides"),
        (
            "import pytest\n\nfoo.bar()\n",
            "test_it.py cannot be imported: NameError: name 'foo' is not defined (line 3)",
        ),
        (
            "import no_such_module\n",
            "test_it.py cannot be imported: ModuleNotFoundError: No module named 'no_such_module' (line 1)",
        ),
        ("def test_it(:\n", "test_it.py cannot be imported: SyntaxError: invalid syntax (test_it.py, line 1)"),
    ],
)
def test_a_wrong_case(judged: Callable[..., Done], file: str, says: str, more: tuple[str, ...]) -> None:
    done = judged(file, *more)
    assert done.code == 4, done.out + done.err
    assert "Traceback" not in done.out + done.err
    [line] = done.err.strip().splitlines()
    assert says in line
    assert not done.report.exists()


def test_a_conftest_that_cannot_be_imported(command: Command, gateway: str, cases: Path) -> None:
    for place in (cases, cases / "deeper"):
        place.mkdir(exist_ok=True)
        (place / "conftest.py").write_text("import pytest\n\n1 / 0\n")
        (place / "test_more.py").write_text(CASE.format("ACME-MODEL-NAME"))
        done = command("run", "my_cases/", "--base-url", gateway)
        assert done.code == 4, done.out + done.err
        [line] = done.err.strip().splitlines()
        assert f"{place / 'conftest.py'} cannot be imported: ZeroDivisionError: division by zero (line 3)" in line
        (place / "conftest.py").unlink()


def test_two_cases_of_one_name(command: Command, gateway: str, cases: Path) -> None:
    (cases / "test_it.py").write_text(
        'import pytest\n\n\n@pytest.mark.decides("ACME-MODEL-NAME")\nclass TestA:\n    def test_it(self, chat): ...\n\n\n'
        '@pytest.mark.decides("ACME-MODEL-NAME")\nclass TestB:\n    def test_it(self, chat): ...\n'
    )
    done = command("run", "my_cases/", "--base-url", gateway)
    assert done.code == 4
    assert "would both be the case own/my_cases.it.it: rename one" in done.err


def test_two_files_of_one_name(command: Command, gateway: str, cases: Path) -> None:
    shutil.copytree(cases, cases / "deeper")
    (cases / "deeper" / "requirements.yaml").unlink()
    done = command("run", "my_cases/", "--base-url", gateway)
    assert done.code == 4
    assert "a file of the same name was: rename one, or put an __init__.py beside each" in done.err


@pytest.mark.usefixtures("cases")
def test_two_directories(command: Command, gateway: str, tmp_path: Path) -> None:
    other = declare(tmp_path / "other" / "my_cases")
    done = command("run", "my_cases", str(other), "--base-url", gateway)
    assert done.code == 4
    assert "are both called my_cases: rename one" in done.err
    other = shutil.move(other, tmp_path / "other_cases")
    done = command("run", "my_cases", "other_cases", "--base-url", gateway)
    assert done.code == 4
    assert "ACME-MODEL-NAME is declared in" in done.err or "ACME-ROUTE-HEADER is declared in" in done.err


@pytest.mark.parametrize("path", ["no_such_cases/", "my_cases/test_nothing.py", "empty/"])
def test_a_path_without_cases(command: Command, cases: Path, path: str) -> None:
    (cases.parent / "empty").mkdir()
    done = command("run", path, "--base-url", "http://127.0.0.1:9")
    assert done.code == 4
    assert f"{path} is not among the cases" in done.err
    assert "a directory of own cases, with a requirements.yaml" in done.err


@pytest.mark.usefixtures("cases")
def test_recordings_without_them(command: Command) -> None:
    done = command("run", "my_cases", token=None)
    assert done.code == 4
    assert "no own case is among the recordings in" in done.err


@pytest.mark.usefixtures("cases")
def test_a_directory_may_be_called_as_a_word_of_k(command: Command) -> None:
    done = command("run", "-k", "my_cases", token=None)
    assert done.code == 2, done.out + done.err
    assert done.results["own"] == []


def test_a_long_expression_is_no_directory(command: Command) -> None:
    done = command("run", "-k", " or ".join(["RESP-400-STORE"] * 300), "--cheap", token=None)
    assert done.code == 0, done.out + done.err
