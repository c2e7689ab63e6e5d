"""A real browser, and the pages that people open in it: made by the commands, of real runs."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.prove.page import page as proof_page
from conformance.reference.faults import FAULTS
from conformance.reference.server import running
from conformance.reference.variant import together
from conformance.requirements import catalogue
from tests.end_to_end.conftest import TOKEN, command_in
from tests.report.made import rendered_hostile
from tests.report.test_history import write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
BROKEN = (
    "chat-usage-total-off-by-one", "responses-service-tier-default-taken", "chat-id-null", "images-one-model-fewer",
    "gemini-usage-total-off-by-one", "errors-page", "chat-stream-cut-says-stop",
)  # fmt: skip
"""What is wrong with the gateway of the page that is not conformant."""


@dataclass(frozen=True)
class Opened:
    """A page that is open, and what went wrong in it: errors of its script, what its policy has blocked, dialogs."""

    page: "Page"
    wrong: list[str]


class Tabs:
    """Opens pages, each in a profile of its own."""

    def __init__(self, browser: "Browser") -> None:
        self._browser = browser
        self._contexts = list[Any]()

    def open(self, file: Path, anchor: str = "", *, width: int = 1280, **options: Any) -> Opened:
        """Opens a page at an anchor. `options` are those of a context: color_scheme, java_script_enabled."""
        context = self._browser.new_context(viewport={"width": width, "height": 900}, **options)
        self._contexts.append(context)
        page, wrong = context.new_page(), list[str]()
        page.set_default_timeout(5000)
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: None if request.url.startswith("file:") else wrong.append(request.url))
        page.goto(f"{file.as_uri()}{anchor and '#'}{anchor}")
        return Opened(page, wrong)

    def close(self) -> None:
        """Closes what was opened."""
        for context in self._contexts:
            context.close()


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Chromium, as the system has it."""
    if not CHROMIUM:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def tabs(browser: "Browser") -> Iterator[Tabs]:
    """Opens pages in it."""
    made = Tabs(browser)
    yield made
    made.close()


@cache
def axe() -> str:
    """The source of axe-core."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """By name: every page that the commands write."""
    directory = tmp_path_factory.mktemp("pages")
    run = command_in(directory)

    def made(*words: str, code: int = 0, report: bool = False) -> None:
        done = run(*words, report=report)
        assert done.code == code, done.out + done.err

    made("run", "--report-dir", "good")
    with running(fault=together(*(FAULTS[name] for name in BROKEN)), token=TOKEN) as url:
        made("run", "--base-url", url, "--report-dir", "bad", "--baseline", "good", code=1)
    made("keygen", "key.pem")
    with running(token=TOKEN) as url:
        words = ("--base-url", url, "--profile", "gemini", "--key", "key.pem", "--demonstration")
        made("certify", *words, "--output", "certificate")
    made("matrix", "good", "bad", "--output", "site")
    (directory / "runs").mkdir()
    for day, verdict in enumerate(("passed", "failed", "failed", "warned")):
        write(directory / "runs", day, verdict)
    made("history", "runs", "--html", "history.html")
    made("compare", "openai==1.109.1", "openai==2.54.0", "--html", "upgrade.html")
    proof = json.loads((ROOT / "reports" / "prove" / "matrix.json").read_text(encoding="utf-8"))
    (directory / "prove.html").write_text(proof_page(proof, catalogue().values()), encoding="utf-8")
    (directory / "hostile.html").write_text(rendered_hostile(), encoding="utf-8")
    found = {
        "conformant": "good/report.html", "nonconformant": "bad/report.html", "certificate": "certificate/certificate.html",
        "matrix": "site/index.html", "history": "history.html", "upgrade": "upgrade.html", "prove": "prove.html",
        "hostile": "hostile.html",
    }  # fmt: skip
    return {name: directory / path for name, path in found.items()}
