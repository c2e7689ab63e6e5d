"""A page taken apart, and what no page of ours may do with a text."""

from html.parser import HTMLParser

from conformance.report.pages import SCRIPT, script_hash
from conformance.requirements import catalogue
from conformance.requirements.sources import url

HOSTILE = (
    "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)>"
    "\"'><a href='javascript:x'>\x1b[31m\u202egnp{{7*7}}"
)
VOID = {"meta", "col", "input"}
NO_TEXT = {"style", "script", "form"}
"""Elements whose text tells nothing of a run: what looks, acts or is chosen from."""
TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "article", "div", "span", "p",
    "h1", "h2", "h3", "h4", "strong", "b", "bdi", "code", "pre", "a", "ul", "li", "dl", "dt", "dd", "time", "details",
    "summary", "mark", "table", "caption", "form", "label", "select", "option", "input", "button", "output", "script",
    "svg", "g", "line", "rect", "circle", "text", "polygon", "figure", "figcaption",
    "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td",
}  # fmt: skip

PUBLISHED = {url(source) for row in catalogue().values() for source in row.source}
"""Where the vendor documents what requirements are about: the only links that lead out of a page."""


class Page(HTMLParser):
    """The elements of a page: their attributes, the text of all, and the text under each id."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.script = ""
        self.under: dict[str, str] = {}
        self._open: list[tuple[str, str | None]] = []
        self.feed(text)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Takes an element."""
        named = dict(attrs)
        self.tags.append((tag, named))
        if tag not in VOID:
            identifier = named.get("id")
            assert identifier not in self.under, f"twice: {identifier}"
            if identifier:
                self.under[identifier] = ""
            self._open.append((tag, identifier))

    def handle_endtag(self, tag: str) -> None:
        """Every element is closed by its own tag."""
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        """Takes text, but of what is none of the run's."""
        if any(tag in NO_TEXT for tag, _ in self._open):
            self.script += data if self._open[-1][0] == "script" else ""
            return
        self.text += data
        for _, identifier in self._open:
            if identifier:
                self.under[identifier] += data


def links(found: Page) -> list[str]:
    """Every link of a page."""
    return [attributes["href"] or "" for tag, attributes in found.tags if tag == "a"]


def assert_inert(text: str) -> Page:
    """Nothing acts but the page's own script, nothing is fetched, every link leads to a part of it. Gives its parts."""
    found = Page(text)
    assert {tag for tag, _ in found.tags} <= TAGS
    for _, attributes in found.tags:
        assert not any(name.startswith("on") or name in ("src", "srcset", "action", "style") for name in attributes)
    assert {link[1:] for link in links(found) if link.startswith("#")} <= set(found.under)
    assert {link for link in links(found) if not link.startswith("#")} <= PUBLISHED
    assert "url(" not in text
    assert "@import" not in text
    assert not set(text) & set("\x1b\u202e")
    assert_only_our_script(found)
    return found


def assert_only_our_script(found: Page) -> None:
    """The page may run the one script that every page of ours has, and has no other."""
    policies = [attributes["content"] for _, attributes in found.tags if "http-equiv" in attributes]
    assert policies == [f"default-src 'none'; style-src 'unsafe-inline'; script-src '{script_hash()}'"]
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert found.script == SCRIPT.read_text().removesuffix("\n")
