"""A client with a planted change is told right: on the wire, or for the caller. So is one that does not differ at all.

The client is a patched copy of the one that is installed, which the interpreter finds first. Nothing else is changed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.observer.trouble import closed_port
from tests.commandline import COMMAND

pytestmark = pytest.mark.xdist_group("planted")  # what the tests share is made once

CASES_OF = {
    "openai": [
        "test_openai_chat.py::test_plain[sync]",
        "test_openai_chat.py::test_streamed[sync]",
        "test_openai_chat.py::test_message_dumped[sync]",
        "test_openai_errors.py::test_400[sync-databricks]",
        "test_openai_errors.py::test_401[sync]",
        "test_openai_errors.py::test_429[sync]",
        "test_openai_responses.py::test_plain[sync]",
        "test_openai_responses.py::test_streamed[sync]",
    ],
    "google.genai": [
        "test_genai_content.py::test_plain[v1beta-sync]",
        "test_genai_content.py::test_streamed[v1beta-sync]",
        "test_genai_errors.py::test_400[sync-plain]",
    ],
    "databricks.sdk": [
        "test_databricks_sdk.py::test_query",
        "test_databricks_sdk.py::test_sampling",
        "test_databricks_sdk.py::test_extra_params",
    ],
}
DIRECTLY = [*COMMAND]
WITNESS = "\nopen(__file__ + '.imported', 'w').close()\n"
"""What a copy does when it is imported: a copy that is passed over would be told to be unchanged."""


@dataclass(frozen=True)
class Plant:
    """One change of a client's source, wherever the old text stands in the file."""

    file: str
    old: str
    new: str


WIRE = [
    Plant(
        "_base_client.py", '"Content-Type": "application/json",', '"Content-Type": "application/json; charset=utf-8",'
    ),
    Plant("_base_client.py", '"User-Agent": self.user_agent,', '"User-Agent": self.user_agent, "X-Planted": "1",'),
    Plant("resources/chat/completions/completions.py", '"n": n,', '"n": 1 if n is omit else n,'),
    Plant(
        "resources/responses/responses.py", 'self._post(\n            "/responses",', "self._post(\n            1 // 0,"
    ),
    Plant("_streaming.py", 'if sse.data.startswith("[DONE]"):', 'if "[DONE]" in sse.data or \'"stop"\' in sse.data:'),
]
CALLER = [
    Plant("_client.py", "max_retries: int = DEFAULT_MAX_RETRIES", "max_retries: int = 3"),
    Plant("_client.py", "_exceptions.BadRequestError(", "_exceptions.UnprocessableEntityError("),
    Plant(
        "_models.py",
        "    if value is None:\n        return field_get_default(field)\n",
        "    if value is None:\n        return field_get_default(field)\n"
        '    value = value.lower() if key == "content" and isinstance(value, str) else value\n',
    ),
    Plant("_streaming.py", 'if sse.data.startswith("[DONE]"):', 'if sse.event == "response.completed":'),
]
PATH = [Plant("resources/chat/completions/completions.py", '"/chat/completions",', '"/chat/completion",')]
COMMENT = [
    Plant("_constants.py", "DEFAULT_MAX_RETRIES = 2", "DEFAULT_MAX_RETRIES = 2  # and no more"),
    Plant("_streaming.py", "class Stream(", '"""A planted docstring."""\n\n\nclass Stream('),
]
GENAI = [
    Plant(
        "_api_client.py",
        "headers = {'Content-Type': 'application/json'}",
        "headers = {'Content-Type': 'application/json', 'X-Planted': '1'}",
    ),
    Plant("errors.py", "raise ClientError(status_code", "raise ServerError(status_code"),
    Plant("models.py", "'{model}:streamGenerateContent", "'{model}:generateContentStream"),
]
DATABRICKS = [
    Plant(
        "service/serving.py",
        'if temperature is not None:\n            body["temperature"] = temperature\n',
        'body["temperature"] = 1.0 if temperature is None else temperature\n',
    ),
    Plant("errors/platform.py", '_VALUE": InvalidParameterValue', '_VALUE": AlreadyExists'),
]


