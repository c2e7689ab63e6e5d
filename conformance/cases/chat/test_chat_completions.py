"""Chat > OpenAI Chat Completions: the request and the expected response, field by field."""

import pytest

from conformance.cases import decides
from conformance.checks import chat as shape
from conformance.checks import usage
from conformance.checks.answers import accepted, error_is_readable, is_success
from conformance.checks.findings import Undecided, assume_member, get
from conformance.checks.schema import schema_violations
from conformance.probing.judge import Judge
from conformance.probing.probes import CAP, LONG_ANSWER, ask
from conformance.probing.surface import Body, Chat
from conformance.requirements import families


@pytest.mark.smoke
@decides(
    "CHAT-PATH", "CHAT-CONTENT-TYPE", "CHAT-RESP-OBJECT", "CHAT-RESP-CHOICES", "CHAT-RESP-FINISH",
    "CHAT-RESP-ID", "CHAT-RESP-CREATED", "CHAT-RESP-MODEL", "CHAT-USAGE-KEYS",
)  # fmt: skip
def test_expected_response(chat: Chat, judge: Judge) -> None:
    """A one-message request is answered with a chat completion of the documented shape."""
    answer = chat.accepts(chat.hello, "CHAT-PATH")
    judge(shape.json_content_type(answer.exchange), "CHAT-CONTENT-TYPE")
    judge(shape.object_is(answer.body, "chat.completion"), "CHAT-RESP-OBJECT")
    judge(shape.choices(answer.body), "CHAT-RESP-CHOICES")
    judge(schema_violations(answer.body, "chat", "ChatCompletion", within="choices"), "CHAT-RESP-CHOICES")
    judge(shape.finish_reason(answer.body), "CHAT-RESP-FINISH")
    judge(shape.identifier(answer.body), "CHAT-RESP-ID")
    judge(shape.created(answer.exchange, answer.body), "CHAT-RESP-CREATED")
    judge(shape.model(answer.body, chat.expected_family, families()), "CHAT-RESP-MODEL")
    judge(usage.has_counts(answer.body), "CHAT-USAGE-KEYS")


@decides("CHAT-MODEL-UCNAME")
def test_model_service_name(chat: Chat, judge: Judge) -> None:
    """model takes the name of a model service, system.ai.<model>."""
    judge(accepted(chat.by_service_name().send(chat.hello), chat.model_name, members=chat.answers_with))


@decides("CHAT-ROLE-SYSTEM")
def test_system_message(chat: Chat) -> None:
    """A leading system message is accepted together with a user message."""
    system = {"role": "system", "content": "You answer in few words."}
    chat.accepts({**chat.hello, "messages": [system, *chat.hello["messages"]]}, control=chat.hello)


@pytest.mark.costly
@decides("CHAT-ROLE-SYSTEM")
def test_two_system_messages(chat: Chat) -> None:
    """One leading system message is documented; what a Gemini model does with a second one is recorded."""
    system = {"role": "system", "content": "You answer in few words."}
    chat.of_family("gemini").records({"messages": [system, system, *chat.hello["messages"]]}, "two system messages")


@pytest.mark.costly
@decides("CHAT-MAXTOKENS")
def test_max_tokens_at_its_edge(chat: Chat) -> None:
    """One token, none and less than none: recorded."""
    for cap in (1, 0, -1):
        chat.records({**chat.hello, "max_tokens": cap}, f"max_tokens {cap}")


@decides("CHAT-MAXTOKENS-CAP")
def test_max_tokens_is_kept(chat: Chat, judge: Judge) -> None:
    """A long answer stops at the cap and says so. One that ends before it has to stop at a single token."""
    for cap in (CAP, 1):
        body = chat.ask(ask(LONG_ANSWER, max_tokens=cap)).body
        made = assume_member(body, "usage.completion_tokens", int)
        said, cut = get(body, "choices.0.message.content"), get(body, "choices.0.finish_reason") == "length"
        if made >= cap or cut:
            break
    hidden = usage.reasoning_tokens(body)
    judge(usage.cap_is_kept(made, hidden, cap, "usage.completion_tokens", text=shape.text_of(said), cut=cut))
    judge(shape.says_length(body, cap, made))


@decides("CHAT-TEMPERATURE")
def test_temperature(chat: Chat) -> None:
    """temperature 0.1, as in the sample, is accepted on the model whose answer the documents print."""
    chat.on("claude-sonnet-4-5").accepts({**chat.hello, "temperature": 0.1}, control=chat.hello)


@pytest.mark.costly
@decides("CHAT-TEMPERATURE")
def test_other_temperatures(chat: Chat) -> None:
    """The ends of the range, and beyond: recorded."""
    claude = chat.on("claude-sonnet-4-5")
    for temperature in (0, 2.0, 2.1):
        claude.records({**chat.hello, "temperature": temperature}, f"temperature {temperature}")


@pytest.mark.costly
@pytest.mark.parametrize("family", ["gpt-5", "gemini", "gpt-oss", "llama"])
@decides("CHAT-TEMPERATURE")
def test_temperature_elsewhere(chat: Chat, family: str) -> None:
    """Newer models turn sampling parameters down: on other families it is recorded."""
    chat.of_family(family).records({**chat.hello, "temperature": 0.1}, "temperature 0.1")


@decides("CHAT-UNKNOWN-MODEL")
def test_unknown_model(chat: Chat) -> None:
    """A model service that does not exist is a 4xx."""
    chat.refuses({**chat.hello, "model": "system.ai.there-is-no-such-model"}, control=chat.hello)


@decides("CHAT-ERR-SHAPE")
def test_errors(chat: Chat, judge: Judge) -> None:
    """Whatever is refused comes with an error that a client can read."""
    unknown = {"model": "system.ai.there-is-no-such-model", **chat.hello}
    mistakes: tuple[Body, ...] = (unknown, {"messages": "no list"})
    refused = [exchange for exchange in map(chat.send, mistakes) if not is_success(exchange)]
    if not refused:
        raise Undecided("the target refuses none of several mistakes: there is no error to read")
    for exchange in refused:
        judge(error_is_readable(exchange), about=exchange)


@decides("CHAT-NOTHINK-STRING", "REASON-CLAUDE-DISABLED")
def test_plain_content(chat: Chat, judge: Judge) -> None:
    """Without thinking, a hybrid model answers with a plain string and shows no reasoning."""
    from conformance.checks.reasoning import did_not_reason

    body = chat.of_family("claude").ask(chat.hello).body
    judge(shape.content_is_string(body), "CHAT-NOTHINK-STRING")
    judge(did_not_reason(body), "REASON-CLAUDE-DISABLED")
