"""The example of docs/own-cases.md, as it is quoted there: against a gateway that names its route, and one that does not."""

import re
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Command
from tests.end_to_end.proxy import Answer, proxy
from tests.test_docs import DOCS, FENCED, text

PAGE = DOCS / "own-cases.md"


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    blocks = {block[1]: block[2] for block in FENCED.finditer(text(PAGE))}
    directory = tmp_path / "my_cases"
    directory.mkdir()
    (directory / "requirements.yaml").write_text(blocks["yaml"])
    (directory / "test_routes.py").write_text(blocks["python"])
    return directory


def with_route(_path: str, _sent: bytes, answer: Answer) -> Answer:
    """An answer of the ACME gateway."""
    is_refusal = answer.status == 400
    return Answer(422 if is_refusal else answer.status, answer.headers | {"x-acme-route": "eu-1"}, answer.body)


@pytest.mark.usefixtures("cases")
def test_it_runs_as_it_is_quoted(command: Command, gateway: str) -> None:
    with proxy(gateway, with_route) as acme:
        done = command("run", "my_cases/", "--base-url", acme.url)
    assert done.code == 0, done.out + done.err
    [own] = done.results["own"]
    assert {row["id"]: row["verdict"] for row in own["requirements"]} == {
        "ACME-ROUTE-HEADER": "passed",
        "ACME-EMPTY-MESSAGES": "passed",
    }
    seen = [one["actual"] for case in done.results["cases"] for one in case["observations"]]
    assert seen.count("eu-1") == 2


@pytest.mark.usefixtures("cases")
def test_a_gateway_that_breaks_it(command: Command, gateway: str) -> None:
    done = command("run", "my_cases/", "--base-url", gateway)
    assert done.code == 1, done.out + done.err
    [own] = done.results["own"]
    assert {row["id"]: row["verdict"] for row in own["requirements"]} == {
        "ACME-ROUTE-HEADER": "failed",
        "ACME-EMPTY-MESSAGES": "warned",
    }


def test_the_page_names_what_there_is(command: Command, cases: Path) -> None:
    names = set(re.findall(r"`own/(my_cases\.routes\.\w+)\.json`", text(PAGE)))
    assert names == {"my_cases.routes.no_messages"}
    done = command("run", f"{cases.name}/test_routes.py::test_no_messages", "--collect-only", "-q", report=False)
    assert done.code == 0, done.out + done.err
