"""Changes of real versions that broke users, each told in its outcome; applications whose pins do not go with this suite's.

On demand, by the tox environment `upgrades`: it installs the versions from whichever index pip is configured with.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commandline import COMMAND

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.upgrades


@dataclass(frozen=True)
class Upgrade:
    """Two environments, the exit code, and what one of the first lines says: the outcome, and the cause in its words."""

    old: str
    new: str
    code: int
    told: str


UPGRADES = [
    Upgrade("openai==1.99.1", "openai==1.99.2", 1, r"broken ×2: AttributeError: .*output_text"),
    Upgrade("openai==1.55.2 httpx==0.27.2", "openai==1.55.2 httpx==0.28.1", 1, r"broken ×\d+: TypeError: .*'proxies'"),
    Upgrade("google-genai==1.38.0", "google-genai==1.39.0", 1, r"broken ×\d: RuntimeError: .*client has been closed"),
    Upgrade("google-genai==2.3.0 aiohttp==3.13.3", "google-genai==2.4.0 aiohttp==3.13.3", 1, r"broken ×\d+: TypeError:"),
    Upgrade("google-genai==1.20.0", "google-genai==1.21.0", 1, r"broken ×\d+: RetryError is raised, which is no"),
    Upgrade("databricks-sdk==0.31.1", "databricks-sdk==0.32.0", 1, r"broken ×\d+: AttributeError is raised, which is no"),
    Upgrade("openai==2.51.0", "openai==2.52.0", 0, r"fewer requests ×1: requests: 3 → 1"),
    Upgrade("openai==1.61.1", "openai==1.62.0", 0, r"caller sees something else ×\d+: .*tool_calls: \[\] → None"),
    Upgrade("databricks-sdk==0.99.0", "databricks-sdk==0.103.0", 1, r"broken ×\d: Hang: no end within 30 s"),
    Upgrade("openai==2.6.1", "openai==2.7.0", 0, r"connections ×\d: connections: 1 → 3"),
    Upgrade("openai==2.20.0", "openai==2.21.0", 0, r"warns ×\d+: warning: UserWarning: Pydantic serializer warnings"),
    Upgrade("openai==1.82.0", "openai==1.82.1", 0, r"wire changed ×\d: wire .*parsed_arguments"),
    Upgrade("google-genai==1.57.0 pillow", "google-genai==1.58.0 pillow", 0, r'wire changed ×\d: .*"image/jpeg" → "image/png"'),
    Upgrade("databricks-openai==0.16.0", "databricks-openai==0.17.0", 0, r"more requests ×\d+: requests: 1 → 2"),
]  # fmt: skip
_ENOUGH = 7
"""Lines of the comparison, its heading apart, in which a reader has found the cause."""


@pytest.mark.parametrize("upgrade", UPGRADES, ids=lambda one: one.new.replace(" ", "+"))
def test_a_change_that_broke_users_is_told(upgrade: Upgrade, tmp_path: Path) -> None:
    words = ["--with", upgrade.old, "--with", upgrade.new, "--report-dir", str(tmp_path)]
    done = run(["sdk", *words])
    assert done.returncode == upgrade.code, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    heading = next(number for number, line in enumerate(lines) if re.match(r"[\w-]+ [\w.]+ → ", line))
    told = lines[heading + 1 : heading + 1 + _ENOUGH]
    assert any(re.match(upgrade.told, line) for line in told), "\n".join(lines[heading:])


@pytest.mark.parametrize(
    "pins",
    [
        ["fastapi==0.115.0", "openai==1.109.1"],
        ["langchain-core==0.3.29", "langchain-openai==0.3.0"],
        ["streamlit==1.45.0", "openai==1.78.0"],
        ["pydantic==1.10.2", "openai==1.30.0", "httpx<0.28"],
    ],
    ids=lambda pins: pins[0],
)
def test_an_application_is_observed_with_its_own_pins(pins: list[str], tmp_path: Path) -> None:
    environment = tmp_path / "app"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = str(environment / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *pins], check=True)
    before = installed(python)
    done = run(["sdk", "--python", str(environment), "--report-dir", str(tmp_path / "report")])
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    assert results["complete"]
    assert len(results["cases"]) > 300
    assert installed(python) == before
    assert "starlette" not in results["distributions"] or "fastapi==0.115.0" in pins


def installed(python: str) -> str:
    listed = [python, "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"]
    return subprocess.run(listed, capture_output=True, text=True, check=True).stdout


def run(words: Sequence[str], environment: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*COMMAND, *words], env=environment, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.parametrize(
    "pins",
    [
        "google-genai==2.34.0 aiohttp==3.13.3",
        "databricks-openai==0.18.0",
        "-r .ci/locks/sdk-libraries.txt",
    ],
)
def test_the_same_environment_is_unchanged(pins: str, tmp_path: Path) -> None:
    """Observed twice, with another seed of hashes: of the clients that our own tests do not have."""
    pins = pins.replace("-r ", f"-r {ROOT}/")
    for seed in ("0", "4711"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = run(["sdk", "--with", pins, "--report-dir", str(tmp_path / seed)], environment)
        assert done.returncode == 0, done.stdout + done.stderr
    compared = run(["compare", str(tmp_path / "0"), str(tmp_path / "4711")])
    assert compared.returncode == 0
    totals = [line for line in compared.stdout.splitlines() if re.match(r"\d+ ", line)]
    assert totals
    assert all(re.fullmatch(r"\d+ unchanged", line) for line in totals), compared.stdout
