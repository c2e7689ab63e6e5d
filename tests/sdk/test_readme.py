"""What docs/sdk-upgrades.md says works as it stands there: the script of one's own."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

from tests.commandline import COMMAND

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sdk-upgrades.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def ran(command: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command of the page, by whichever `gateway-conformance` these tests test."""
    name, *arguments = shlex.split(command)
    assert name == "gateway-conformance"
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=directory, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


def test_a_script_of_ones_own_is_a_case(tmp_path: Path) -> None:
    app = (
        "import openai\n\n\nclass my_app:\n    def greet(client):\n"
        '        asked = [{"role": "user", "content": "Say hello."}]\n'
        '        answer = client.chat.completions.create(model="system.ai.gpt-5", messages=asked)\n'
        "        return answer.choices[0].message.content.upper()\n"
    )
    (tmp_path / "test_mine.py").write_text(f"{app}\n\n{block('python')}")
    done = ran("gateway-conformance sdk test_mine.py --report-dir out -k 'mine or (openai_chat and plain)'", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    cases = {case["id"]: case for case in json.loads((tmp_path / "out" / "results.json").read_text())["cases"]}
    assert "sdk/openai_chat.plain-sync" in cases, "the suite's own are beside it"
    case = cases["sdk/mine.greeting"]
    assert case["sent"][0]["path"] == "/ai-gateway/mlflow/v1/chat/completions"
    assert "SAY HELLO" in case["seen"]["value"]
    assert case["findings"] == [], "what is made of an answer is the script's own matter"
