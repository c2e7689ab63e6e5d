"""Which member of an answer a finding is about, and what is wrong with it.

A member that lacks is told in several ways: as a violation of what promises it, as the reason why others cannot be judged,
as what the spec requires, and of each of its own members. All of these have one reason.
"""

import re
from collections.abc import Iterable

from conformance.report.results import Finding

_MEMBER = re.compile(r"([\w.]+) is (absent|empty|not an? \w+|not true or false)(?:: (.*))?$", re.DOTALL)
_REQUIRED = re.compile(r"the member '(\w+)'$")
_NOTHING = ("absent", "None", "[]", "{}")
_LACKS, _OTHER_KIND = "lacks", "is of another kind"

Key = tuple[str, ...]


def member_key(finding: Finding, message: str, value: str) -> Key | None:
    """The member that a finding is about and what is wrong with it; None if it is about none in particular.

    `value` is what was found there, without what differs each time.
    """
    told = _MEMBER.match(message)
    required = _REQUIRED.match(finding.expected) if finding.actual == "absent" else None
    path = ".".join(filter(None, (finding.path or (told[1] if told else ""), required[1] if required else "")))
    if not path:
        return None
    path = ".".join("#" if part.isdecimal() else part for part in path.split("."))
    if (told and told[2] in ("absent", "empty")) or (finding.actual or (told and told[3])) in _NOTHING:
        return "member", path, _LACKS
    return ("member", path, _OTHER_KIND) if told else ("member", path, value)


def lacking_in(name: str, keys: Iterable[Key]) -> Key | None:
    """The key of the member that lacks in a list of this name, or of the list itself; the outermost, if any."""
    lacking = [key for key in keys if key[0] == "member" and key[2] == _LACKS and key[1].partition(".")[0] == name]
    return min(lacking, key=lambda key: len(key[1]), default=None)


def explained(keys: Iterable[Key]) -> dict[Key, Key]:
    """Of the keys of members: those that another one explains, with that one.

    A member lacks because the one around it does; a value is not what the spec says because it is of another kind.
    """
    known = {key for key in keys if key[0] == "member"}
    lacking = sorted((path for _, path, wrong in known if wrong == _LACKS), key=len)
    by = dict[Key, Key]()
    for key in known:
        _, path, wrong = key
        around = next((one for one in lacking if path.startswith(f"{one}.")), "")
        if wrong == _LACKS and around:
            by[key] = ("member", around, _LACKS)
        elif wrong not in (_LACKS, _OTHER_KIND) and ("member", path, _OTHER_KIND) in known:
            by[key] = ("member", path, _OTHER_KIND)
    return by
