"""Reports of live runs to be certified: against the reference gateway, and against one that nobody would take for it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner, SSlibKey

from conformance import profiles
from conformance.certify import keys
from conformance.certify.making import Certificate, Order, certify
from conformance.reference.server import running
from tests.end_to_end.conftest import TOKEN, Done, command_in
from tests.end_to_end.proxy import Answer, proxy

PROFILE = "gemini"
"""The smallest: a run on it takes a second."""


def as_another(_path: str, _sent: bytes, answer: Answer) -> Answer:
    """An answer in which nothing tells of the reference gateway."""
    return Answer(answer.status, answer.headers | {"server": "acme"}, answer.body.replace(b"I read: ", b"I heard "))


@dataclass(frozen=True)
class Keys:
    """A key to sign with, and the files of both halves."""

    signer: CryptoSigner
    trusted: SSlibKey
    private: Path
    public: Path


@pytest.fixture(scope="session")
def made_keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    private = tmp_path_factory.mktemp("keys") / "key.pem"
    public = keys.generate(private)
    return Keys(keys.private(private), keys.public(public), private, public)


@pytest.fixture(scope="session")
def reference() -> Iterator[str]:
    with running(token=TOKEN) as url:
        yield url


@pytest.fixture(scope="session")
def of_reference(tmp_path_factory: pytest.TempPathFactory, reference: str) -> Path:
    """The report of a run against the reference gateway; only to be read."""
    return _report(tmp_path_factory.mktemp("reference"), reference)


@pytest.fixture(scope="session")
def of_another(tmp_path_factory: pytest.TempPathFactory, reference: str) -> Path:
    """The report of a run against a gateway of which nobody knows who answers behind it; only to be read."""
    with proxy(reference, as_another) as target:
        return _report(tmp_path_factory.mktemp("another"), target.url)


def _report(directory: Path, url: str) -> Path:
    words = ("--base-url", url, "--conformance-profile", PROFILE, "--concurrency", "4")
    done: Done = command_in(directory)("run", *words)
    assert done.code == 0, done.out + done.err
    return done.report


@pytest.fixture
def report(tmp_path: Path, of_another: Path) -> Path:
    """A report that a test may change."""
    return Path(shutil.copytree(of_another, tmp_path / "report"))


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory, of_another: Path, made_keys: Keys) -> Path:
    """A certificate; only to be read."""
    return certified(of_another, made_keys, tmp_path_factory.mktemp("certified") / "certificate").directory


@pytest.fixture
def certificate(tmp_path: Path, kept: Path) -> Path:
    """A certificate that a test may change."""
    return Path(shutil.copytree(kept, tmp_path / "certificate"))


def certified(report: Path, by: Keys, output: Path, *, demonstration: bool = False, **more: object) -> Certificate:
    """The certificate of a report."""
    order = Order(report, profiles.named(PROFILE), "Acme's test desk", demonstration=demonstration)
    return certify(order, by.signer, output, [TOKEN], **more)  # type: ignore[arg-type]  # `now` is all there is
