"""Where on a page something stands, by what it is called: a link to it leads there in the next report too."""

from urllib.parse import quote


def anchor_of(kind: str, *names: str) -> str:
    """The id of what these names tell, such as `case-chat/vision.count`: what no URL can hold is escaped in it."""
    return "-".join((kind, *(quote(name, safe="/.", errors="backslashreplace") for name in names)))
