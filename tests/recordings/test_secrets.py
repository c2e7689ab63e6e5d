"""What looks like a secret in a recording is found wherever it stands, whatever else a gateway has answered."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.recordings.secrets import secrets
from conformance.wire.redact import Redactor

WEB_TOKEN = f"eyJ{'a' * 20}.eyJ{'b' * 30}.{'c-_' * 15}"
FOUND = {
    f"dapi{'0a' * 16}": "a Databricks token",
    WEB_TOKEN: "a JSON web token",
    f"token-{WEB_TOKEN}": "a JSON web token",
    f"v1.{WEB_TOKEN}.": "a JSON web token",
    f"a-eyJ-{WEB_TOKEN}": "a JSON web token",
    f"sk-{'aB3_' * 10}": "an API key",
    f"AIza{'x' * 35}": "an API key",
    "-----BEGIN PRIVATE KEY-----": "a private key",
    "-----BEGIN ENCRYPTED PRIVATE KEY-----": "a private key",
    "adb-12.3.azuredatabricks.net": "the host of a workspace",
    "https://my-work_space.Cloud.Databricks.com/x": "the host of a workspace",
}


def found(where: Path, value: Any, token: str = "") -> set[str]:
    path = where / "exchanges.jsonl"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return {problem.what for problem in secrets(path, path.name, Redactor(token))}


@pytest.mark.parametrize("text", FOUND)
@pytest.mark.parametrize("held", ["{}", "said: {}", '"{}"', "({})"])
def test_what_is_found(tmp_path: Path, text: str, held: str) -> None:
    said = held.format(text)
    assert found(tmp_path, {"body": said}) == {f"what looks like {FOUND[text]}"}
    assert found(tmp_path, {"body": {"base64": base64.b64encode(said.encode()).decode()}})


@pytest.mark.parametrize(
    "text",
    ["", "eyJhbGciOiJIUzI1NiJ9", "a.eyJhbGciOiJIUzI1NiJ9.b", "cloud.databricks.com", ".cloud.databricks.com", "sk-short",
     "x.cloud.databricks.community"],
)  # fmt: skip
def test_what_is_no_secret(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, {"body": text}) == set()


@pytest.mark.parametrize("value", [5, None, "é", "a", [], {"base64": 1}])
def test_what_is_no_base64(tmp_path: Path, value: Any) -> None:
    assert found(tmp_path, {"body": {"base64": value}}) == set()
    assert found(tmp_path, {"body": {"base64": value}, "more": WEB_TOKEN}) == {"what looks like a JSON web token"}


def test_however_deep_it_stands(tmp_path: Path) -> None:
    deep = f"{'[' * 900}{json.dumps(WEB_TOKEN)}{']' * 900}"
    assert found(tmp_path, deep) == {"what looks like a JSON web token"}


@pytest.mark.parametrize(
    "repeated",
    ["a.", "a-", "-eyJ", ".eyJ", "-eyJ0123456789", "eyJ0123456789.", "a.eyJ0123456789.", "sk-", "-----BEGIN ", "PRIVATE KEY",
     "A", "dapi", "a.cloud.databricks.co", "ghp_"],
)  # fmt: skip
def test_twice_the_text_takes_twice_the_time(tmp_path: Path, repeated: str) -> None:
    def took(characters: int) -> float:
        text = json.dumps(repeated * (characters // len(repeated)))
        times = []
        for _ in range(3):
            started = time.process_time()
            found(tmp_path, text, token="a-token-that-is-not-there-0123456789")
            times.append(time.process_time() - started)
        return min(times)

    small, large = took(100_000), took(800_000)
    assert large < 24 * small + 0.05  # eight times as much; what is quadratic takes sixty-four times as long
