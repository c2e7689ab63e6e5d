"""What `gateway-conformance sdk` observes here, run in a process of its own."""

import json
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.commandline import COMMAND

Case = dict[str, Any]
SDK = [*COMMAND, "sdk"]


@cache
def observed(selection: str) -> dict[str, Case]:
    """What is observed of the cases selected, by id."""
    with TemporaryDirectory() as directory:
        command = [*SDK, "--report-dir", directory, "-k", selection]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        cases = json.loads((Path(directory) / "results.json").read_text())["cases"]
    return {case["id"]: case for case in cases}
