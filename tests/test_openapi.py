"""The specs accept what the documents print and what real services send, and refuse what is broken.

Every verdict is asked of two validators that share no code: jsonschema-rs, which the checks use, and jsonschema.
"""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import validate

from conformance.requirements import catalogue

OPENAPI = Path(__file__).parent.parent / "openapi"
SPECS: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(OPENAPI.glob("*.yaml"))
}
CHAT, RESPONSES, GEMINI = "chat-completions", "responses", "gemini"
GONE = "(gone)"  # as the new value of a mutation: the key is taken out


def accepts(spec: str, schema: dict[str, Any], instance: object) -> bool:
    """Whether `instance` fits `schema`, whose references point into the components of `spec`."""
    whole = {"allOf": [schema], "components": SPECS[spec]["components"]}
    verdict = jsonschema_rs.Draft202012Validator(whole).is_valid(instance)
    assert jsonschema.Draft202012Validator(whole).is_valid(instance) == verdict, "the validators disagree"
    return verdict


def component(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def places(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a document with its path, the document's own examples left out."""
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            if key not in {"example", "examples", "value"} or path.endswith("/properties"):
                yield from places(value, f"{path}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from places(value, f"{path}/{index}")


def examples() -> Iterator[Any]:
    """Each example of each spec: what media types show by name, and what schemas list."""
    for spec, document in SPECS.items():
        for path, node in places(document):
            shown = node.get("examples")
            if isinstance(shown, dict) and "schema" in node:
                for name, example in shown.items():
                    yield pytest.param(
                        spec,
                        node["schema"],
                        example["value"],
                        id=f"{spec}{path}/{name}",
                    )
            elif isinstance(shown, list) and not path.endswith("/properties"):
                for index, example in enumerate(shown):
                    yield pytest.param(spec, node, example, id=f"{spec}{path}/{index}")


def example(spec: str, name: str) -> Any:
    """A copy of the media type example called `name`; names tell them apart within a spec."""
    for _, node in places(SPECS[spec]):
        if "schema" in node and name in (shown := node.get("examples") or {}):
            return copy.deepcopy(shown[name]["value"])
    raise KeyError(name)


def mutated(instance: Any, path: str, value: object) -> Any:
    """`instance` with the value at the slash-separated `path` replaced, or taken out."""
    *parents, last = (int(step) if step.isdigit() else step for step in path.split("/"))
    target = instance
    for step in parents:
        target = target[step]
    if value == GONE:
        del target[last]
    else:
        target[last] = value
    return instance


@pytest.mark.parametrize("spec", SPECS)
def test_is_openapi(spec: str) -> None:
    """The OpenAPI 3.1 schema and the references hold."""
    assert SPECS[spec]["openapi"].startswith("3.1")
    validate(SPECS[spec])


def test_surfaces_and_contract_components() -> None:
    """The files, and the names under which other modules look up bodies."""
    names = {
        "chat-completions": {
            "ChatCompletionRequest",
            "ChatCompletion",
            "ChatCompletionChunk",
            "Error",
        },
        "gemini": {"GenerateContentRequest", "GenerateContentResponse", "Error"},
        "responses": {"ResponseRequest", "Response", "ResponseStreamEvent", "Error"},
    }
    assert SPECS.keys() == names.keys()
    for spec, wanted in names.items():
        assert wanted <= SPECS[spec]["components"]["schemas"].keys()


@pytest.mark.parametrize(("spec", "schema", "instance"), list(examples()))
def test_example_is_accepted(spec: str, schema: dict[str, Any], instance: object) -> None:
    """What a spec shows, it accepts."""
    assert accepts(spec, schema, instance)


@pytest.mark.parametrize("spec", SPECS)
def test_tagged_unions_are_regular(spec: str) -> None:
    """Each tagged oneOf says by which key to descend: known branches pin it, at most one last branch takes the rest."""
    schemas = SPECS[spec]["components"]["schemas"]
    unions = [(path, node) for path, node in places(SPECS[spec]) if "discriminator" in node]
    assert bool(unions) == (spec != GEMINI), "Gemini tags nothing: its parts say by their keys what they are"
    for path, node in unions:
        key, mapping = (
            node["discriminator"]["propertyName"],
            node["discriminator"]["mapping"],
        )
        branches = [branch["$ref"] for branch in node["oneOf"]]
        assert branches[: len(mapping)] == list(mapping.values()), path
        for value, reference in mapping.items():
            branch = schemas[reference.rsplit("/", 1)[1]]
            assert branch["properties"][key]["const"] == value, (path, value)
            assert key in branch["required"], (path, value)
        for reference in branches[len(mapping) :]:
            other = schemas[reference.rsplit("/", 1)[1]]["properties"][key]
            assert other["not"]["enum"] == list(mapping), path
        assert len(branches) - len(mapping) <= 1, path


@pytest.mark.parametrize("spec", SPECS)
def test_untagged_unions_are_told_apart_by_a_key(spec: str) -> None:
    """Each oneOf without a tag is one of keys: every branch needs a key that no other branch names."""
    for path, node in places(SPECS[spec]):
        if "oneOf" in node and "discriminator" not in node:
            needed = [tuple(branch["required"]) for branch in node["oneOf"]]
            assert len(set(needed)) == len(needed), path
            assert all(len(keys) == 1 for keys in needed), path


@pytest.mark.parametrize("spec", SPECS)
def test_schemas_say_what_they_are(spec: str) -> None:
    """Each component schema has a description: one of its own, not a name said again."""
    for name, schema in SPECS[spec]["components"]["schemas"].items():
        assert len(schema.get("description", "").split()) > 1, name


@pytest.mark.parametrize("spec", SPECS)
def test_requirements_behind_pieces_are_in_the_catalogue(spec: str) -> None:
    """Each id under `x-requirement` is a row of the catalogue."""
    named = {(path, row) for path, node in places(SPECS[spec]) for row in node.get("x-requirement", ())}
    assert named
    assert [(path, row) for path, row in sorted(named) if row not in catalogue()] == []


@pytest.mark.parametrize("union", ["ResponseStreamEvent", "OutputItem", "TypedItem"])
def test_known_types_show_and_need_their_payload(union: str) -> None:
    """Each known event and item has examples, which its union accepts, and refuses with a required key gone."""
    schemas = SPECS[RESPONSES]["components"]["schemas"]
    for value, reference in schemas[union]["discriminator"]["mapping"].items():
        branch = schemas[reference.rsplit("/", 1)[1]]
        shown = branch.get("examples") or schemas["FunctionCallOutput"]["examples"]
        for instance in shown:
            assert instance["type"] == value
            assert accepts(RESPONSES, component(union), instance)
            for key in branch["required"]:
                assert not accepts(RESPONSES, component(union), mutated(dict(instance), key, GONE)), (value, key)


def test_error_is_shared() -> None:
    """The surfaces share one gateway, so one set of envelopes."""
    chat, gemini, responses = (SPECS[spec]["components"]["schemas"] for spec in SPECS)
    for name in ("Error", "FlatError", "NestedError"):
        assert chat[name] == gemini[name] == responses[name]


@pytest.mark.parametrize("spec", SPECS)
def test_operations_are_described(spec: str) -> None:
    """Each operation has an id, a summary, a tag, an error answer; each media type of an answer has a schema."""
    operations = [path["post"] for path in SPECS[spec]["paths"].values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    tags = {tag["name"] for tag in SPECS[spec]["tags"]}
    for operation in operations:
        assert operation["summary"]
        assert set(operation["tags"]) <= tags
        assert operation["responses"].keys() == {"200", "4XX"}


WRONG: list[tuple[str, str, str, str, object]] = [
    # spec, component, example, path, value
    (CHAT, "ChatCompletion", "expected", "object", "text_completion"),
    (CHAT, "ChatCompletion", "expected", "object", GONE),
    (CHAT, "ChatCompletion", "expected", "created", "1698824353"),
    (CHAT, "ChatCompletion", "expected", "id", 7),
    (CHAT, "ChatCompletion", "expected", "usage", GONE),
    (CHAT, "ChatCompletion", "expected", "usage/total_tokens", "81"),
    (CHAT, "ChatCompletion", "expected", "usage/prompt_tokens", 7.5),
    (CHAT, "ChatCompletion", "expected", "usage/completion_tokens", -1),
    (CHAT, "ChatCompletion", "expected", "choices", {}),
    (CHAT, "ChatCompletion", "expected", "choices/0/index", "0"),
    (CHAT, "ChatCompletion", "expected", "choices/0/message", None),
    (CHAT, "ChatCompletion", "reasoned", "choices/0/message/role", "user"),
    (CHAT, "ChatCompletion", "reasoned", "choices/0/message/content", {"type": "text"}),
    (
        CHAT,
        "ChatCompletion",
        "reasoned",
        "choices/0/message/content/0/summary",
        "thought",
    ),
    (
        CHAT,
        "ChatCompletion",
        "reasoned",
        "choices/0/message/content/0/summary/0/text",
        GONE,
    ),
    (
        CHAT,
        "ChatCompletion",
        "reasoned",
        "choices/0/message/content/0/summary/0/signature",
        1,
    ),
    (CHAT, "ChatCompletion", "reasoned", "choices/0/message/content/1/text", None),
    (CHAT, "ChatCompletion", "reasoned", "choices/0/message/content/1/type", GONE),
    (
        CHAT,
        "ChatCompletion",
        "toolCall",
        "choices/0/message/tool_calls/0/function/arguments",
        {},
    ),
    (
        CHAT,
        "ChatCompletion",
        "toolCall",
        "choices/0/message/tool_calls/0/function",
        GONE,
    ),
    (CHAT, "ChatCompletion", "toolCall", "choices/0/message", GONE),
    (CHAT, "ChatCompletion", "toolCall", "choices/0/content_filter_results", {"violence": "high"}),
    (CHAT, "ChatCompletion", "toolCall", "choices/0/message/reasoning_content", ["Think"]),
    (CHAT, "ChatCompletion", "toolCall", "choices/0/message/audio", "UklGRg=="),
    (CHAT, "ChatCompletion", "toolCall", "prompt_filter_results", {}),
    (CHAT, "ChatCompletionChunk", "role", "choices", GONE),
    (CHAT, "ChatCompletionChunk", "role", "obfuscation", 7),
    (CHAT, "ChatCompletionChunk", "role", "choices/0/delta/reasoning", {"text": "Think"}),
    (CHAT, "ChatCompletionChunk", "text", "choices/0/delta/content", 1),
    (
        CHAT,
        "ChatCompletionChunk",
        "reasoning",
        "choices/0/delta/content/0/summary",
        "The moon",
    ),
    (CHAT, "ChatCompletionChunk", "end", "choices/0/finish_reason", True),
    (CHAT, "ChatCompletionChunk", "usage", "usage/total_tokens", "52"),
    (CHAT, "ChatCompletionRequest", "rest", "messages", []),
    (CHAT, "ChatCompletionRequest", "rest", "messages/0/role", "robot"),
    (CHAT, "ChatCompletionRequest", "rest", "max_tokens", 0),
    (
        CHAT,
        "ChatCompletionRequest",
        "image",
        "messages/0/content/1/image_url",
        "https://example.com/a.jpg",
    ),
    (
        CHAT,
        "ChatCompletionRequest",
        "video",
        "messages/0/content/1/video_url/url",
        GONE,
    ),
    (CHAT, "ChatCompletionRequest", "audio", "messages/0/content/1/type", "sound"),
    (CHAT, "ChatCompletionRequest", "thinking", "thinking/budget_tokens", GONE),
    (CHAT, "ChatCompletionRequest", "effortHigh", "reasoning_effort", "most"),
    (CHAT, "ChatCompletion", "expected", "usage/cache_read_input_tokens", "0"),
    (CHAT, "Error", "databricks", "message", GONE),
    (CHAT, "Error", "databricks", "error_code", True),
    (CHAT, "Error", "openai", "error/message", None),
    (CHAT, "Error", "google", "error", "Unknown model."),
    (RESPONSES, "Response", "expected", "object", "chat.completion"),
    (RESPONSES, "Response", "expected", "id", None),
    (RESPONSES, "Response", "expected", "created_at", "now"),
    (RESPONSES, "Response", "expected", "model", GONE),
    (RESPONSES, "Response", "expected", "output", None),
    (RESPONSES, "Response", "expected", "usage", GONE),
    (RESPONSES, "Response", "reasoned", "usage", None),
    (RESPONSES, "Response", "expected", "usage/input_tokens", "7"),
    (RESPONSES, "Response", "expected", "output/0/role", "user"),
    (RESPONSES, "Response", "expected", "output/0/content", "text"),
    (RESPONSES, "Response", "expected", "output/0/type", GONE),
    (RESPONSES, "Response", "reasoned", "output/0/summary", "thought"),
    (RESPONSES, "Response", "reasoned", "output/1/content/0/text", GONE),
    (RESPONSES, "Response", "reasoned", "output/1/content/0/annotations/0/url", 1),
    (RESPONSES, "Response", "tools", "output/0/arguments", {}),
    (RESPONSES, "Response", "tools", "output/1/input", {"code": "print(1)"}),
    (RESPONSES, "Response", "tools", "output/2/operation/path", GONE),
    (RESPONSES, "Response", "tools", "output/3/action/commands", "ls"),
    (RESPONSES, "Response", "tools", "output/4/result", 1),
    (RESPONSES, "Response", "tools", "output/5/tools", None),
    (RESPONSES, "Response", "tools", "output/7/action/query", 1),
    (RESPONSES, "Response", "reasoned", "reasoning", "medium"),
    (RESPONSES, "Response", "reasoned", "reasoning/effort", 1),
    (RESPONSES, "Response", "reasoned", "text/format", "text"),
    (RESPONSES, "Response", "reasoned", "top_logprobs", "0"),
    (RESPONSES, "Response", "reasoned", "tools", [{"type": "function", "name": 1}]),
    (RESPONSES, "Response", "reasoned", "output/0", {"type": "tool_search_call", "arguments": 7}),
    (RESPONSES, "ResponseStreamEvent", "delta", "delta", 1),
    (RESPONSES, "ResponseStreamEvent", "delta", "delta", GONE),
    (RESPONSES, "ResponseStreamEvent", "delta", "type", GONE),
    (RESPONSES, "ResponseStreamEvent", "delta", "sequence_number", "4"),
    (RESPONSES, "ResponseStreamEvent", "delta", "type", "response.completed"),
    (RESPONSES, "ResponseRequest", "client", "input", GONE),
    (RESPONSES, "ResponseRequest", "client", "input/0/role", "robot"),
    (RESPONSES, "ResponseRequest", "client", "store", False),
    (RESPONSES, "ResponseRequest", "client", "background", True),
    (RESPONSES, "ResponseRequest", "client", "previous_response_id", "resp_abc123"),
    (RESPONSES, "ResponseRequest", "client", "service_tier", "auto"),
    (RESPONSES, "ResponseRequest", "customTool", "tools/0/name", GONE),
    (RESPONSES, "ResponseRequest", "builtInTool", "tools/0/type", "file_search"),
    (RESPONSES, "ResponseRequest", "sentBack", "input/3/call_id", GONE),
    (GEMINI, "GenerateContentResponse", "text", "candidates", {}),
    (
        GEMINI,
        "GenerateContentResponse",
        "text",
        "candidates/0/content",
        "A door opens.",
    ),
    (GEMINI, "GenerateContentResponse", "text", "candidates/0/content/parts/0/text", 1),
    (GEMINI, "GenerateContentResponse", "text", "candidates/0/finishReason", 1),
    (GEMINI, "GenerateContentResponse", "thought", "candidates/0/finishReason", -1),
    (GEMINI, "GenerateContentResponse", "thought", "candidates/0/finishReason", 1),
    (GEMINI, "GenerateContentResponse", "end", "candidates/0/finishReason", True),
    (GEMINI, "GenerateContentResponse", "text", "usageMetadata/promptTokensDetails/0/modality", 1),
    (GEMINI, "GenerateContentResponse", "thought", "candidates/0/safetyRatings/0/category", 7.5),
    (GEMINI, "GenerateContentResponse", "text", "candidates/0/logprobsResult", {"chosenCandidates": {}}),
    (GEMINI, "GenerateContentResponse", "code", "candidates/0/groundingMetadata/groundingChunks/0", {"maps": "Brest"}),
    (GEMINI, "GenerateContentResponse", "text", "usageMetadata/totalTokenCount", "300"),
    (
        GEMINI,
        "GenerateContentResponse",
        "thought",
        "candidates/0/content/parts/0/thought",
        "yes",
    ),
    (
        GEMINI,
        "GenerateContentResponse",
        "thought",
        "candidates/0/content/parts/1/functionCall/args",
        "{}",
    ),
    (
        GEMINI,
        "GenerateContentResponse",
        "code",
        "candidates/0/content/parts/0/executableCode/code",
        GONE,
    ),
    (
        GEMINI,
        "GenerateContentResponse",
        "code",
        "candidates/0/content/parts/2/inlineData/mimeType",
        GONE,
    ),
    (GEMINI, "GenerateContentResponse", "usage", "usageMetadata", GONE),
    (GEMINI, "GenerateContentRequest", "video", "contents", GONE),
    (
        GEMINI,
        "GenerateContentRequest",
        "video",
        "contents/0/parts/1",
        {"file_data": {"file_uri": "https://a.b/c"}},
    ),
    (
        GEMINI,
        "GenerateContentRequest",
        "video",
        "contents/0/parts/2/inlineData/data",
        GONE,
    ),
    (GEMINI, "GenerateContentRequest", "client", "generationConfig/maxOutputTokens", 0),
    (GEMINI, "GenerateContentRequest", "video", "contents/0/parts/1/text", "two in one"),
]


@pytest.mark.parametrize(("spec", "name", "base", "path", "value"), WRONG, ids=lambda part: str(part)[:60])
def test_wrong_instance_is_refused(spec: str, name: str, base: str, path: str, value: object) -> None:
    """One value off, and only then the instance is refused."""
    assert accepts(spec, component(name), example(spec, base))
    assert not accepts(spec, component(name), mutated(example(spec, base), path, value))


OPEN: list[tuple[str, str, str, str, object]] = [
    (CHAT, "ChatCompletion", "expected", "served_by", {"region": "x"}),
    (CHAT, "ChatCompletion", "expected", "usage/queue_time", 0.1),
    (CHAT, "ChatCompletion", "expected", "choices/0/content_filter_results", {}),
    (
        CHAT,
        "ChatCompletion",
        "reasoned",
        "choices/0/message/content/0",
        {"type": "thinking", "thinking": []},
    ),
    (CHAT, "ChatCompletion", "reasoned", "choices/0/message/content/0/summary", []),
    (
        CHAT,
        "ChatCompletion",
        "reasoned",
        "choices/0/message/content/0/summary/0/signature",
        GONE,
    ),
    (
        CHAT,
        "ChatCompletion",
        "reasoned",
        "choices/0/message/content/0/summary/0",
        {"type": "summary_encrypted_text"},
    ),
    (CHAT, "ChatCompletion", "toolCall", "choices/0/message/tool_calls/0/type", GONE),
    # a filter took the whole answer, the message with it (Azure)
    (
        CHAT,
        "ChatCompletion",
        "expected",
        "choices/0",
        {"index": 0, "finish_reason": "content_filter", "content_filter_results": {"violence": {"filtered": True}}},
    ),
    (CHAT, "ChatCompletion", "reasoned", "choices/0/message/reasoning_content", "Think of the moon."),
    (CHAT, "ChatCompletion", "reasoned", "choices/0/message/audio", {"id": "audio_1", "data": "UklGRg=="}),
    (
        CHAT,
        "ChatCompletion",
        "reasoned",
        "prompt_filter_results",
        [{"prompt_index": 0, "content_filter_results": {"custom_blocklists": []}}],
    ),
    (CHAT, "ChatCompletion", "toolCall", "usage/completion_tokens_details/text_tokens", None),
    (CHAT, "ChatCompletionChunk", "role", "choices/0/delta/audio", {"transcript": "The"}),
    (CHAT, "ChatCompletionChunk", "role", "choices/0/delta/reasoning", "Think"),
    (CHAT, "ChatCompletionChunk", "role", "object", ""),
    (CHAT, "ChatCompletionChunk", "role", "choices/0/delta", GONE),
    (CHAT, "ChatCompletionChunk", "end", "choices/0/finish_reason", GONE),
    (CHAT, "ChatCompletionChunk", "usage", "usage", None),
    (
        CHAT,
        "ChatCompletionRequest",
        "video",
        "messages/0/content/1/video_url/url",
        "data:video/mp4;base64,<data>",
    ),
    # of a missing credential; with Google's details
    (CHAT, "Error", "databricks", "error_code", 401),
    (CHAT, "Error", "databricks", "details", [{"@type": "type.googleapis.com/google.rpc.RequestInfo"}]),
    (CHAT, "ChatCompletion", "expected", "databricks_service_policy", {"action": "deny", "phase": "pre_call"}),
    (CHAT, "ChatCompletion", "expected", "usage/cache_read_input_tokens", 0),
    (CHAT, "ChatCompletionChunk", "usage", "usage/total_tokens", None),
    (CHAT, "Error", "openai", "error/innererror", {"code": "filtered"}),
    (CHAT, "Error", "google", "error/details", "Too many requests."),
    (RESPONSES, "Response", "failed", "usage", GONE),
    (RESPONSES, "Response", "reasoned", "reasoning", {"effort": None, "context": "auto"}),
    (RESPONSES, "Response", "reasoned", "output/0", {"type": "tool_search_call", "arguments": {"paths": ["a"]}}),
    (RESPONSES, "Response", "reasoned", "billing", {"payer": "developer"}),
    (
        RESPONSES,
        "Response",
        "reasoned",
        "output/0",
        {"type": "hologram_call", "beam": 1},
    ),
    (
        RESPONSES,
        "Response",
        "reasoned",
        "output/1/content/0/annotations/0",
        {"type": "note"},
    ),
    (RESPONSES, "Response", "tools", "output/7/action", GONE),
    (RESPONSES, "ResponseStreamEvent", "delta", "type", "response.hologram.delta"),
    (RESPONSES, "ResponseStreamEvent", "delta", "sequence_number", GONE),
    (RESPONSES, "ResponseRequest", "client", "input/0/type", "message"),
    (GEMINI, "GenerateContentResponse", "text", "candidates/0/content", {}),
    (GEMINI, "GenerateContentResponse", "text", "candidates/0/content", GONE),
    (
        GEMINI,
        "GenerateContentResponse",
        "text",
        "candidates/0/finishReason",
        "HOLOGRAM",
    ),
    # enum values as numbers, which clients ask for by the query
    (GEMINI, "GenerateContentResponse", "end", "candidates/0/finishReason", 2),
    (GEMINI, "GenerateContentResponse", "usage", "usageMetadata/promptTokensDetails", [{"modality": 1}]),
    (GEMINI, "GenerateContentResponse", "blocked", "promptFeedback", {"safetyRatings": [{"category": 7}]}),
    (GEMINI, "GenerateContentResponse", "text", "candidates/0/avgLogprobs", "NaN"),
    (
        GEMINI,
        "GenerateContentResponse",
        "text",
        "candidates/0/content/parts/0",
        {"hologram": {}},
    ),
    (GEMINI, "GenerateContentResponse", "text", "candidates", GONE),
    (GEMINI, "GenerateContentRequest", "video", "contents/0/role", GONE),
]


def test_event_that_only_pads_needs_no_choices() -> None:
    """OpenAI sends such events between the pieces of a spoken answer; one that does not pad has to have choices."""
    padding = {"object": "chat.completion.chunk", "usage": None, "obfuscation": "x1"}
    assert accepts(CHAT, component("ChatCompletionChunk"), padding)
    assert not accepts(CHAT, component("ChatCompletionChunk"), {**padding, "obfuscation": None})


def test_enum_values_are_names_or_numbers_throughout() -> None:
    """An answer that counts media by name does not number its reason to end."""
    answer = example(GEMINI, "text")
    mutated(answer, "candidates/0/finishReason", 1)
    assert not accepts(GEMINI, component("GenerateContentResponse"), answer)
    mutated(answer, "usageMetadata/promptTokensDetails", [{"modality": 1, "tokenCount": 6}])
    assert accepts(GEMINI, component("GenerateContentResponse"), answer)


@pytest.mark.parametrize(("spec", "name", "base", "path", "value"), OPEN, ids=lambda part: str(part)[:60])
def test_latitude_is_accepted(spec: str, name: str, base: str, path: str, value: object) -> None:
    """What services add, leave out or call by a new name does not make an answer wrong."""
    assert accepts(spec, component(name), mutated(example(spec, base), path, value))
