"""The surfaces as a case sees them: bodies go out, answers come back, acceptance and refusal are judged."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import msgspec

from conformance import __version__
from conformance.checks import access, answers, asked_for
from conformance.checks.ending import truncation_reason
from conformance.checks.findings import Undecided, undecided, violation
from conformance.probing.judge import Judge, NotApplicable
from conformance.requirements import family_of
from conformance.targets.target import Target
from conformance.wire.exchange import Exchange, NotJson, Request
from conformance.wire.sender import Sender

Body = Mapping[str, Any]
Auth = Literal["bearer", "basic", "none", "bearer-wrong", "basic-wrong", "basic-wrong-user"]

SERVICE_NAME = re.compile(r"\w+\.\w+\.[\w-]+")
"""A fully qualified name: catalog, schema and model service."""
_VALID: frozenset[Auth] = frozenset({"bearer", "basic"})
"""The credentials that should be taken: of any other, a refusal is what is asked for."""


class Kept(Undecided):
    """The target keeps a model, or a feature, from this caller: another model may decide what does not depend on it."""


@dataclass(frozen=True)
class Answer:
    """An accepted request's exchange, and its body as JSON."""

    exchange: Exchange

    @cached_property
    def body(self) -> Any:
        """The JSON of the answer. Raises `Undecided` if it is none."""
        try:
            return self.exchange.response.json() if self.exchange.response else None
        except NotJson as error:
            raise Undecided(f"the answer is no JSON: {error}") from None


