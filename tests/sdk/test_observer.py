"""What runs in the observed environment needs Python 3.9, pytest 7 and nothing else, and gets nothing else of this suite."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import conformance
from tests.sdk.observing import ASKS, bare, cases, document, own, sdk

PACKAGE = Path(conformance.__file__).parent
FILES = sorted(PACKAGE.glob("observer/**/*.py"))
GIVEN = [*FILES, PACKAGE / "__init__.py", PACKAGE / "errors.py"]
CLIENTS = {"openai", "google", "databricks", "databricks_openai", "pydantic", "requests", "httpx", "httpx2"}
"""What cases import within a function: it is there where the client is that they are about."""
CASE = ASKS + "def test_hello(caller):\n    caller.sees(lambda: ask(caller))\n"
NAMES = pytest.mark.parametrize("path", GIVEN, ids=lambda path: path.relative_to(PACKAGE).as_posix())


def _imported(nodes: Iterator[ast.AST]) -> set[str]:
    found = set[str]()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports name the package"
            found.add(str(node.module))
    return found


@NAMES
def test_it_imports_nothing_but_pytest_and_itself(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    later = {
        id(node)
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(one)
    }
    at_once = _imported(node for node in ast.walk(tree) if id(node) not in later)
    in_functions = _imported(node for node in ast.walk(tree) if id(node) in later)
    ours = {name for name in at_once | in_functions if name.partition(".")[0] == "conformance"}
    assert {name for name in ours if not name.startswith("conformance.observer")} <= {"conformance.errors"}
    foreign = {name.partition(".")[0] for name in at_once - ours} - sys.stdlib_module_names
    assert foreign <= {"pytest", "_pytest"}
    foreign = {name.partition(".")[0] for name in in_functions - ours} - sys.stdlib_module_names
    assert foreign <= {"pytest", "_pytest"} | (CLIENTS if "cases" in path.parts else set())


@NAMES
def test_old_pythons_read_it(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 9))
    compile(source, str(path), "exec")


def test_an_environment_without_any_package_is_observed(tmp_path: Path) -> None:
    """It has no pytest: the suite's own lies behind what is installed there."""
    python = bare(tmp_path)
    done = sdk("--python", python, "--only-own", own(tmp_path, CASE), "--report-dir", tmp_path / "out")
    assert done.returncode == 0, done.stdout + done.stderr
    assert cases(tmp_path / "out")["sdk/own.hello"]["seen"]["value"][0] == 200
    assert "1 case observed, in front of this suite's own reference gateway" in done.stdout
    told = document(tmp_path / "out")
    assert (told["distributions"], told["clients"]) == ({}, {})
    assert told["python"] == sys.version.split()[0].rstrip("+")


def test_a_virtual_environment_is_named_by_its_directory(tmp_path: Path) -> None:
    environment = bare(tmp_path).parent.parent
    done = sdk("--python", environment, "--only-own", own(tmp_path, CASE), "--report-dir", tmp_path / "out")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["python3.9", "python3.10", "python3.12", "python3.13", "python3.14"])
def test_another_python_is_observed_or_told_what_it_lacks(tmp_path: Path, name: str) -> None:
    found = shutil.which(name)
    if not found or subprocess.run([found, "-m", "venv", "--help"], capture_output=True, check=False).returncode:
        pytest.skip(f"no {name} is here")
    done = sdk("--python", bare(tmp_path, found), "--only-own", own(tmp_path, CASE), "--report-dir", tmp_path / "out")
    if done.returncode:
        assert done.returncode == 4, done.stdout + done.stderr
        (line,) = (done.stdout + done.stderr).splitlines()
        assert "install pytest 7 or newer there" in line
        assert not (tmp_path / "out").exists()
    else:
        assert cases(tmp_path / "out")["sdk/own.hello"]["seen"]["value"][0] == 200
        assert document(tmp_path / "out")["python"].startswith(name.removeprefix("python"))
