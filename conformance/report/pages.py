"""How pages are made of templates: every text on its way in is escaped, and nothing in it is obeyed."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.report.safe import safe

if TYPE_CHECKING:
    from jinja2 import Template

HERE = Path(__file__).parent


def cut(text: str, length: int) -> str:
    """`text`, or its first `length` characters and how many there were."""
    return text if len(text) <= length else f"{text[:length]}… ({len(text):,} characters)"


def counted(number: int, thing: str) -> str:
    """How many things there are: `1 case`, `2 cases`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def words(verdict: str) -> str:
    """A verdict as people write it."""
    return verdict.replace("_", " ")


@cache
def template(path: Path, *filters: Callable[..., Any]) -> "Template":
    """The template of a page, which may extend and import those that lie here. It has these filters by their own names."""
    # jinja2 takes longer to import than most commands take to run: only who writes a page pays for it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([path.parent, HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {used.__name__: used for used in (counted, cut, words, *filters)}
    return environment.get_template(path.name)


def _shown(value: Any) -> Any:
    """What jinja2 calls on every value before it escapes it. Markup is what the template itself has made."""
    return safe(value) if type(value) is str else value