@dataclass(frozen=True)
class Surface:
    """One API surface of the target, bound to the model that plays the asked part."""

    target: Target
    sender: Sender
    judge: Judge
    model: str = ""
    """The documented model, without its prefix."""

    name: ClassVar[str]
    answers_with: ClassVar[tuple[str, ...]]
    """The lists of which an answer holds one."""
    hello: ClassVar[Body]
    """A plain small request: what controls are made of."""

    @property
    def base(self) -> str:
        """The base URL. Raises `NotApplicable` if the target does not have this surface."""
        try:
            return self.target.surfaces[self.name]
        except KeyError:
            raise NotApplicable(f"the target has no {self.name} surface") from None

    def on(self, model: str) -> Self:
        """The same surface, asking the documented `model`."""
        return type(self)(self.target, self.sender, self.judge, model)

    def of_family(self, family: str) -> Self:
        """The same surface, asking the model that plays `family` here. Raises `NotApplicable`."""
        model = self.target.model_of_family(family, self.name)
        if model is None:
            raise NotApplicable(f"the target has no model of the family {family}")
        return self.on(model)

    @property
    def model_name(self) -> str:
        """What the target calls the model. Raises `NotApplicable` if it has none."""
        model = self.documented_model
        name = self.target.model_name(model, self.name)
        if not name:
            raise NotApplicable(f"the target has no model for {model or 'this surface'}")
        return name

    @property
    def documented_model(self) -> str:
        """The documented model that is asked, without its prefix; empty if the target has none."""
        return self.model or self._any_model

    @property
    def expected_family(self) -> str:
        """What an answer's name of the model should tell: its family, unless a target file names the models as it likes."""
        return "" if self.target.names_models() else family_of(self.documented_model)

    @property
    def _any_model(self) -> str:
        return next(iter(self.target.candidates(self.name)), "")

    def by_service_name(self) -> Self:
        """The same surface. Raises `NotApplicable` if the target calls its models something else than model services."""
        if not SERVICE_NAME.fullmatch(self.model_name):
            raise NotApplicable(f"the target calls this model {self.model_name}, which is no name of a model service")
        return self

    def wants_credentials(self) -> Self:
        """The same surface. Raises `NotApplicable` if the target declares that it has no authentication."""
        if self.target.auth == "none":
            raise NotApplicable("the target file declares that this target has no authentication")
        return self

    def url(self) -> str:
        """Where a request goes."""
        raise NotImplementedError

    def complete(self, body: Body) -> Body:
        """`body` with the model in it, unless the case has set it."""
        return {"model": self.model_name, **body}

    def send(
        self,
        body: Body | bytes,
        *,
        auth: Auth = "bearer",
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
        url: str = "",
    ) -> Exchange:
        """Sends one request: a mapping as JSON with the model filled in, bytes as they are.

        Raises `Undecided` if a policy, a privilege or a switch of the workspace kept a valid caller from an answer, and
        `NotApplicable` if the target does not offer this here: it says so, or its target file does, and then nothing is sent.
        """
        base, place = self.base, url or self.url()
        self._must_be_offered(place, body)
        content = body if isinstance(body, bytes) else to_json(self.complete(body))
        sent = {
            "accept": "application/json, text/event-stream",
            "accept-encoding": "identity",
            "user-agent": f"gateway-conformance/{__version__}",
            **({"content-type": "application/json"} if content else {}),
            **self.target.headers,
            **({} if self.target.auth == "none" or auth == "none" else {"authorization": f"[{auth}]"}),
            **(headers or {}),
        }
        exchange = self.sender.send(Request(method, place if "://" in place else base + place, sent, content))
        if reason := access.denial_reason(exchange):
            raise Undecided(reason)
        if auth in _VALID:
            if reason := access.not_offered_reason(exchange):
                raise NotApplicable(reason)
            if reason := access.kept_reason(exchange):
                raise Kept(reason)
        return exchange

    def _must_be_offered(self, path: str, body: Body | bytes) -> None:
        """Raises `NotApplicable` if a request asks for a feature that the target file does not claim."""
        if self.target.not_offered:
            asked = set(asked_for.features(path, parsed(body) if isinstance(body, bytes) else body))
            for feature, reason in self.target.not_offered.items():
                if feature in asked:
                    raise NotApplicable(asked_for.not_offered({feature: reason}))

    def send_as_it_is(self, body: Body) -> Exchange:
        """Sends a body without filling in the model."""
        return self.send(to_json(body))

    def attempt(self, body: Body, **options: Any) -> Exchange:
        """Sends one request to a model that the target has to have. Raises `NotApplicable` if it does not serve it."""
        exchange = self.send(body, **options)
        self.must_have_model(exchange)
        return exchange

    def ask(self, body: Body, **options: Any) -> Answer:
        """The answer to a request whose acceptance this case does not judge. Raises `Undecided` if there is none."""
        exchange = self.attempt(body, **options)
        if reason := answers.no_answer_reason(exchange):
            raise Undecided(f"no answer to judge: {reason}")
        return Answer(exchange)

    def accepts(
        self,
        body: Body,
        *requirements: str,
        control: Body | None = None,
        what: str = "the request",
        by_url: bool = False,
        **options: Any,
    ) -> Answer:
        """Judges that a request is accepted. Raises `CaseEnded` if it is not.

        A refusal is the request's own fault only if `control`, the same without the promised part, is answered.
        `by_url`: the request names media by URL; a target that says that it could not fetch them decides nothing.
        """
        exchange = self.attempt(body, **options)
        if by_url and answers.cannot_fetch(exchange):
            reason = f"the target could not fetch the media: {answers.error_text(exchange)}"
            self.judge.or_end([undecided(reason)], *requirements)
        plain = None
        if control is not None and (answers.is_refused(exchange) or answers.breaks(exchange)):
            plain = self.attempt(control)
            if reason := answers.no_answer_reason(plain):
                self.judge.or_end([undecided(f"the control is not answered either: {reason}")], *requirements)
        found = answers.accepted(exchange, what, members=self.answers_with, control=plain)
        self.judge.or_end(found, *requirements, about=exchange)
        return Answer(exchange)

    def refuses(
        self,
        body: Body,
        *requirements: str,
        control: Body | Answer,
        status: int | None = None,
        naming: str | None = None,
        **options: Any,
    ) -> Exchange:
        """Judges that a request is refused for the stated reason, while `control`, without the offending part, is accepted."""
        accepted, refused = self._pair(control, body, options)
        self.judge(answers.refused(refused, accepted, status=status, naming=naming), *requirements)
        return refused

    def _pair(self, control: Body | Answer, body: Body, options: Mapping[str, Any]) -> tuple[Exchange, Exchange]:
        accepted = control.exchange if isinstance(control, Answer) else self.attempt(control, **options)
        if reason := truncation_reason(accepted):
            raise Undecided(f"the control: {reason}")
        return accepted, self.send(body, **options)

    def records(self, body: Body, what: str, *requirements: str, **options: Any) -> Exchange:
        """Judges nothing but that the target answers: how it does is told."""
        exchange = self.attempt(body, **options)
        control = self.attempt(self.hello) if (exchange.status or 0) >= 500 else None
        self.judge(answers.recorded(exchange, what, control), *requirements, about=exchange)
        return exchange

    def refuses_or_records(
        self, body: Body, *requirements: str, control: Body | Answer, what: str, warns: bool = False, **options: Any
    ) -> Exchange:
        """As `refuses`, where no document says what happens to such a request: only a server error is a violation.

        `warns`: that the target takes it is worth a warning.
        """
        accepted, refused = self._pair(control, body, options)
        self.judge(answers.refused_or_recorded(refused, accepted, what, warns=warns), *requirements)
        return refused

    def must_have_model(self, exchange: Exchange) -> None:
        """Ends a case if the model that it asks is not there: the target's fault only if its target file names that model.

        Where it is the one that plays any part, the target serves none: what is asked of it stays undecided.
        """
        if not answers.lacks_model(exchange):
            return
        error_message = f"{exchange.status}, {answers.error_text(exchange)}"
        if self.target.names_models():
            expected = f"{self.model_name}, which the target file names"
            self.judge.break_all([violation("the target lacks a model", expected=expected, actual=error_message)])
        if self.name == "serving":
            raise NotApplicable(f"the target has no endpoint {self.model_name}: {error_message}")
        if self.model in ("", self._any_model):
            raise Undecided(f"the target does not know the model that the documents name: {error_message}")
        raise NotApplicable(f"the target does not serve {self.model_name}: {error_message}")


