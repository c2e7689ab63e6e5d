"""Pictures through google-genai, sync and async: as bytes, and as objects of Pillow, where that is installed."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done
from conformance.observer.cases.google_client import KINDS, Google, one_certificate, types
from conformance.observer.media import load

QUESTION = "What color is this picture?"
Make = Callable[[Path], Any]


@pytest.fixture(autouse=True)
def _one_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one_certificate(monkeypatch, tmp_path)


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, caller: Caller) -> Iterator[Google]:
    """A client of each kind, on v1beta, so that a default of another version hides nothing."""
    made = Google(request.param, caller, {"api_version": "v1beta"})
    yield made
    made.close()


def _pillow() -> Any:
    return pytest.importorskip("PIL.Image", reason="pictures are objects of Pillow, which is not installed")


def _of_a_file(name: str) -> Make:
    """A picture of ours, opened from a file."""

    def made(directory: Path) -> Any:
        file = directory / name
        file.write_bytes(load(name))
        return _pillow().open(file)

    return made


OBJECTS: dict[str, Make] = {
    "jpeg_file": _of_a_file("red-64.jpg"),
    "png_file": _of_a_file("red-64.png"),
    "jpeg_bytes": lambda _: _pillow().open(io.BytesIO(load("red-64.jpg"))),
    "png_bytes": lambda _: _pillow().open(io.BytesIO(load("red-64.png"))),
    "drawn": lambda _: _pillow().new("RGB", (8, 8), "red"),
    "drawn_with_alpha": lambda _: _pillow().new("RGBA", (8, 8), (255, 0, 0, 128)),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_object(client: Google, caller: Caller, tmp_path: Path, name: str) -> None:
    """A picture as an object beside the question: in which format does it arrive?"""
    picture = OBJECTS[name](tmp_path)
    caller.sees(lambda: client.ask([QUESTION, picture]))


def test_object_streamed(client: Google, caller: Caller, tmp_path: Path) -> None:
    """The same where the answer comes in pieces."""
    picture = OBJECTS["jpeg_file"](tmp_path)
    caller.sees(lambda: client.ask_streamed([QUESTION, picture]))


def test_object_in_a_chat(client: Google, caller: Caller, tmp_path: Path) -> None:
    """A picture in a conversation: it is sent along with the second question."""
    picture = OBJECTS["jpeg_file"](tmp_path)

    async def turns() -> Any:
        chat = client.chat()
        await done(chat.send_message([QUESTION, picture]))
        return await done(chat.send_message("And how large is it?"))

    caller.sees(turns)


@pytest.mark.parametrize("name", ["red-64.jpg", "red-64.png"], ids=["jpeg", "png"])
def test_part(client: Google, caller: Caller, name: str) -> None:
    """A part made of bytes, in a list beside the question."""
    kind = "image/jpeg" if name.endswith("jpg") else "image/png"
    caller.sees(lambda: client.ask([QUESTION, types.Part.from_bytes(data=load(name), mime_type=kind)]))


def test_part_as_dict(client: Google, caller: Caller) -> None:
    """The same as a plain dict."""
    part = {"inline_data": {"mime_type": "image/jpeg", "data": load("red-64.jpg")}}
    caller.sees(lambda: client.ask([QUESTION, part]))
