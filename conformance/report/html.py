"""The HTML report: one page that opens from disk without script or network, and trusts nothing that the target said.

What stands where is decided in `views`; `report.html.j2` and the partials beside it only lay it out. Every text on its
way into the page is escaped, and its control and bidirectional characters are shown instead of obeyed.
"""

from collections.abc import Sequence
from pathlib import Path

from conformance.report.pages import template
from conformance.report.results import ExchangeRecord, Results
from conformance.report.views import cases, catalogue, own, pace, problems
from conformance.report.views.both_sides import both_sides
from conformance.report.views.changed import baseline
from conformance.report.views.deviations import deviations
from conformance.report.views.filters import ORDERS, filters
from conformance.report.views.head import head
from conformance.report.views.listed import listed
from conformance.report.views.models import matrix
from conformance.report.views.overview import first_causes, requirement_map
from conformance.report.views.reproduce import reproduce

TEMPLATE = Path(__file__).with_name("report.html.j2")


def page(results: Results, exchanges: Sequence[ExchangeRecord]) -> str:
    """The whole page: `exchanges` are the lines of exchanges.jsonl."""
    run = listed(results, exchanges)
    causes = problems.collected(results, run)
    of_own = problems.own(results, run)
    found = [one for behind in (*(behind for _, behind in causes), *of_own) for one in behind]
    homes = problems.homes(found)
    return template(TEMPLATE).render(
        head=head(results, run),
        first=first_causes([cause for cause, _ in causes]),
        map=requirement_map(results),
        filters=filters(results, run, exchanges),
        orders=ORDERS,
        counts=catalogue.counts(results),
        baseline=baseline(results),
        deviations=deviations(results),
        sections=problems.sections(causes, results, run, homes),
        both_sides=both_sides(results, exchanges, run),
        own=own.own(results, of_own, run, homes),
        requirements=len(results.requirements),
        catalogue=catalogue.by_surface(results.requirements, run, results.documentation),
        cases=len(run.cases),
        has_generated=bool(run.generated),
        cases_by_surface=cases.by_surface(run, homes, problems.group_anchors(found)),
        models=matrix(results.models),
        limits=pace.limits(results),
        timing=pace.timing(results),
        reproduce=reproduce(results, has_generated=bool(run.generated)),
    )
