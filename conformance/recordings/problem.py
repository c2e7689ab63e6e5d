"""What is wrong with recordings."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["corrupt", "altered", "missing", "left over", "secret", "old"]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, and what."""

    kind: Kind
    where: str
    what: str
