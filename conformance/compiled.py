"""What takes long to read is kept as it was read, beside the compiled modules and as long as Python keeps those."""

import marshal
import os
import sys
from contextlib import suppress
from hashlib import sha256
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any


def directory(module: str) -> Path | None:
    """Where the compiled form of a module lies, given its `__file__`; None if nothing is to be kept, or nothing can be."""
    if sys.dont_write_bytecode:
        return None
    found = Path(cache_from_source(module)).parent
    return found if found.is_dir() else None


def yaml_document(path: Path) -> Any:
    """The document of a YAML file that ships with the suite. Raises `OSError` and `yaml.YAMLError`.

    PyYAML takes sixty times as long as marshal, which Python keeps its modules with. What is kept counts only for the very
    bytes that it was read from; what cannot be kept is read again.
    """
    source = path.read_bytes()
    digest, here = sha256(source).hexdigest(), directory(__file__)
    kept = here / f"{path.parent.name}-{path.name}.{sys.implementation.cache_tag}" if here else None
    if kept:
        with suppress(OSError, ValueError, EOFError, TypeError):
            of, document = marshal.loads(kept.read_bytes())  # noqa: S302 (as trustworthy as the compiled modules beside it)
            if of == digest:
                return document
    import yaml

    document = yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (safe, and in C)
    if kept:
        unfinished = kept.with_name(f"{kept.name}.{os.getpid()}")
        with suppress(OSError, ValueError):
            unfinished.write_bytes(marshal.dumps((digest, document)))
            unfinished.replace(kept)
    return document
