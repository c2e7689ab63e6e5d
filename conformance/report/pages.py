"""How pages are made of templates: every text on its way in is escaped, and nothing in it is obeyed."""

from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance import compiled
from conformance.report.safe import safe
from conformance.report.wording import counted, cut, surfaces, symbol, words

if TYPE_CHECKING:
    from jinja2 import BytecodeCache, Template

HERE = Path(__file__).parent
SCRIPT = HERE / "page.js"


@cache
def template(path: Path, *filters: Callable[..., Any]) -> "Template":
    """The template of a page, which may extend and import those that lie here. It has these filters by their own names."""
    # jinja2 takes longer to import than most commands take to run: only who writes a page pays for it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([path.parent, HERE]),
        bytecode_cache=_bytecode_cache(),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["script_hash"] = script_hash()
    environment.filters |= {used.__name__: used for used in (counted, cut, surfaces, symbol, words, *filters)}
    return environment.get_template(path.name)


def script_hash() -> str:
    """The hash of the one script that a page may run, as its policy names it. jinja2 leaves out the last line's end."""
    text = SCRIPT.read_text(encoding="utf-8").removesuffix("\n")
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _bytecode_cache() -> "BytecodeCache | None":
    """Where jinja2 keeps compiled templates: beside compiled modules, and as long as Python keeps those.

    Compiling takes longer than laying out. What cannot be kept is compiled again.
    """
    from jinja2.bccache import Bucket, FileSystemBytecodeCache

    class Cache(FileSystemBytecodeCache):
        def dump_bytecode(self, bucket: Bucket) -> None:
            with suppress(OSError):
                super().dump_bytecode(bucket)

    directory = compiled.directory(__file__)
    return Cache(str(directory)) if directory else None


def _shown(value: Any) -> Any:
    """What jinja2 calls on every value before it escapes it. Markup is what the template itself has made."""
    return safe(value) if type(value) is str else value
