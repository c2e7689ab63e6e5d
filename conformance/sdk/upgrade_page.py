"""What came of comparing client observations, as a page: every cause with its places and cases, and a filter."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from conformance.report.pages import template
from conformance.sdk.changes import OUTCOMES
from conformance.sdk.upgrade import Upgrade, new_findings, no_longer, old_findings, waiver

HERE = Path(__file__).parent
FILTER = HERE / "upgrade_filter.js"


def page(found: Sequence[Upgrade]) -> str:
    """The page. The one script that it may run is the filter's: without it, everything is shown."""
    outcomes = {cause.outcome for one in found for cause in one.causes}
    laid_out = template(HERE / "upgrade.html.j2", new_findings, old_findings, waiver)
    return laid_out.render(
        upgrades=found,
        outcomes=[outcome for outcome in OUTCOMES if outcome in outcomes],
        not_seen=[*no_longer(found)],
        script_hash=_hash(),
    )


def _hash() -> str:
    """The filter's hash, as a page's policy names the scripts that may run. jinja2 leaves out the last line's end."""
    text = FILTER.read_text(encoding="utf-8").removesuffix("\n")
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
