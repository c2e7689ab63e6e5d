"""The cases of client libraries, as the observations that ship tell of them."""

from conformance.sdk import bundled
from conformance.sdk.observations import Observed
from documentation.markdown import code, plain, prose, table

PAGE = "reference/sdk-cases.md"


def page() -> str:
    """Each case once, by client: what it calls, and what that sends in the newest version that ships."""
    intro = (
        "What `gateway-conformance sdk` and `compare` speak of. An id as they print it ends in how the call is made, such as "
        f"{code('-async')} and {code('-sync')}: these stand here together. What a call sends is that of the newest version "
        "that ships. [How a comparison reads](../sdk-upgrades.md)."
    )
    parts = ["# Cases of client libraries\n", f"{intro}\n"]
    for client in bundled.clients():
        newest = bundled.versions(client)[-1]
        observed = bundled.named(f"{client}=={newest}")
        assert observed, client
        parts.append(f"## {plain(client)}\n\nOf {newest}.\n")
        parts.append(table(["case", "what it does", "ways", "last request"], _rows(observed)))
    return "\n".join(parts)


def _rows(observed: Observed) -> list[tuple[str, str, str, str]]:
    by_name: dict[str, list[str]] = {}
    for case in sorted(observed.cases):
        by_name.setdefault(case.removeprefix("sdk/").partition("-")[0], []).append(case)
    return [(code(name), *_told(observed, cases)) for name, cases in by_name.items()]


def _told(observed: Observed, cases: list[str]) -> tuple[str, str, str]:
    first = observed.cases[cases[0]]
    # The last is what is meant: some clients first look where they are.
    sent = next((f"{one['method']} {one['path']}" for case in cases for one in observed.cases[case]["sent"][::-1]), "")
    return prose(first["about"]), str(len(cases)), code(sent) if sent else "none"
