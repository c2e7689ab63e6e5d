"""Imports run one way, so that a check cannot know the reference gateway and a report cannot know the run."""

import ast
from pathlib import Path

import pytest

import conformance

ROOT = Path(conformance.__file__).parent
MAY_IMPORT = {
    "errors": set(),
    "resources": set(),
    "media": set(),
    "proofs": {"resources"},
    "requirements": set(),
    "wire": set(),
    "reference": {"media"},
    "checks": {"wire", "resources"},
    "corpus": {"checks", "errors", "requirements", "resources"},
    "selection": {"errors", "requirements"},
    "verdicts": {"checks", "requirements"},
    "targets": {"checks", "wire", "errors", "requirements"},
    "cases": {"checks", "corpus", "wire", "targets", "requirements", "verdicts", "media", "plugin", "run", "running", "sdk"},
    "sdk": {"checks", "errors", "recordings", "reference", "report", "resources", "wire"},
    "report": {"requirements", "verdicts", "wire", "errors"},
    "recordings": {"checks", "errors", "requirements", "resources", "targets", "wire"},
    "session": {"corpus", "errors", "recordings", "resources", "selection", "targets", "wire"},
    "running": {"cases", "checks", "recordings", "report", "session", "wire"},
    "run": {
        "checks", "errors", "proofs", "recordings", "report", "requirements", "resources", "running", "selection", "session",
        "targets", "verdicts", "wire",
    },
    "plugin": {"errors", "report", "run"},
    "explain": {"cli", "errors", "proofs", "reference", "requirements", "run", "selection", "session"},
    "fuzz": {
        "cases", "checks", "corpus", "errors", "report", "requirements", "selection", "session", "targets", "verdicts", "wire",
    },
    "prove": {
        "cli", "errors", "plugin", "proofs", "reference", "report", "requirements", "resources", "run", "selection", "session",
        "verdicts", "wire",
    },
    "compare": {
        "checks", "cli", "corpus", "errors", "plugin", "recordings", "report", "run", "sdk", "session", "targets", "wire",
    },
    "verify": {"cli", "errors", "recordings", "report", "resources", "run", "targets", "wire"},
    "cli": {
        "compare", "corpus", "errors", "explain", "fuzz", "prove", "reference", "requirements", "sdk", "selection",
        "targets", "verify",
    },
}  # fmt: skip


def part_of(module: str) -> str:
    """The part of the house that a module belongs to."""
    return module.removeprefix("conformance").strip(".").partition(".")[0]


def imports(path: Path) -> set[str]:
    """The parts that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("conformance"):
            names = [f"{node.module}.{name.name}" for name in node.names]
            found |= {part_of(name) for name in names} if node.module == "conformance" else {part_of(node.module)}
        elif isinstance(node, ast.Import):
            found |= {part_of(name.name) for name in node.names if name.name.startswith("conformance")}
    return {part for part in found if (ROOT / part).is_dir() or (ROOT / f"{part}.py").is_file()}


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    part = part_of(".".join(path.relative_to(ROOT).with_suffix("").parts)).replace("__init__", "")
    allowed = MAY_IMPORT.get(part, set()) | {part}
    assert not part or part in MAY_IMPORT, f"{part} is new: say what it may import"
    assert imports(path) <= allowed, f"{part} may not import {sorted(imports(path) - allowed)}"


def test_replay_and_list_import_no_sdk_and_no_server() -> None:
    import subprocess
    import sys

    program = (
        "import sys, conformance.cli, conformance.run, conformance.plugin, conformance.report.write;"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}),"
        "*(name for name in sys.modules if name.startswith(('conformance.prove.', 'conformance.reference.'))))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {
        "openai",
        "google",
        "databricks",
        "vcr",
        "starlette",
        "uvicorn",
        "PIL",
        "jinja2",
        "hypothesis",
        "schemathesis",
    }
    assert not [name for name in loaded if "." in name], "only `prove` knows the faults"