def copied(client: str, plants: list[Plant], to: Path) -> Path:
    """A copy of an installed package, changed. Gives the directory that holds it, and the file that tells of its import."""
    where = next(iter(_spec(client).submodule_search_locations or ()))
    package = to.joinpath(*client.split("."))
    shutil.copytree(where, package)
    above = Path(where).parent / "__init__.py"
    if "." in client and above.exists():  # a namespace that its packages share; elsewhere there is no such file
        shutil.copy2(above, package.parent)
    for plant in plants:
        file = package / plant.file
        source = file.read_text(encoding="utf-8")
        assert plant.old in source, f"{plant.file} of {client} has no {plant.old!r} any more: plant something else"
        file.write_text(source.replace(plant.old, plant.new), encoding="utf-8")
    with (package / "__init__.py").open("a", encoding="utf-8") as init:
        init.write(WITNESS)
    return package / "__init__.py.imported"


def _spec(client: str) -> ModuleSpec:
    return _is_there(client) or pytest.skip(f"{client} is not installed")


def _is_there(client: str) -> ModuleSpec | None:
    return find_spec(client) if find_spec(client.partition(".")[0]) else None


def ran(
    directory: Path, cases: Sequence[str], *, command: Sequence[str] = DIRECTLY, **variables: str
) -> tuple[Path, str]:
    """Runs cases of ours. Gives the directory with the results, and what was printed."""
    selection = " or ".join(f"({case.replace('::', ' and ')})" for case in cases)
    done = _sdk(directory, "-k", selection, command=command, **variables)
    printed = done.stdout + done.stderr
    assert done.returncode == 0, printed
    assert f"{len(cases)} passed" in printed
    return directory, printed


def _sdk(
    directory: Path, *words: str, command: Sequence[str] = DIRECTLY, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, "sdk", "--report-dir", str(directory), *words],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


Patched = Callable[..., Path]
Unpatched = Callable[[str], Path]


@pytest.fixture(scope="module")
def unpatched(tmp_path_factory: pytest.TempPathFactory) -> Unpatched:
    """The results of a client as it is installed, observed once."""

    @cache
    def results(client: str) -> Path:
        _spec(client)
        return ran(tmp_path_factory.mktemp("unpatched"), CASES_OF[client])[0]

    return results


@pytest.fixture
def patched(tmp_path: Path) -> Patched:
    """Gives the results of a client with planted changes."""

    def results(client: str, plants: list[Plant], command: Sequence[str] = DIRECTLY) -> Path:
        imported = copied(client, plants, tmp_path / "copy")
        path = os.pathsep.join([str(tmp_path / "copy"), *filter(None, [os.environ.get("PYTHONPATH")])])
        found, _ = ran(tmp_path / "patched", CASES_OF[client], command=command, PYTHONPATH=path)
        assert imported.exists(), f"the copy of {client} was not imported"
        return found

    return results


@dataclass(frozen=True)
class Told:
    """What `compare` says of two runs."""

    code: int
    output: str

    def of(self, case: str) -> list[str]:
        """The causes that a case stands under, the gravest first; none if it is unchanged."""
        blocks = re.split(r"\n(?=\S)", self.output)
        return [block for block in blocks if case in re.split(", ", [*block.splitlines(), ""][1].strip())]

    def says(self, case: str, outcome: str, *words: str) -> None:
        """Asserts the outcome of a case at its gravest, and words that tell of what changed in it."""
        said = self.of(case)
        assert said, f"{case}:\n{self.output}"
        assert said[0].startswith(f"{outcome} ×"), f"{case}:\n{self.output}"
        assert [word for word in words if not any(word in block for block in said)] == [], said


def compared(old: Path, new: Path) -> Told:
    done = CliRunner().invoke(main, ["compare", "--all", str(old), str(new)])
    return Told(done.exit_code, done.output)


def test_what_changes_on_the_wire_is_told_as_that(unpatched: Unpatched, patched: Patched) -> None:
    """A header more, another content type, a member of the body; beside them, two things that break."""
    old, new = unpatched("openai"), patched("openai", WIRE)
    told = compared(old, new)
    everywhere = ('"application/json" → "application/json; charset=utf-8"', "wire headers.others", "x-planted")
    told.says("openai_chat.plain-sync", "wire changed", "wire body.n: absent → 1", *everywhere)
    told.says("openai_responses.streamed-sync", "broken", "ZeroDivisionError: integer", "requests: 1 → 0")
    told.says("openai_chat.streamed-sync", "broken", "reason of the end: the wire says", "the client loses it")
    assert "against the documents" not in told.output
    assert (told.code, told.output.splitlines()[-1]) == (1, "3 broken, 5 wire changed")

    back = compared(new, old)
    back.says("openai_responses.plain-sync", "fixed", "ZeroDivisionError")
    back.says("openai_chat.streamed-sync", "wire changed", "reason of the end")
    assert (back.code, back.output.splitlines()[-1]) == (0, "6 wire changed, 2 fixed")


