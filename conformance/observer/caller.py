"""One case of a client library while it runs: the caller, whose requests go to the gateways of the judging process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conformance.observer.heard import hearing
from conformance.observer.limit import Hang
from conformance.observer.link import Link
from conformance.observer.loops import EventLoop, is_awaited
from conformance.observer.seen import observe


class Caller:
    """Calls a client, and tells what came back to the caller; what went over the wire is kept where it arrives.

    `url` is the base URL of a whole workspace: its surfaces lie below, at the documented paths. `token` is its token.
    """

    def __init__(
        self, link: Link, loop: EventLoop, begun: Mapping[str, Any], *, derives: bool = False, passes_on: bool = False
    ) -> None:
        self.url: str = begun["url"]
        self.token: str = begun["token"]
        self.duration_s = 0.0
        """What the calls have taken so far."""
        self.has_seen = self.has_hung = False
        self.failure: dict[str, Any] = {}
        """What the case itself has raised, beside the calls that it is about."""
        self._link, self._loop, self._lease, self._derives = link, loop, begun["lease"], derives
        self._passes_on = passes_on
        self._mistake: ValueError | None = None
        """What is wrong with what was asked, such as a misspelt name: within the call, it is nothing that a client did."""

    def ask(self, question: str, **told: Any) -> dict[str, Any]:
        """Asks the judging process something about this case. Raises `LinkError`, `ValueError`."""
        try:
            return self._link.ask(question, lease=self._lease, **told)
        except ValueError as error:
            self._mistake = error
            raise

    def at(self, name: str) -> str:
        """The base URL of a workspace with a fault of the reference gateway, of a variant of it, or in trouble.

        Trouble: `429`, `429-twice`, `503`, `503-once`, `slow`, `cut`, `cut-stream`, `page`, `redirect`, `redirect-elsewhere`.
        Raises `ValueError` for what is none of these.
        """
        return str(self.ask("at", name=name)["url"])

    def scripted(self, script: Sequence[Any]) -> str:
        """The base URL of a workspace whose model says what the script says, one entry an answer.

        A string is a text, `{"tool": name, "arguments": {...}}` the call of a tool, a list of these several calls at once.
        After its end the model answers by itself, and calls nothing. Raises `ValueError` for any other entry.
        """
        return str(self.ask("scripted", script=list(script))["url"])

    def run(self, awaitable: Any) -> Any:
        """Awaits, in the event loop of this case."""
        return self._loop.run(awaitable)

    def sees(self, call: Callable[[], Any], given: Mapping[str, Any] | None = None) -> None:
        """Makes the call that the case is about. It may return an awaitable or a stream; it may raise.

        What was sent before, such as the first turns of a conversation, is noted too. `given` is the JSON that is to arrive.
        """
        if is_awaited():
            raise RuntimeError("caller.sees() awaits by itself: call it in a test that is a plain function")
        self._mistake = None
        with hearing(passes_on=self._passes_on) as heard:
            started = time.perf_counter()
            got = observe(call, self._loop)
            self.duration_s += time.perf_counter() - started
        self.note({**got, **heard.told()}, given)
        if self._mistake:
            raise self._mistake
        if self.has_hung and self._passes_on:
            raise Hang(got["error"]["text"], pytrace=False)

    def note(self, got: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> None:
        """Tells what the caller got."""
        self.has_hung = got.get("error", {}).get("type") == Hang.__name__
        self.ask("seen", got=got, given=given, derives=self._derives, duration_s=self.duration_s)
        self.has_seen = True
