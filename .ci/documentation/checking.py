"""What the built site must keep: every link leads somewhere, and nothing is taken from the network."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

SHOWN = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
"""What a browser fetches by itself to show a page."""


class _Page(HTMLParser):
    """The anchors of a page, and what it links to and shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.shown: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value for name, value in attrs if value is not None}
        self.anchors |= {known[name] for name in ("id", "name") if name in known}
        if tag == "a" and "href" in known:
            self.links.append(known["href"])
        if (name := SHOWN.get(tag)) and name in known and known.get("rel") != "canonical":
            self.shown.append(known[name])


def problems(site: Path) -> Iterator[str]:
    """What is wrong with the pages of a site, one line each."""
    pages = {path.resolve(): _Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        here = path.relative_to(site.resolve())
        for link in page.shown:
            if urlsplit(link).netloc:
                yield f"{here}: {link} is fetched from the network"
        for link in [*page.links, *page.shown]:
            parts = urlsplit(link)
            # A page that is shown at whatever address was asked for has links from the root of the site.
            if parts.scheme or parts.netloc or here.name == "404.html":
                continue
            to = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            to = to / "index.html" if to.is_dir() else to
            if not to.is_file():
                yield f"{here}: {link} leads nowhere"
            elif parts.fragment and to in pages and unquote(parts.fragment) not in pages[to].anchors:
                yield f"{here}: {link}: no such place on that page"
