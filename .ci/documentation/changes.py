"""The page of changes with those that are in no release yet: the fragments of which towncrier makes the next release's."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from documentation.markdown import bullets

PAGE = "CHANGELOG.md"
_START = "<!-- towncrier release notes start -->\n"


def with_unreleased(page: str, root: Path) -> str:
    """The page with the fragments of a clone above its releases, by type as towncrier has them."""
    before, start, after = page.partition(_START)
    return "".join([before, start, "\n## Unreleased\n\n", *_sections(root), after])


def _sections(root: Path) -> Iterator[str]:
    towncrier = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
    for kind in towncrier["type"]:
        fragments = sorted((root / towncrier["directory"]).glob(f"*.{kind['directory']}.md"))
        if fragments:
            texts = (" ".join(path.read_text(encoding="utf-8").split()) for path in fragments)
            yield f"### {kind['name']}\n\n{bullets(texts)}\n"
