"""`serve --upstream`: the reference proxy as a user starts it, and as docs/both-sides.md tries it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.behind.test_command import free_port
from tests.commandline import COMMAND
from tests.end_to_end.conftest import command_in
from tests.processes import started


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal there")
def test_the_page_that_shows_it(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "both-sides.md").read_text()
    serve = re.search(r"gateway-conformance serve .*--fault (\S+) &", page)
    assert serve
    upstream, fault = free_port(), serve[1]
    words = ["serve", "--port", "0", "--upstream", f"http://127.0.0.1:{upstream}", "--fault", fault]
    with started([*COMMAND, *words], stdout=subprocess.PIPE) as serving:
        assert serving.stdout
        ready = serving.stdout.readline().decode()
        url = re.search(r"ready at (\S+),", ready)
        assert url, ready
        words = ["behind", "--base-url", url[1], "--upstream-port", str(upstream), "--requirement", "PROXY-REQ-MEDIA"]
        done = command_in(tmp_path)(*words)
        serving.terminate()
        assert serving.wait(10) == 0
    assert done.verdicts("warned") == {"PROXY-REQ-MEDIA": "warned"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--upstream", "http://127.0.0.1:9", "--fault", "proxy-drop-media"), "did you mean proxy-drops-media?"),
        (("--upstream", "http://proxy.example:9"), "give a URL on this machine"),
        (("--upstream", "http://127.0.0.1:9", "--certfile", "x.pem"), "leave out --certfile, or --upstream"),
    ],
)
def test_mistakes(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    done = command_in(tmp_path)("serve", *words, report=False)
    assert (done.code, told in done.err) == (4, True), done.err