class Chat(Surface):
    """Chat Completions."""

    name = "chat"
    answers_with = ("choices",)
    hello: ClassVar[Body] = {"messages": [{"role": "user", "content": "Say hello."}]}

    def url(self) -> str:
        """The path below the base URL."""
        return "/chat/completions"


class Responses(Surface):
    """OpenAI Responses."""

    name = "responses"
    answers_with = ("output",)
    hello: ClassVar[Body] = {"input": [{"role": "user", "content": "Say hello."}]}

    def url(self) -> str:
        """The path below the base URL."""
        return "/responses"


class Gemini(Surface):
    """Google Gemini generateContent: the model stands in the path."""

    name = "gemini"
    answers_with = ("candidates",)
    hello: ClassVar[Body] = {"contents": [{"role": "user", "parts": [{"text": "Say hello."}]}]}

    def url(self) -> str:
        """The path of generateContent below the base URL."""
        return f"/models/{self.model_name}:generateContent"

    def stream_url(self) -> str:
        """The path of streamGenerateContent as server-sent events."""
        return f"/models/{self.model_name}:streamGenerateContent?alt=sse"

    def complete(self, body: Body) -> Body:
        """A Gemini body names no model."""
        return body


class Serving(Surface):
    """The older paths below /serving-endpoints, where an endpoint's name replaces the model's."""

    name = "serving"
    answers_with = ("choices", "output")
    hello: ClassVar[Body] = Chat.hello

    def url(self) -> str:
        """The path of the endpoint that is named like the model; its body names no model."""
        return f"/{self.model_name}/invocations"

    def complete(self, body: Body) -> Body:
        """A per-endpoint body names no model."""
        return body


KINDS: Mapping[str, type[Surface]] = {kind.name: kind for kind in (Chat, Responses, Gemini, Serving)}
"""Every surface that takes requests, by name."""


def parsed(body: bytes) -> Any:
    """A body's JSON; None if it is none."""
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None


def to_json(body: Body) -> bytes:
    """The one way in which the suite writes JSON, so that hashes of bodies hold.

    msgspec, since bodies of twenty megabytes of images take the json module five times as long.
    """
    return msgspec.json.encode(body)
