"""Which cases the suite has: the recordings that ship hold each of them."""

import re

from conformance import resources
from conformance.wire.cassette import CassetteError
from conformance.wire.tape import Tape

_GENERATED = re.compile(r"([a-z]+/corpus)\.[a-z]+-([A-Za-z]+)-.+")


def written_by_hand() -> list[str]:
    """The ids of the cases that are written by hand, sorted."""
    directory = resources.directory("cassettes")
    return sorted(path.relative_to(directory).with_suffix("").as_posix() for path in directory.glob("*/*.json"))


def is_case(case: str) -> bool:
    """Whether the suite has a case of this id."""
    if not (found := _GENERATED.fullmatch(case)):
        return case in written_by_hand()
    try:
        return case in Tape(resources.directory("cassettes") / f"{found[1]}.{found[2]}.jsonl").cases()
    except CassetteError:
        return False
