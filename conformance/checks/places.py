"""To which surface of a target a URL belongs, and where below the surface's base it leads."""

from collections.abc import Mapping

_SIGNS = {
    "chat": "/chat/completions", "responses": "/responses", "gemini": "/models/", "serving": "/invocations",
}  # fmt: skip
"""By surface: what stands in its paths below a base that several surfaces may share."""


def place(url: str, bases: Mapping[str, str]) -> tuple[str, str]:
    """The surface of a URL, or of a path, by the bases of the surfaces; and the path below that base, without a query.

    Both are empty for what lies below no base. The longest base counts, since one may lie below another.
    """
    path = url.partition("?")[0]
    fitting = [surface for surface, base in bases.items() if path.startswith(f"{base}/")]
    longest = max((len(bases[surface]) for surface in fitting), default=0)
    nearest = [surface for surface in fitting if len(bases[surface]) == longest]
    below = path[longest:] if nearest else ""
    return next((surface for surface in nearest if _SIGNS.get(surface, "") in below), next(iter(nearest), "")), below
