"""What the suite has to find on each peer, all of it: looked at by hand, exchange and catalogue row. Whatever differs is news.

A finding that is news is either true, and gets its line here, or a false alarm, and gets mended in the suite.
"""

from typing import NamedTuple

from conformance.checks.verdicts import Verdict


class Known(NamedTuple):
    """A verdict other than passed, and why it is true of the peer."""

    verdict: Verdict
    because: str


_COUNT = Known("failed", "counts no images: one more than the table allows is answered with 200")
_FORMATS = Known("warned", "looks into no image: BMP, TIFF, SVG, HEIC and AVIF are answered with 200")
_NO_BLOCK = Known("inconclusive", "no reasoning block comes, so none can be sent back")

MOCKS: dict[str, Known] = {
    "AUTH-BASIC": Known("failed", "knows the schemes of the providers alone: the right token as Basic gets 401"),
    "AV-CHAT-PROCESSED": Known("warned", "counts the text alone: video_url and audio_url add nothing to prompt_tokens"),
    "CHAT-UNKNOWN-MODEL": Known("warned", "any model name is answered with 200"),
    "GEM-NONGEMINI-MODEL": Known("warned", "claude-sonnet-4-5:generateContent is answered with 200"),
    "IMG-CLAUDE-21x2001": Known("warned", "looks into no image: 21 of 2001 px, and one among 21, are answered with 200"),
    "IMG-CLAUDE-8000": Known("failed", "looks into no image: one of 8001x8001 px is answered with 200"),
    "IMG-CLAUDE-8000-ONESIDE": Known("warned", "looks into no image: 8001x16 and 16x8001 px are answered with 200"),
    "IMG-CLAUDE-COUNT": _COUNT,
    "IMG-CLAUDE-COUNT-SCOPE": Known("warned", "counts no images: 50 and 51 over two turns are answered with 200"),
    "IMG-CLAUDE-FORMATS": _FORMATS,
    "IMG-GEMMA-COUNT": _COUNT,
    "IMG-GEMMA-FORMATS": _FORMATS,
    "IMG-GPT5-COUNT": _COUNT,
    "IMG-GPT5-FORMATS": _FORMATS,
    "IMG-LLAMA-COUNT": _COUNT,
    "IMG-LLAMA-FORMATS": _FORMATS,
    "REASON-BUDGET-LT-MAX": Known("failed", "ignores thinking: a budget of 1024 with max_tokens 1024 or 1023 gets 200"),
    "REASON-CLAUDE-SHAPE": Known("failed", "with thinking on, content is a plain string"),
    "REASON-MT-MODIFIED": _NO_BLOCK,
    "REASON-MT-REPLAY": _NO_BLOCK,
    "REASON-MT-REPLAY-SDK": _NO_BLOCK,
    "REASON-MT-TOKENS": _NO_BLOCK,
    "REASON-SIGNATURE": Known("inconclusive", "no reasoning block comes, so there is nothing to be signed"),
    "REASON-THINK-AND-TEXT": Known("warned", "there is text, and no reasoning block beside it"),
    "SPEC-INVALID-REFUSED": Known("warned", "looks at few fields: values of broken types are taken with 200"),
    "RESP-CUSTOM-CHAT": Known("warned", "chat: reads the function of every tool, so that one of type custom gets 500"),
}  # fmt: skip
"""True of both."""

_IGNORED = Known("failed", "the parameter is ignored: 200, and the response is completed, whole or streamed")
_ZEROS = Known("warned", "all counts of usage are 0, whatever is asked and said")
_UNSEEN_CAP = Known(
    "inconclusive", "the essay comes whole, 426 characters under a cap of 32 tokens, but usage counts 0"
)
_CUTS_OFF = Known("inconclusive", "destroys the socket at the first byte over 10 MiB: no status says why")
_UNWEIGHED = Known("warned", "weighs nothing: more than 10 MiB are answered with 200")
_PLAIN = Known("warned", "what breaks it gets 500 and plain text, Internal Server Error")
_UNCAPPED = Known(
    "warned", "the echo is 22 tokens by its own count, below the cap of 32, and no shorter under a cap of 1"
)

