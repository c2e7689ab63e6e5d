"""What shells complete: options, and the names that the suite knows; fast, and in the shells themselves."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from conformance.cli import main

SCRIPTS = Path(sys.executable).parent
HEAVY = ("pytest", "starlette", "uvicorn", "httpx2", "rich", "jsonschema", "jinja2", "conformance.reference", "yaml")


def completed(*words: str) -> list[str]:
    """What the last of the words may become."""
    completion = ShellComplete(main, {}, "gateway-conformance", "_GATEWAY_CONFORMANCE_COMPLETE")
    return [item.value for item in completion.get_completions(list(words[:-1]), words[-1])]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("expl", ["explain"]),
        ("run --surf", ["--surface"]),
        ("run --mark", ["--markdown"]),
        ("run --surface g", ["gemini"]),
        ("run --surface chat,g", ["chat,gemini"]),
        ("run --surface chat,chat", []),
        ("run --level must,S", ["must,SHOULD"]),
        ("run --requirement RESP-400-STO", ["RESP-400-STORE"]),
        ("run --requirement resp-400-sto", ["RESP-400-STORE"]),
        ("run --requirement CHAT-PATH,RESP-400-STO", ["CHAT-PATH,RESP-400-STORE"]),
        ("run --conformance-profile proxy", ["proxy-core", "proxy-core-2026-11"]),
        ("run --corpus s", ["smoke", "standard"]),
        ("run --surface=ge", ["gemini"]),
        ("record --level IN", ["INFO"]),
        ("explain RESP-400-STO", ["RESP-400-STORE"]),
        ("serve --fault responses-store-accepted", ["responses-store-accepted", "responses-store-accepted-streaming"]),
        ("serve --fault li", ["list"]),
        ("prove --fault responses-store-accepted", ["responses-store-accepted", "responses-store-accepted-streaming"]),
        ("behind --upstream-fault al", ["all"]),
        ("certify --profile gem", ["gemini", "gemini-2026-11"]),
        ("certify --conformance-profile gem", ["gemini", "gemini-2026-11"]),
        ("profiles chat-", ["chat-2026-11"]),
        ("list --surface chat,resp", ["chat,responses"]),
        ("target in", ["init"]),
        ("no-such-command --x", []),
        ("run --level MUST --level M", ["MUST", "MAY"]),
    ],
)
def test_names(line: str, expected: list[str]) -> None:
    assert completed(*line.split()) == expected


def test_files_of_cases() -> None:
    assert "chat/test_vision.py" in completed("run", "chat/test_v")


@pytest.mark.parametrize(
    "line", ["run --markdown r", "run --target r", "compare r", "merge r", "verify r", "matrix --output r"]
)
def test_files_are_left_to_the_shell(line: str) -> None:
    completion = ShellComplete(main, {}, "gateway-conformance", "_GATEWAY_CONFORMANCE_COMPLETE")
    *words, last = line.split()
    assert {item.type for item in completion.get_completions(words, last)} & {"file", "dir"}


def test_profiles_of_databricks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert completed("run", "--profile", "") == []
    (tmp_path / ".databrickscfg").write_text("[DEFAULT]\ntoken = dapi-x\n[staging]\nhost = https://h%x\n")
    assert completed("run", "--profile", "") == ["DEFAULT", "staging"]
    (tmp_path / ".databrickscfg").write_bytes(b"\xff[")
    assert completed("run", "--profile", "") == []


@pytest.mark.parametrize(
    "line",
    [
        "ru",
        "run --",
        "run --requirement R",
        "explain RESP",
        "serve --fault re",
        "certify --profile c",
        "prove --fault r",
    ],
)
def test_nothing_heavy_is_imported(line: str) -> None:
    program = (
        "import atexit, sys\nfrom conformance.cli import main\n"
        f"atexit.register(lambda: print(*({{*{HEAVY!r}}} & {{*sys.modules}}), file=sys.stderr))\n"
        "sys.argv[0] = 'gateway-conformance'\nmain()"
    )
    words = ["gateway-conformance", *line.split()]
    environment = {
        **os.environ,
        "_GATEWAY_CONFORMANCE_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("plain,")
    # PyYAML reads the catalogue where nothing compiled is kept, as in environments that write no bytecode.
    assert {*done.stderr.split()} <= {"yaml"}


BASH = 'eval "$(_GATEWAY_CONFORMANCE_COMPLETE=bash_source gateway-conformance)"'
ZSH = f"autoload -Uz compinit && compinit -u -D && {BASH.replace('bash_source', 'zsh_source')}"
FISH = "_GATEWAY_CONFORMANCE_COMPLETE=fish_source gateway-conformance | source"
LINES = [
    ("explain RESP-400-STO", "RESP-400-STORE"),
    ("run --surf", "--surface"),
    ("serve --fault responses-store-acc", "epted"),
]


def environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    return {**kept, "PATH": f"{SCRIPTS}:{os.environ['PATH']}", "HOME": str(home), "TERM": "dumb", "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize(
    ("shell", "setup"),
    [(("bash", "--norc", "--noprofile", "-i"), BASH), (("zsh", "-f", "-i"), ZSH)],
    ids=["bash", "zsh"],
)
def test_in_a_shell_that_somebody_types_into(tmp_path: Path, shell: tuple[str, ...], setup: str) -> None:
    if not shutil.which(shell[0]):
        pytest.skip(f"{shell[0]} is not installed")
    (tmp_path / "setup").write_text(f"{setup}\nPS1='> '\n")
    typed = Terminal(shell, environment(tmp_path), tmp_path)
    try:
        typed.send(". ./setup; echo is-$((40+2))\n")
        typed.until("is-42")
        for line, expected in LINES:
            typed.send(f"gateway-conformance {line}\t")
            typed.until(expected)
            typed.send("\x15")  # takes the line back
    finally:
        typed.close()


def test_in_fish(tmp_path: Path) -> None:
    if not shutil.which("fish"):
        pytest.skip("fish is not installed")
    for line, expected in LINES:
        done = subprocess.run(
            ["fish", "--no-config", "-c", f'{FISH}; complete -C "gateway-conformance {line}"'],
            env=environment(tmp_path),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        assert expected in done.stdout.split("\n")[0].split("\t")[0]


class Terminal:
    """A shell at a terminal."""

    def __init__(self, words: tuple[str, ...], environment: dict[str, str], directory: Path) -> None:
        self._main, inner = pty.openpty()
        self._process = subprocess.Popen(
            words, stdin=inner, stdout=inner, stderr=inner, env=environment, cwd=directory, start_new_session=True
        )
        os.close(inner)
        self._seen = ""

    def send(self, keys: str) -> None:
        self._seen = ""
        os.write(self._main, keys.encode())

    def until(self, expected: str, timeout_s: float = 60) -> None:
        """Waits until the terminal shows a text."""
        end = time.monotonic() + timeout_s
        while expected not in re.sub(r"[\r\x07\x08]", "", self._seen):
            ready, _, _ = select.select([self._main], [], [], max(0, end - time.monotonic()))
            assert ready, f"{expected!r} is not shown: {self._seen!r}"
            self._seen += os.read(self._main, 4096).decode(errors="replace")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._main)