def test_what_changes_for_the_caller_is_told_as_that(unpatched: Unpatched, patched: Patched) -> None:
    """Another exception; a stream without its last event; and a text that the client changes, which is its defect.

    One thing is on the wire: the client asks once more where it is turned away.
    """
    told = compared(unpatched("openai"), patched("openai", CALLER))
    told.says(
        "openai_errors.400-sync-databricks", "caller sees something else",
        'caller error.type: "BadRequestError" → "UnprocessableEntityError"',
    )  # fmt: skip
    told.says("openai_responses.streamed-sync", "caller sees something else", "caller count: ", "caller events: ")
    told.says("openai_chat.plain-sync", "broken", "text: the wire says 'I read: ", "the caller gets 'i read: ")
    told.says("openai_errors.429-sync", "more requests", "requests: 3 → 4")
    assert ": wire " not in told.output
    assert "    wire " not in told.output
    assert told.code == 1


def test_a_path_that_no_page_names_is_told_as_a_breach(unpatched: Unpatched, patched: Patched) -> None:
    """Where the gateway refuses either way the wire alone has changed; where it had answered, the case is broken."""
    told = compared(unpatched("openai"), patched("openai", PATH))
    against = "against the documents: the documents name no path /ai-gateway/mlflow/v1/chat/completion"
    told.says("openai_errors.401-sync", "wire changed", against, "wire path: ")
    told.says("openai_chat.plain-sync", "broken", "NotFoundError: ", against)
    assert told.of("openai_responses.plain-sync") == []
    assert told.code == 1


def test_a_comment_is_no_change(unpatched: Unpatched, patched: Patched) -> None:
    """By the console script too, where it is installed, a copy is found first."""
    script = shutil.which("gateway-conformance", path=str(Path(sys.executable).parent))
    new = patched("openai", COMMENT, [sys.executable, script] if script else DIRECTLY)
    told = compared(unpatched("openai"), new)
    assert (told.code, told.output.splitlines()[1:]) == (0, ["8 unchanged"])


def test_googles_client_is_told_alike(unpatched: Unpatched, patched: Patched) -> None:
    told = compared(unpatched("google.genai"), patched("google.genai", GENAI))
    told.says("genai_content.plain-v1beta-sync", "other headers", "wire headers.others", "x-planted")
    told.says("genai_content.streamed-v1beta-sync", "broken", "ServerError: 404", "against the documents: ")
    told.says(
        "genai_errors.400-sync-plain", "caller sees something else", 'caller error.type: "ClientError" → "ServerError"'
    )
    assert told.code == 1


def test_databricks_client_is_told_alike(unpatched: Unpatched, patched: Patched) -> None:
    told = compared(unpatched("databricks.sdk"), patched("databricks.sdk", DATABRICKS))
    told.says("databricks_sdk.query", "wire changed", "body.temperature: absent → 1.0")
    told.says("databricks_sdk.extra_params", "wire changed", 'error.type: "InvalidParameterValue" → "AlreadyExists"')
    assert told.of("databricks_sdk.sampling") == []  # it names a temperature
    assert (told.code, told.output.splitlines()[-1]) == (0, "2 wire changed, 1 unchanged")


def test_a_name_that_is_gone_breaks_what_uses_it_and_nothing_else(unpatched: Unpatched, patched: Patched) -> None:
    """The run itself does not end: what a case cannot import is what its caller would see."""
    lost = [
        Plant("service/serving.py", "class ChatMessageRole(", "class RoleOfChatMessage("),
        Plant("service/serving.py", "ChatMessageRole]", "RoleOfChatMessage]"),
        Plant("service/serving.py", '"role", ChatMessageRole)', '"role", RoleOfChatMessage)'),
    ]
    told = compared(unpatched("databricks.sdk"), patched("databricks.sdk", lost))
    told.says("databricks_sdk.query", "broken", "AttributeError: ", "ChatMessageRole", "requests: 1 → 0")
    assert (told.code, told.output.splitlines()[-1]) == (1, "3 broken")


