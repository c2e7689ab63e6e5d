"""What the runner in the observed environment asks and tells, and what is made of it: the cases of results.json.

An ASGI application: on its first port the runner's questions, on the others the gateways that its clients are sent to.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from conformance.observer.trouble import Answer
from conformance.reference.app import create_app
from conformance.reference.faults import FAULTS
from conformance.reference.policy import DOCUMENTED
from conformance.reference.script import Script
from conformance.reference.server import serving
from conformance.reference.tap import TOKEN, Tap
from conformance.reference.variants import VARIANTS
from conformance.sdk.hosts import Trouble, nearest, trouble
from conformance.sdk.leases import Leases
from conformance.sdk.recorded import answers
from conformance.sdk.seen import of_error

_HOSTS = 24
"""Ports that are held ready: a case has one, and one more for each trouble that it asks for."""
_POLICY = replace(DOCUMENTED, stops_calling=True)
"""Whoever tries an agent wants it to end, however it was told to call tools: after a tool's result the model answers."""


@dataclass
class Told:
    """What the observed environment has told so far."""

    python: str = ""
    distributions: dict[str, str] = field(default_factory=dict)
    collected: set[str] = field(default_factory=set)
    """The ids of the cases that are to run."""
    cases: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What was observed, as results.json has it, by id."""
    is_cut_short: bool = False
    """Whether pytest has ended before its time, as with -x."""


class Judging:
    """Answers one observed environment at a time."""

    def __init__(self, cassettes: Path) -> None:
        self._recorded = {one.request.id: one for one in answers(cassettes)}
        self._gateway = create_app(_POLICY, token=TOKEN)
        self._tap = Tap(self._at_a_host)
        self.told = Told()
        self.place = ""
        """Where the runner's questions go: `host:port`."""

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listens on loopback, meanwhile."""
        with serving(self, ports=_HOSTS + 1) as (own, *urls):
            # That a connection was closed in the middle of an answer is what some cases ask for.
            for name in ("uvicorn.error", "asyncio"):
                logging.getLogger(name).setLevel(logging.CRITICAL)
            self.place = own.removeprefix("http://")
            self._port = int(own.rpartition(":")[2])
            self.leases = Leases(urls, self._tap, self._gateway)
            yield

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers the runner on its port, and a client on any other."""
        if scope["type"] == "http" and scope["server"][1] == self._port:
            await self._answer(scope, receive, send)
        else:
            await self._tap(scope, receive, send)

    async def _at_a_host(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await self.leases.host(scope["server"][1])(scope, receive, send)
        else:
            await self._gateway(scope, receive, send)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        body = bytearray()
        while (message := await receive()).get("body") or message.get("more_body"):
            body += message["body"]
            if not message.get("more_body"):
                break
        try:
            status, answer = 200, await self._asked(scope["path"].strip("/"), json.loads(body))
        except ValueError as error:
            status, answer = 400, {"wrong": str(error)}
        except (LookupError, TypeError, AttributeError, RecursionError) as error:
            status, answer = 400, {"wrong": f"it cannot be understood: {error!r}"}
        data = json.dumps(answer).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": data})

    async def _asked(self, question: str, told: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        if question == "environment":
            self.told.python, self.told.distributions = told["python"], dict(told["distributions"])
        elif question == "recorded":
            answer = {"answers": [asdict(one.request) for one in self._recorded.values()]}
        elif question == "collected":
            self.told.collected |= set(told["cases"])
        elif question == "cut_short":
            self.told.is_cut_short = True
        elif question == "unimportable":
            self.keep_raised(f"sdk/{told['file'].removeprefix('test_')}.import", "cannot be imported", told["error"])
        elif question == "never_begun":
            self.keep_raised(told["case"], "", told["error"])
        elif question == "begin":
            number, lease = await self.leases.begin(told["case"], is_again=told["again"])
            answer = {"lease": number, "url": lease.home.url, "token": TOKEN}
        else:
            answer = await self._of_a_case(question, told)
        return answer

    async def _of_a_case(self, question: str, told: Mapping[str, Any]) -> dict[str, Any]:
        lease = self.leases.of(told["lease"])
        if question == "at":
            name, home = str(told["name"]), lease.home.url
            return {"url": self._url(name, home) or self.leases.more(lease, self._trouble(name, home))}
        if question == "scripted":
            app = create_app(_POLICY, token=TOKEN, script=Script(told["script"]))
            return {"url": self.leases.more(lease, Trouble(), app)}
        if question == "inject":
            lease.home.begin(Trouble(self._answer_of(told["answer"]), times=told["times"], cut_at=told["cut_at"]))
        elif question == "seen":
            await self.leases.gather(lease)
            lease.duration_s = told["duration_s"]
            lease.note(told["got"], told["given"], derived=told["derives"])
        elif question == "end":
            if lease.is_again:
                self._keep_shorter(lease.case, round(lease.duration_s, 1))
            elif lease.observed:
                self.told.cases[lease.case] = lease.result(told["about"], told["requirements"], told["failure"])
            self.leases.end(told["lease"])
        else:
            raise ValueError(f"there is no question {question}")
        return {}

    def _url(self, name: str, home: str) -> str:
        """Where a fault or a variant of the reference gateway lies; empty if it is none."""
        kind = "variants" if name in VARIANTS else "faults" if name in FAULTS else ""
        return f"{home}/{kind}/{name}" if kind else ""

    def _trouble(self, name: str, home: str) -> Trouble:
        if found := trouble(name, home):
            return found
        near = nearest(name, [*FAULTS, *VARIANTS])
        hint = f"did you mean {near}?" if near else "`gateway-conformance serve --fault list` names the faults"
        raise ValueError(f"there is no fault or trouble {name}; {hint}")

    def _answer_of(self, told: Mapping[str, Any] | None) -> Answer | None:
        if told is None:
            return None
        return self._recorded[told["recorded"]].answer if "recorded" in told else Answer.of(dict(told))

    def _keep_shorter(self, case: str, duration_s: float) -> None:
        if kept := self.told.cases.get(case):
            kept["duration_s"] = min(kept["duration_s"], duration_s)

    def keep_raised(self, case: str, about: str, error: Mapping[str, Any]) -> None:
        """Keeps a case of which nothing is known but what it has raised."""
        self.told.cases[case] = {
            "id": case,
            "about": about,
            "requirements": [],
            "verdict": "failed",
            "findings": [],
            "connections": 0,
            "duration_s": 0.0,
            "sent": [],
            "seen": {"error": of_error(error)},
        }
