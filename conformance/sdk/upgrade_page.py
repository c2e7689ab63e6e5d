"""What came of comparing client observations, as a page: every cause with its places and cases, and a filter."""

from collections.abc import Sequence
from pathlib import Path

from conformance.report.pages import template
from conformance.report.views.filters import Choice
from conformance.report.wording import counted
from conformance.sdk.changes import OUTCOMES
from conformance.sdk.upgrade import Upgrade, new_findings, no_longer, old_findings, waiver

HERE = Path(__file__).parent


def page(found: Sequence[Upgrade]) -> str:
    """The page: without script everything is shown, with it a form finds causes."""
    outcomes = {cause.outcome for one in found for cause in one.causes}
    breaking = {case for one in found for cause in one.causes if cause.fails for case in cause.cases}
    laid_out = template(HERE / "upgrade.html.j2", new_findings, old_findings, waiver)
    return laid_out.render(
        upgrades=found,
        breaking=bool(breaking),
        summary=f"{counted(len(breaking), 'case')} broken" if breaking else "nothing is broken",
        outcomes=Choice("outcome", "Outcome", tuple((one, one) for one in OUTCOMES if one in outcomes)),
        not_seen=[*no_longer(found)],
    )
