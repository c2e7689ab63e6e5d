"""A team's own files of cases: those that cannot be imported, loops of asyncio, warnings and log records."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance import resources
from conformance.cli import main
from conformance.errors import UsageError
from conformance.observer.seen import of_error
from conformance.sdk.observing import Wanted, observe
from tests.sdk.observing import ASKS, Case, cases, document, own, sdk
from tests.sdk.test_observations import compared

WELL = ASKS + "def test_hello(caller):\n    caller.sees(lambda: ask(caller))\n"


def observed(directory: Path, source: str, *words: str) -> dict[str, Case]:
    """What is observed of a file's cases, by name."""
    done = sdk("--only-own", own(directory, source), "--report-dir", directory / "out", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return {name.removeprefix("sdk/own."): case for name, case in cases(directory / "out").items()}


@pytest.mark.parametrize(
    ("source", "kind", "is_a", "text"),
    [
        ("import no_such_module\n", "ModuleNotFoundError", ["ModuleNotFoundError", "ImportError"], "no_such_module"),
        ("from json import no_such_name\n", "ImportError", ["ImportError"], "cannot import name 'no_such_name'"),
        ("no_such_name\n", "NameError", ["NameError"], "name 'no_such_name' is not defined"),
        ("def\n", "SyntaxError", ["SyntaxError"], "invalid syntax"),
        ("import json\n\njson.no_such_name\n", "AttributeError", ["AttributeError"], "has no attribute 'no_such_name'"),
        ("raise ValueError\n", "ValueError", ["ValueError"], ""),
        ("raise ValueError('one\\ntwo')\n", "ValueError", ["ValueError"], "one"),
        ("class Old(DeprecationWarning):\n    pass\n\n\nraise Old('it: is gone')\n", "Old", ["Old"], "it: is gone"),
    ],
    ids=["module", "name", "undefined", "syntax", "attribute", "silent", "two lines", "of its own"],
)
def test_a_file_that_cannot_be_imported_is_a_case(
    tmp_path: Path, source: str, kind: str, is_a: list[str], text: str
) -> None:
    """All other files are observed."""
    own(tmp_path, source, "test_gone.py")
    own(tmp_path, WELL)
    done = sdk("--only-own", tmp_path, "--report-dir", tmp_path / "out")
    found = cases(tmp_path / "out")
    assert found.keys() == {"sdk/gone.import", "sdk/own.hello"}
    error = found["sdk/gone.import"]["seen"]["error"]
    assert (error["type"], error["is_a"][: len(is_a)]) == (kind, is_a)
    assert text in error["text"]
    assert (found["sdk/gone.import"]["sent"], found["sdk/gone.import"]["verdict"]) == ([], "failed")
    assert found["sdk/own.hello"]["verdict"] == "passed"
    assert (done.returncode, document(tmp_path / "out")["complete"]) == (1, True), done.stdout + done.stderr


def test_files_of_the_same_name_are_told_apart_by_their_directories(tmp_path: Path) -> None:
    """And one that is called as one of ours, from ours."""
    for directory in (tmp_path / "mine", tmp_path / "mine" / "more"):
        directory.mkdir()
        (directory / "__init__.py").touch()
        own(directory, WELL)
    own(tmp_path / "mine", WELL.replace("test_hello", "test_plain"), "test_openai_chat.py")
    done = sdk(tmp_path / "mine", "-k", "hello or (openai_chat and plain)", "--report-dir", tmp_path / "out")
    assert done.returncode == 0, done.stdout + done.stderr
    found = {name for name in cases(tmp_path / "out") if not name.startswith("sdk/openai_chat.")}
    assert found == {"sdk/mine/own.hello", "sdk/mine/more/own.hello", "sdk/mine/openai_chat.plain"}
    again = sdk("--only-own", tmp_path / "mine", "-k", "more", "--report-dir", tmp_path / "again")
    assert again.returncode == 0, again.stdout + again.stderr
    assert cases(tmp_path / "again").keys() == {"sdk/mine/more/own.hello"}, "whatever is left out beside it"


LOOPS = """
import asyncio
import pytest

LOOPS = []


async def number():
    loop = asyncio.get_running_loop()
    if loop not in LOOPS:
        LOOPS.append(loop)
    return LOOPS.index(loop)


def test_a(caller):
    caller.sees(number)


def test_b(caller):
    assert caller.run(number()) == caller.run(number())
    caller.sees(number)
"""


def test_each_case_has_a_loop_of_its_own(tmp_path: Path) -> None:
    found = observed(tmp_path, LOOPS)
    assert [found[name]["seen"]["value"] for name in "ab"] == [0, 1]


@pytest.mark.parametrize("mark", ['loop_scope("module")', 'loop_scope(name="module")'])
def test_a_file_may_have_one_loop_for_all_its_cases(tmp_path: Path, mark: str) -> None:
    found = observed(tmp_path, f"{LOOPS}\n\npytestmark = pytest.mark.{mark}\n")
    assert [found[name]["seen"]["value"] for name in "ab"] == [0, 0]


def test_a_loop_of_a_file_is_none_of_another(tmp_path: Path) -> None:
    source = LOOPS.replace(
        "LOOPS = []\n", "import builtins\n\nLOOPS = builtins.LOOPS = getattr(builtins, 'LOOPS', [])\n"
    )
    for name in ("test_one.py", "test_other.py"):
        own(tmp_path, f"{source}\n\npytestmark = pytest.mark.loop_scope('module')\n", name)
    assert sdk("--only-own", tmp_path, "--report-dir", tmp_path / "out").returncode == 0
    found = cases(tmp_path / "out")
    assert [found[f"sdk/{file}.{name}"]["seen"]["value"] for file in ("one", "other") for name in "ab"] == [0, 0, 1, 1]


def test_warnings_and_logs_are_heard(tmp_path: Path) -> None:
    """Each once; those that a program shows if nobody says otherwise; and none that an import happens to make."""
    (tmp_path / "warns_at_import.py").write_text("import warnings\n\nwarnings.warn('imported', DeprecationWarning)\n")
    found = observed(
        tmp_path,
        "import logging\nimport warnings\n\n\n"
        "def test_heard(caller):\n    def call():\n        import warns_at_import\n\n"
        "        for _ in range(2):\n"
        "            warnings.warn('for a user')\n            warnings.warn('is old', DeprecationWarning)\n"
        "            warnings.warn('is not closed', ResourceWarning)\n"
        "            warnings.warn('is old one day', PendingDeprecationWarning)\n"
        "            logging.getLogger('some.client').warning('%s times', 3)\n"
        "            logging.getLogger('some.client').error('wrong')\n"
        "            logging.getLogger('some.client').info('well')\n"
        "            logging.getLogger('asyncio').warning('slow')\n\n"
        "    caller.sees(call)\n\n\n"
        "def test_nothing(caller):\n    warnings.warn('before')\n    logging.warning('before')\n    caller.sees(lambda: 1)\n",
    )
    told: dict[str, Any] = found["heard"]["seen"]
    assert told["warnings"] == [["DeprecationWarning", "is old"], ["UserWarning", "for a user"]]
    assert told["logs"] == [["some.client", "ERROR", "wrong"], ["some.client", "WARNING", "3 times"]]
    assert not {"warnings", "logs"} & found["nothing"]["seen"].keys()


def test_what_is_heard_is_told_without_what_differs_by_chance(tmp_path: Path) -> None:
    found = observed(
        tmp_path,
        "import logging\nimport warnings\n\n\n"
        "def test_heard(caller):\n    def call():\n        for _ in range(2):\n"
        "            warnings.warn(f'{caller.url} says {caller.token}')\n"
        "            logging.getLogger('c').warning('asked %s', caller.url)\n\n    caller.sees(call)\n",
    )
    assert found["heard"]["seen"]["warnings"] == [["UserWarning", "http://<place> says <token>"]]
    assert found["heard"]["seen"]["logs"] == [["c", "WARNING", "asked http://<place>"]]


def test_a_warning_that_a_team_makes_an_error_is_one_no_longer_than_it_says(tmp_path: Path) -> None:
    """What is heard does not change what a case does with warnings beside the call."""
    found = observed(
        tmp_path,
        "import warnings\nimport pytest\n\n\n"
        "def test_own(caller):\n    caller.sees(lambda: warnings.warn('x'))\n"
        "    with pytest.warns(UserWarning, match='y'):\n        warnings.warn('y')\n",
    )
    assert found["own"]["seen"]["warnings"] == [["UserWarning", "x"]]


def test_a_slow_call_is_measured_again_and_observed_once(tmp_path: Path) -> None:
    """The first call of a client pays for what is imported."""
    (case,) = observed(
        tmp_path,
        ASKS + "import time\n\nCALLS = []\n\n\ndef test_slow(caller):\n    def call():\n        CALLS.append(1)\n"
        "        time.sleep(1.3 if len(CALLS) == 1 else 0.2)\n        return ask(caller)[0]\n\n    caller.sees(call)\n",
    ).values()
    assert 0.2 <= case["duration_s"] < 1
    assert (len(case["sent"]), case["connections"], case["seen"]["value"]) == (1, 1, 200)


def test_a_case_whose_fixture_fails_before_it_has_its_caller_is_broken(tmp_path: Path) -> None:
    """A client that is made in a fixture, as most are."""
    source = (
        "import os\nimport pytest\n\n\n@pytest.fixture\ndef client():\n"
        "    if 'BREAKS' in os.environ:\n        raise TypeError('no such option')\n    return 1\n\n\n"
        "def test_own(client, caller):\n    caller.sees(lambda: client)\n"
    )
    path, old, new = own(tmp_path, source), tmp_path / "old", tmp_path / "new"
    assert sdk("--only-own", path, "--report-dir", old).returncode == 0
    assert sdk("--only-own", path, "--report-dir", new, BREAKS="1").returncode == 1
    assert cases(new)["sdk/own.own"]["seen"]["error"]["type"] == "TypeError"
    done = CliRunner().invoke(main, ["compare", str(old), str(new)])
    assert (done.exit_code, "broken ×1: TypeError: no such option" in done.output) == (1, True), done.output


def test_an_exception_that_cannot_be_told_ends_nothing(tmp_path: Path) -> None:
    source = (
        "class Silent(Exception):\n    body = {}\n\n    def __str__(self):\n        raise RuntimeError\n\n"
        "    @property\n    def code(self):\n        raise RuntimeError\n\n\n"
        "Silent.body['itself'] = Silent.body\n\n\n"
        "def raises():\n    raise Silent\n\n\n"
        "def test_a(caller):\n    caller.sees(raises)\n\n\n"
        "def test_b(caller):\n    raises()\n\n\n"
        "def test_c(caller):\n    caller.sees(lambda: 1)\n"
    )
    assert sdk("--only-own", own(tmp_path, source), "--report-dir", tmp_path / "out").returncode == 1
    found = cases(tmp_path / "out")
    told = [found[f"sdk/own.{name}"]["seen"]["error"] for name in "ab"]
    assert [(one["type"], one["text"], one["body"]) for one in told] == [
        ("Silent", "<no text: str() raises RuntimeError>", "<dict>")
    ] * 2
    assert found["sdk/own.c"]["verdict"] == "passed"


def test_a_log_record_whose_arguments_do_not_fit_is_no_exception_of_the_call(tmp_path: Path) -> None:
    """logging itself says so on stderr, and the call goes on."""
    call = "lambda: logging.getLogger('c').warning('%s and %s', 1)"
    found = observed(tmp_path, f"import logging\n\n\ndef test_own(caller):\n    caller.sees({call})\n")
    assert "error" not in found["own"]["seen"]
    assert found["own"]["seen"]["logs"] == [["c", "WARNING", "%s and %s"]]


def test_what_cannot_be_written_as_json_is_a_failure_of_the_case(tmp_path: Path) -> None:
    source = "def test_own(caller):\n    caller.sees(lambda: 1, given={'a': {1}})\n"
    assert sdk("--only-own", own(tmp_path, source), "--report-dir", tmp_path / "out").returncode == 1
    assert cases(tmp_path / "out")["sdk/own.own"]["failure"]["type"] == "TypeError"


def test_threads_may_use_the_caller_at_once(tmp_path: Path) -> None:
    source = (
        "from concurrent.futures import ThreadPoolExecutor\n\n\n"
        "def test_own(caller):\n    with ThreadPoolExecutor(8) as pool:\n"
        "        urls = list(pool.map(lambda _: caller.at('429'), range(16)))\n"
        "    caller.sees(lambda: len(set(urls)))\n"
    )
    assert observed(tmp_path, source)["own"]["seen"]["value"] == 16


def test_a_secret_of_the_environment_is_there_and_is_not_kept(tmp_path: Path) -> None:
    """Nor a short value less, which may be a common word."""
    source = (
        "import os\n\n\ndef raises():\n    raise ValueError(os.environ['APP_API_KEY'] + ' ' + os.environ['OTHER_TOKEN'])\n\n\n"
        "def test_own(caller):\n    caller.sees(raises)\n"
    )
    kept = {"APP_API_KEY": "no-known-shape-of-a-key", "OTHER_TOKEN": "anything"}
    assert sdk("--only-own", own(tmp_path, source), "--report-dir", tmp_path / "out", **kept).returncode == 0
    assert cases(tmp_path / "out")["sdk/own.own"]["seen"]["error"]["text"] == "<credential> anything"


def test_a_test_that_sees_nothing_is_broken_once_it_fails(tmp_path: Path) -> None:
    """Whether it asks for a caller or not."""
    source = (
        ASKS + "import os\n\n\ndef test_plain():\n    assert 'NEWER' not in os.environ\n\n\n"
        "def test_asks(caller):\n    assert ask(caller)[0] == 200 and 'NEWER' not in os.environ\n"
    )
    path = own(tmp_path, source)
    before = sdk("--only-own", path, "--report-dir", tmp_path / "old")
    assert before.returncode == 0, before.stdout + before.stderr
    assert "2 cases observed" in before.stdout
    assert sdk("--only-own", path, "--report-dir", tmp_path / "new", NEWER="1").returncode == 1
    code, said = compared(str(tmp_path / "old"), str(tmp_path / "new"))
    assert (code, said.splitlines()[-1]) == (1, "2 broken"), said


@pytest.mark.parametrize("call", ["caller.at('sloww')", "caller.scripted([{'tol': 'x'}])"], ids=["at", "scripted"])
def test_what_is_misspelt_within_a_call_fails_the_test(tmp_path: Path, call: str) -> None:
    """No client has raised it."""
    done = sdk("--only-own", own(tmp_path, f"def test_it(caller):\n    caller.sees(lambda: {call})\n"), within=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed" in done.stdout


def test_where_an_environment_lies_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.prefix", "/srv/app/.venv")
    error = ImportError("cannot import name 'x' from 'y' (/srv/app/.venv/lib/y.py)")
    assert of_error(error)["text"] == "cannot import name 'x' from 'y' (…/lib/y.py)"


def test_that_nothing_checks_types_is_told_before_cases_are_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(_python: Path) -> None:
        raise UsageError("--types needs mypy")

    monkeypatch.setattr("conformance.sdk.types.check", check)
    path = own(tmp_path, WELL)
    wanted = Wanted(resources.directory("cassettes"), ours=False, own=(str(path),), types=(path,))
    with pytest.raises(UsageError, match="needs mypy"):
        observe(Path("no-such-python"), wanted)


def test_what_is_awaited_within_an_event_loop_fails_the_test(tmp_path: Path) -> None:
    """It would never be awaited, and be taken for the client's error."""
    source = (
        "import asyncio\n\n\nasync def call():\n    return 1\n\n\n"
        "def test_own(caller):\n    async def within():\n        caller.sees(call)\n\n    asyncio.run(within())\n"
    )
    done = sdk("--only-own", own(tmp_path, source), within=tmp_path)
    assert (done.returncode, "awaits by itself" in done.stdout) == (1, True), done.stdout


def test_how_many_tests_of_ones_own_fail_is_told(tmp_path: Path) -> None:
    path = own(tmp_path, "".join(f"def test_{name}(caller):\n    assert {name != 'b'}\n\n\n" for name in "abc"))
    done = sdk("--only-own", path, within=tmp_path)
    assert (done.returncode, "1 of your own tests fails: own.b" in done.stdout) == (1, True), done.stdout


def test_a_run_that_was_cut_short_takes_the_place_of_no_other(tmp_path: Path) -> None:
    path = own(tmp_path, "def test_a(caller):\n    assert 0\n\n\ndef test_b(caller):\n    pass\n")
    for words in ((), ("-x",)):
        assert sdk("--only-own", path, *words, within=tmp_path).returncode == 1
    whole, cut = sorted((tmp_path / "reports").iterdir(), key=lambda one: len(one.name))
    assert cut.name == f"{whole.name}-incomplete"
    assert [document(one)["complete"] for one in (whole, cut)] == [True, False]