def _of_a_user(home: Path) -> dict[str, str]:
    """The environment of one who uses these clients with other services, through a proxy."""
    (home / ".netrc").write_text("default login me password of-a-user\n")
    (home / ".databrickscfg").write_text("[DEFAULT]\nhost = https://of-a-user.invalid\ntoken = of-a-user\n")
    nowhere = closed_port()
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    proxies = {spelled: nowhere for name in names for spelled in (name, name.lower())}
    files = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GOOGLE_APPLICATION_CREDENTIALS")
    urls = ("OPENAI_BASE_URL", "GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL", "DATABRICKS_HOST")
    said = (
        "OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY",
        "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION", "DATABRICKS_TOKEN", "DATABRICKS_CLIENT_ID",
        "DATABRICKS_CLIENT_SECRET", "DATABRICKS_CONFIG_PROFILE", "DATABRICKS_WORKSPACE_ID",
    )  # fmt: skip
    return {
        **proxies,
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "example.com"),
        **dict.fromkeys(files, str(home / "absent")),
        **dict.fromkeys(urls, nowhere),
        **dict.fromkeys(said, "of-a-user"),
        "OPENAI_LOG": "debug",
        "GOOGLE_GENAI_USE_VERTEXAI": "true",
        "GOOGLE_GENAI_USE_ENTERPRISE": "true",
        "HOME": str(home),
    }


def test_a_users_environment_changes_nothing(unpatched: Unpatched, tmp_path: Path) -> None:
    """Keys, organisations, endpoints, proxies and files of whoever runs the cases are hidden from all clients.

    What clients warn of in these cases is not shown: `message_dumped` has pydantic warn.
    """
    everything = [case for client, cases in CASES_OF.items() if _is_there(client) for case in cases]
    new, printed = ran(tmp_path / "new", everything, **_of_a_user(tmp_path))
    for client in filter(_is_there, CASES_OF):
        told = compared(unpatched(client), new)
        assert (told.code, told.output.count("unchanged")) == (0, 1)
        assert f"\n{len(CASES_OF[client])} unchanged\n" in told.output
    assert "of-a-user" not in (new / "results.json").read_text() + printed
    assert "warning" not in printed.lower()


def test_a_users_own_case_is_kept_whatever_becomes_of_it(tmp_path: Path) -> None:
    """One that fails before anything is asked, or after it; one that asks nothing; two of the same name."""
    own = tmp_path / "test_own.py"
    own.write_text(
        "import httpx2\n\n\ndef ask(caller):\n    return lambda: httpx2.get(caller.url, trust_env=False).status_code\n\n\n"
        "def test_before(caller):\n    assert False, 'no luck'\n\n\n"
        "def test_after(caller):\n    caller.sees(ask(caller))\n    assert False, 'wrong'\n\n\n"
        "class TestA:\n    def test_x(self, caller):\n        caller.sees(ask(caller))\n\n\n"
        "class TestB:\n    def test_x(self, caller):\n        caller.sees(ask(caller))\n\n\n"
        "def test_fault(caller):\n    caller.at('no-such-fault')\n"
    )
    done = _sdk(tmp_path / "out", "--only-own", str(own))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "there is no fault or trouble no-such-fault" in done.stdout
    cases = {case["id"]: case for case in json.loads((tmp_path / "out" / "results.json").read_text())["cases"]}
    assert cases.keys() == {f"sdk/own.{name}" for name in ("before", "after", "A.x", "B.x", "fault")}
    assert {name for name, case in cases.items() if "failure" in case} == {
        "sdk/own.before",
        "sdk/own.after",
        "sdk/own.fault",
    }
    assert cases["sdk/own.after"]["seen"]["value"] == 404
    assert "no luck" in cases["sdk/own.before"]["failure"]["text"]


def test_a_run_that_ends_before_its_time_says_so(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_a(caller):\n    assert 0\n\n\ndef test_b(caller):\n    pass\n")
    done = _sdk(tmp_path / "out", "--only-own", "-x", str(tmp_path / "test_own.py"))
    assert "ended before its time" in done.stdout
    assert json.loads((tmp_path / "out" / "results.json").read_text())["complete"] is False


def test_warnings_are_shown_of_a_users_own_case(tmp_path: Path) -> None:
    own = tmp_path / "test_own.py"
    own.write_text(
        "import warnings\n\n\n"
        "def test_own(caller) -> None:\n    warnings.warn('mine is old', DeprecationWarning)\n"
        "    caller.sees(lambda: warnings.warn('theirs is old', DeprecationWarning))\n"
    )
    done = _sdk(tmp_path / "results", "--only-own", str(own))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mine is old" in done.stdout
    assert "theirs is old" in done.stdout
