"""The hosts that clients are sent to: each a port of its own, with the reference gateway behind it, or with trouble before it.

The faults of the reference gateway lie below a path. Some clients take a host alone, and no fault is a broken connection.
"""

import asyncio
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from conformance.observer.trouble import PAGE, SLOW_S, Answer, refusal

_SOON = {"content-type": "application/json", "retry-after-ms": "1", "retry-after": "0"}
"""An invitation to come back at once, in the words of each client."""


@dataclass(frozen=True)
class Trouble:
    """What a host says in place of its gateway: to the first so many POST requests, or to all (`times` is None)."""

    answer: Answer | None = None
    refused_with: int | None = None
    """In place of `answer`: the status of a refusal in the envelope of the surface, which invites to come back at once."""
    times: int | None = None
    cut_at: int | None = None
    """After how many bytes of its body each answer of the gateway breaks off: the connection is closed."""
    is_moved: bool = False
    """Whether a request is sent on to the same path with `moved=1`: at `elsewhere`, or at this host."""
    elsewhere: str = ""
    wait: float = 0.0
    """How many seconds later each answer of the gateway comes."""


_NAMED = {
    "429": Trouble(refused_with=429),
    "429-twice": Trouble(refused_with=429, times=2),
    "503": Trouble(refused_with=503),
    "503-once": Trouble(refused_with=503, times=1),
    "slow": Trouble(wait=SLOW_S),
    "page": Trouble(PAGE),
    "cut": Trouble(cut_at=100),
    "cut-stream": Trouble(cut_at=500),
    "redirect": Trouble(is_moved=True),
}
ELSEWHERE = "redirect-elsewhere"


def trouble(name: str, home: str) -> Trouble | None:
    """The trouble of this name, if there is one; `home` is the host to which one of them sends requests on."""
    return Trouble(is_moved=True, elsewhere=home) if name == ELSEWHERE else _NAMED.get(name)


def nearest(name: str, faults: Any) -> str:
    """The known name that is nearest to one that is not; empty if none is."""
    return next(iter(get_close_matches(name, [*_NAMED, ELSEWHERE, *faults], n=1)), "")


class _CutOff(Exception):
    """The connection is to be closed."""


@dataclass
class Host:
    """A port: what stands before its gateway, and how many POST requests have come."""

    url: str
    gateway: Any
    trouble: Trouble = field(default_factory=Trouble)
    posts: int = 0

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.url.rpartition(":")[2])

    def begin(self, trouble: Trouble) -> None:
        """Takes on another trouble, and counts from the beginning."""
        self.trouble, self.posts = trouble, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers in the place of the gateway, or lets the request through."""
        is_post = scope["method"] == "POST"
        self.posts += is_post
        trouble = self.trouble
        if is_post and trouble.is_moved and b"moved=1" not in scope["query_string"]:
            place = trouble.elsewhere + scope["raw_path"].decode("latin-1").partition("?")[0]
            query = scope["query_string"].decode("latin-1")
            location = f"{place}?{query}&moved=1" if query else f"{place}?moved=1"
            await _answered(Answer(307, b"", {"location": location}), receive, send)
        elif (
            is_post
            and (trouble.times is None or self.posts <= trouble.times)
            and (said := _said(trouble, scope["path"]))
        ):
            await _answered(said, receive, send)
        else:
            await self._pass_on(scope, receive, send, trouble.cut_at)

    async def _pass_on(self, scope: Any, receive: Any, send: Any, left: int | None) -> None:
        async def send_some(message: Any) -> None:
            nonlocal left
            body = message.get("body", b"")
            if left is None or len(body) < left:
                left = None if left is None else left - len(body)
                await send(message)
                return
            await send({"type": "http.response.body", "body": body[:left], "more_body": True})
            await asyncio.sleep(0.01)  # that the part arrives before the end of the connection does
            raise _CutOff

        if self.trouble.wait and scope["method"] == "POST":
            await asyncio.sleep(self.trouble.wait)
        try:
            await self.gateway(scope, receive, send_some)
        except _CutOff:
            return  # a response that is begun and not ended: the server closes the connection


def _said(trouble: Trouble, path: str) -> Answer | None:
    if trouble.refused_with is None:
        return trouble.answer
    told = refusal(trouble.refused_with, google="/gemini/" in path)
    return Answer(told.status, told.body, _SOON)


async def _answered(answer: Answer, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    if answer.wait and await _hangs_up(receive, answer.wait):
        return
    length = {} if len(answer.pieces) > 1 else {"content-length": str(len(answer.body))}
    encoded = [(name.encode(), value.encode()) for name, value in {**answer.headers, **length}.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    start = 0
    for size in answer.pieces or (len(answer.body),):
        await send({"type": "http.response.body", "body": answer.body[start : start + size], "more_body": True})
        start += size
    await send({"type": "http.response.body", "body": b""})


async def _hangs_up(receive: Any, seconds: float) -> bool:
    """Whether the client closes its connection within so many seconds. Its request has been read to the end."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True
