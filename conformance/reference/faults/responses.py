"""Faults of what the Responses API answers: shapes, and usage."""

from dataclasses import replace

from conformance.reference.edits import add, answers, change, drop, put
from conformance.reference.faults.declared import fault

fault(
    "responses-usage-total-off-by-one",
    breaks={"RESP-USAGE-SUM": "usage does not add up"},
    says="total_tokens is one more than input_tokens and output_tokens together",
    response=answers("responses", add("usage/total_tokens", 1)),
)
fault(
    "responses-object-wrong",
    breaks={"RESP-SHAPE": "object says something else", "RESP-PATH-SERVING": "object says something else"},
    says="object is chat.completion",
    response=answers("responses", put("object", "chat.completion")),
)
fault(
    "responses-created-missing",
    breaks={"RESP-SHAPE": "created_at is not an integer"},
    says="there is no created_at",
    response=answers("responses", drop("created_at")),
)
fault(
    "responses-content-as-string",
    breaks={
        "RESP-OUTPUT-MSG": "output.1.content is not a list",
        "DOORS-SAME-ANSWER": "no text through responses",
        "RESP-STREAM-EQUAL": "text of the stream",
    },
    says="the content of a message item is a string",
    response=answers("responses", change("output/message/content", lambda parts: parts[0]["text"])),
)
fault(
    "responses-model-empty",
    breaks={"RESP-MODEL-ECHO": "model is no name"},
    says="model is empty",
    response=answers("responses", put("model", "")),
)
fault(
    "responses-text-missing",
    undecides=("RESP-STREAM-EQUAL",),
    breaks={"RESP-OUTPUT-MSG": "a finished answer has no text"},
    says="messages of the answer are empty",
    response=answers("responses", put("output/message/content", [])),
)
fault(
    "responses-output-empty",
    undecides=("RESP-CUSTOM-OUTPUT", "RESP-STREAM-EQUAL"),
    breaks={
        "RESP-SHAPE": "a completed answer is empty",
        "RESP-OUTPUT-MSG": "a finished answer has no text",
    },
    says="output is empty",
    response=answers("responses", put("output", [])),
)
fault(
    "responses-id-of-chat",
    warns={"RESP-SHAPE": "the id has another prefix"},
    says="ids begin as those of chat completions",
    response=answers("responses", change("id", lambda identifier: identifier.replace("resp_", "chatcmpl_"))),
)
fault(
    "responses-role-of-the-user",
    breaks={"RESP-OUTPUT-MSG": "the role"},
    says="messages of the answer are the user's",
    response=answers("responses", put("output/message/role", "user")),
)
fault(
    "responses-model-of-another-family",
    breaks={"RESP-MODEL-ECHO": "model names another family"},
    says="whatever is asked, model is databricks-claude-sonnet-4-5",
    response=answers("responses", put("model", "databricks-claude-sonnet-4-5")),
)
fault(
    "responses-cut-not-told",
    breaks={
        "RESP-MAXOUT-CAP": "a cut answer does not say so",
        "DOORS-SAME-ANSWER": "responses stops for another reason than chat",
    },
    says="an answer that was cut says that it is completed",
    response=answers("responses", put("status", "completed")),
)

fault(
    "responses-json-called-text",
    breaks={"ANSWER-CONTENT-TYPE": "the content type"},
    says="answers of Responses call themselves plain text",
    response=lambda call, answer: (
        replace(answer, media_type="text/plain") if call.surface == "responses" and answer.status == 200 else answer
    ),
)
