"""Faults of what Chat Completions takes: parameters, roles, names of models, and caps."""

from dataclasses import replace

from conformance.reference.edits import refuse
from conformance.reference.faults.declared import REFUSED, TAKEN, fault
from conformance.reference.matching import asks, holds, lacks, of
from conformance.reference.policy import DOCUMENTED

fault(
    "chat-max-tokens-refused",
    breaks={"CHAT-MAXTOKENS": "is not accepted (400"},
    says="max_tokens is refused, max_completion_tokens wanted",
    request=refuse(asks("chat", max_tokens=...), "max_tokens: use max_completion_tokens."),
)
fault(
    "chat-cap-ignored",
    breaks={
        "CHAT-MAXTOKENS-CAP": "the cap on output tokens is not kept",
        "RESP-MAXOUT-CAP": "the cap on output tokens is not kept",
        "GEM-MAXOUT-CAP": "the cap on output tokens is not kept",
    },
    says="answers grow beyond the cap",
    policy=replace(DOCUMENTED, cap_excess=None),
)
fault(
    "chat-system-role-refused",
    breaks={"CHAT-ROLE-SYSTEM": REFUSED},
    says="a system message is refused",
    request=refuse(holds('"role": "system"'), "messages: the role system is not known."),
)
fault(
    "chat-temperature-refused",
    breaks={"CHAT-TEMPERATURE": REFUSED},
    says="temperature is refused",
    policy=replace(DOCUMENTED, temperature_families=frozenset()),
)
fault(
    "chat-service-name-unknown",
    breaks={"CHAT-MODEL-UCNAME": "system.ai.claude-sonnet-4-5 is not accepted (404"},
    undecides=(
        "CHAT-PATH",
        "GEM-PATH",
    ),
    says="models are known by endpoint name alone, not as system.ai services",
    policy=replace(DOCUMENTED, model_prefixes=("databricks-",)),
)
fault(
    "chat-unknown-model-answered",
    breaks={"CHAT-UNKNOWN-MODEL": TAKEN},
    says="a model that does not exist is answered by another",
    policy=replace(DOCUMENTED, unknown_model="gemini-3-1-pro"),
)
fault(
    "chat-cap-demanded",
    breaks={
        "CHAT-PATH": REFUSED,
        "REASON-VIA-CHAT": "a plain request to claude-sonnet-4-5 is not accepted (400",
        "CHAT-MODEL-UCNAME": "system.ai.claude-sonnet-4-5 is not accepted (400",
        "SDK-QUERY-PATH": REFUSED,
        "SERVING-ENDPOINTNAME": "databricks-claude-sonnet-4-5 is not accepted (400",
    },
    undecides=(
        "AUTH-BASIC", "AUTH-BEARER", "CHAT-ROLE-SYSTEM", "CHAT-RESP-CHOICES", "CHAT-STREAM-SSE", "CHAT-TEMPERATURE",
        "CHAT-UNKNOWN-MODEL", "RESP-CUSTOM-CHAT",
    ),
    says="a chat request without max_tokens is refused",
    request=refuse(lacks("chat", "max_tokens"), "max_tokens is required."),
)  # fmt: skip
fault(
    "cap-exceeded-by-one",
    # Where a model reasons, its reasoning may come on top of the cap: one token more is not to be seen there.
    breaks={
        "CHAT-MAXTOKENS-CAP": "the cap on output tokens is not kept",
        "RESP-MAXOUT-CAP": "the cap on output tokens is not kept",
    },
    says="answers may have one token more than their cap",
    policy=replace(DOCUMENTED, cap_excess=1),
)
fault(
    "chat-max-tokens-refused-on-gpt",
    breaks={"CHAT-MAXTOKENS": "a cap of 32 tokens on gpt-5-1 is not accepted (400"},
    says="GPT-5.1 wants max_completion_tokens, as on OpenAI's own API",
    request=refuse(of("gpt-5-1", asks("chat", max_tokens=...)), "max_tokens: use max_completion_tokens."),
)
