"""What docs/sdk-own-cases.md says works as it stands there: the file of one's own."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

from tests.commandline import COMMAND

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sdk-own-cases.md").read_text(encoding="utf-8")


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


APP = """
import json

WEATHER = {"type": "function", "function": {"name": "get_weather", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}


def greet(client):
    answer = client.chat.completions.create(model="system.ai.gpt-5", messages=[{"role": "user", "content": "Say hello."}])
    return answer.choices[0].message.content.upper()


def agent(client, question):
    turns = [{"role": "user", "content": question}]
    while True:
        answer = client.chat.completions.create(model="system.ai.gpt-5", messages=turns, tools=[WEATHER])
        message = answer.choices[0].message
        if not message.tool_calls:
            return message.content
        turns.append(message)
        for call in message.tool_calls:
            city = json.loads(call.function.arguments)["city"]
            turns.append({"role": "tool", "tool_call_id": call.id, "content": f"18 degrees in {city}"})
"""


def test_a_script_of_ones_own_is_a_case(tmp_path: Path) -> None:
    (tmp_path / "my_app.py").write_text(APP)
    (tmp_path / "test_mine.py").write_text(block("python"))
    done = ran("gateway-conformance sdk test_mine.py --report-dir out -k 'mine or (openai_chat and plain)'", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    cases = {case["id"]: case for case in json.loads((tmp_path / "out" / "results.json").read_text())["cases"]}
    assert "sdk/openai_chat.plain-sync" in cases, "the suite's own are beside it"
    case, busy, agent = (cases[f"sdk/mine.{name}"] for name in ("greeting", "busy_at_first", "agent"))
    assert case["sent"][0]["path"] == "/ai-gateway/mlflow/v1/chat/completions"
    assert "SAY HELLO" in case["seen"]["value"]
    assert [one["findings"] for one in (case, busy, agent)] == [[]] * 3, "what an answer is made into is its own matter"
    assert [sent["status"] for sent in busy["sent"]] == [429, 429, 200]
    assert [turn["role"] for turn in agent["sent"][1]["body"]["messages"]] == ["user", "assistant", "tool"]
    assert agent["seen"]["value"] == "It is 18 degrees in Paris."
