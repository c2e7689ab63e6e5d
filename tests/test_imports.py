"""What is imported: a command loads no more than it needs. Who may import whom is import-linter's contract (.importlinter)."""

import subprocess
import sys
from pathlib import Path


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


def test_a_replay_knows_nothing_of_the_network(tmp_path: Path) -> None:
    program = "import sys\nfrom conformance.cli import main\ntry:\n"
    program += f"    main(['run', '-k', 'RESP-400-STORE', '--report-dir', {str(tmp_path / 'report')!r}])\nfinally:\n"
    program += "    print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "conformance.runs.run" in loaded
    network = {
        "conformance.targets.network",
        "conformance.wire.client",
        "conformance.wire.route",
        "httpcore2",
        "httpx2",
    }
    assert not loaded & {
        *network,
        "conformance.wire.certificates",
        "conformance.wire.network",
        "conformance.runs.network",
    }


def test_the_help_imports_no_command() -> None:
    program = "import sys\nfrom conformance.cli import main\ntry:\n    main(['--help'])\nfinally:\n"
    program += "    print(*(name for name in sys.modules if name.startswith('conformance.')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.splitlines()[-1].split()) == {
        "conformance.cli",
        "conformance.commands",
        "conformance.commands.example",
        "conformance.errors",
    }
