"""How counts, verdicts and surfaces are written on every page, and how long texts are cut."""

SYMBOLS = {
    "conformant": "✓",
    "conformant_with_deviations": "≈",
    "nonconformant": "✗",
    "passed": "✓",
    "failed": "✗",
    "warned": "!",
    "inconclusive": "?",
    "not_applicable": "–",
    "not_tested": "○",
    "excluded": "⊘",
    "error": "‼",
}
"""The sign of each verdict, in the order in which tallies name them."""
_SURFACES = {
    "chat": "Chat Completions",
    "responses": "OpenAI Responses",
    "gemini": "Google Gemini",
    "serving": "Serving endpoints",
    "sdk": "SDKs, on the client's side",
    "own": "Own cases, no part of the contract",
}


def cut(text: str, length: int) -> str:
    """`text`, or its first `length` characters and how many there were."""
    return text if len(text) <= length else f"{text[:length]}… ({len(text):,} characters)"


def counted(number: int, thing: str) -> str:
    """How many things there are: `1 case`, `2 cases`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def were(number: int, thing: str) -> str:
    """How many things something was done to: `1 case was`, `2 cases were`."""
    return f"{counted(number, thing)} {'was' if number == 1 else 'were'}"


def words(verdict: str) -> str:
    """A verdict as people write it."""
    return verdict.replace("_", " ")


def symbol(verdict: str) -> str:
    """The sign of a verdict."""
    return SYMBOLS[verdict]


def surfaces(names: str) -> str:
    """The surfaces, whose names commas part, as the documentation calls them."""
    return ", ".join(_SURFACES.get(name, name) for name in names.split(","))
