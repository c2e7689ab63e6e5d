"""What is imported: a command loads no more than it needs. Who may import whom is import-linter's contract (.importlinter)."""

import subprocess
import sys


def test_replay_and_list_import_no_sdk_and_no_server() -> None:
    program = (
        "import sys, conformance.cli, conformance.runs.run, conformance.runs.plugin, conformance.report.write;"
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


def test_the_help_imports_no_command() -> None:
    program = "import sys\nfrom conformance.cli import main\ntry:\n    main(['--help'])\nfinally:\n"
    program += "    print(*(name for name in sys.modules if name.startswith('conformance.')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.splitlines()[-1].split()) == {"conformance.cli", "conformance.errors"}