KNOWN: dict[str, dict[str, Known]] = {
    "aimock": MOCKS | {
        "CHAT-STREAM-ORDER": Known("warned", "of a reasoning model the role comes after the first reasoning_content"),
        "CHAT-MAXTOKENS-CAP": Known("warned", "with max_tokens 32 the essay comes whole, 107 tokens by its own count"),
        "DOORS-SAME-ANSWER": Known("warned", "usage counts nothing on Responses and Gemini, where chat counts"),
        "ERR-CLIENT-NOT-5XX": Known("warned", "Responses: input that is a number or missing gets 500; Gemini: {} gets 200"),
        "GEM-AUTH-BEARER": Known("failed", "every key header has to hold the token: the SDK's placeholder besides it gets 401"),
        "GEM-MAXOUT-CAP": _UNSEEN_CAP,
        "GEM-MEDIA-PROCESSED": Known("warned", "promptTokenCount is 0 whatever is sent"),
        "GEM-STREAM-ORDER": Known("warned", "the order is right, and the totals of the last event are 0"),
        "GEM-USAGE-SUM": _ZEROS,
        "IMG-GEMMALLAMA-ALLPROCESSED": Known("warned", "images add nothing to prompt_tokens"),
        "IMG-GEMMALLAMA-PAYLOAD": _CUTS_OFF,
        "IMG-GPT5-PAYLOAD": _CUTS_OFF,
        "IMG-MULTI": Known("failed", "looks at no image: a second one adds nothing to prompt_tokens, nor did the first"),
        "IMG-TOKENS-IN-USAGE": Known("failed", "images add nothing to prompt_tokens"),
        "RESP-400-BACKGROUND": Known("failed", "background is ignored: 200, completed at once, whole or streamed"),
        "RESP-400-PREVIOUS-RESPONSE-ID": _IGNORED,
        "RESP-400-SERVICE-TIER": _IGNORED,
        "RESP-400-STORE": _IGNORED,
        "RESP-BUILTIN-STRUCTURED": Known("inconclusive", "drops apply_patch: the greeting comes, and no call"),
        "RESP-CUSTOM-MODELS": Known("failed", "drops custom tools: gpt-5 and gpt-5.1 answer a forced call with a message"),
        "RESP-CUSTOM-OUTPUT": Known("failed", "drops custom tools: the fixture that calls code_exec is never reached"),
        "RESP-MAXOUT-CAP": _UNSEEN_CAP,
        "RESP-SHAPE": Known("warned", "ids begin with resp-, with a hyphen"),
        "RESP-STREAM-ORDER": Known("warned", "events have no sequence_number"),
        "RESP-TEXT-IMAGE": _ZEROS,
        "RESP-USAGE-SUM": _ZEROS,
    },
    "llm-katan": MOCKS | {
        "CHAT-ERR-SHAPE": _PLAIN,
        "GEM-ERR-SHAPE": _PLAIN,
        "CHAT-MAXTOKENS-CAP": _UNCAPPED,
        "ERR-CLIENT-NOT-5XX": Known("warned", "Gemini: a body that is a list gets 500, and its log has the traceback"),
        "GEM-MAXOUT-CAP": _UNCAPPED,
        "GEM-MEDIA-PROCESSED": Known("warned", "inlineData adds a word to the prompt, fileData is dropped and adds nothing"),
        "IMG-GEMMALLAMA-PAYLOAD": _UNWEIGHED,
        "IMG-GPT5-PAYLOAD": _UNWEIGHED,
        "REASON-CLAUDE-ENABLE": Known("warned", "thinking is accepted and without effect"),
        "REASON-OSS-ALWAYS": Known("warned", "shows no reasoning and counts none"),
    },
}  # fmt: skip
"""By peer and requirement."""
