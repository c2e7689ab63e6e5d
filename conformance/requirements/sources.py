"""Where the sources of requirements are published."""

import re
from functools import cache
from typing import Any

from conformance.compiled import yaml_document
from conformance.requirements import HERE


def url(source: str) -> str:
    """The public page of a source, at the section if that has an anchor of its own; "" if there is none, or none is known."""
    document, *headings = source.split(" > ")
    pages: dict[str, str] = _sections()["pages"]
    page = pages.get(document, "")
    if not page or not headings:
        return page
    tree, shown = _sections()["documents"].get(document), []
    for heading in headings:
        if heading not in (tree or {}):
            return ""
        tree = tree[heading]
        shown += [heading] if heading not in _sections()["tabs"] else []
    return f"{page}#{_anchor(shown[-1])}" if shown else page


def unpublished() -> dict[str, str]:
    """The sources that stand on no page, and why."""
    found: dict[str, str] = _sections()["unpublished"]
    return found


def _anchor(heading: str) -> str:
    """The anchor that the vendor's pages give a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@cache
def _sections() -> dict[str, Any]:
    found: dict[str, Any] = yaml_document(HERE / "sections.yaml")
    return found
