"""How a failure reads: the requirement, what was expected, what came, and a command that shows it again."""

from collections.abc import Mapping

from conformance.report.results import CaseResult, ExchangeRecord, Finding
from conformance.report.safe import one_line
from conformance.requirements import Requirement, catalogue


def lines(finding: Finding, known: Mapping[str, Requirement]) -> list[str]:
    """The three lines of one finding (two where nothing was to be expected)."""
    row = known[finding.requirement]
    head = f"{row.id}  {row.level}  {row.statement}"
    what = one_line(finding.message)
    expected = f"  expected  {one_line(finding.expected)}" if finding.expected else ""
    actual = f"  actual    {what}: {one_line(finding.actual)}" if finding.actual else f"  actual    {what}"
    return [line for line in (head, expected, actual) if line]


def exchange_lines(exchange: ExchangeRecord) -> list[str]:
    """An exchange in two lines, and its curl."""
    request, response = exchange.request, exchange.response
    sent = f"  sent      {request.method} {request.path}  {request.body[:300]}"
    came = f"{response.status}  {response.body[:300]}" if response else exchange.failure
    return [one_line(sent), one_line(f"  came      {came}"), one_line(f"  {exchange.curl}")]


def of_case(case: CaseResult, known: Mapping[str, Requirement] | None = None) -> str:
    """The failure of a case: each violation in three lines, then the last exchange and its curl. Or the suite's error.

    `known` are the requirements that there are, by default the catalogue.
    """
    if case.error:
        return case.error
    shown = [finding for finding in case.findings if finding.kind == "violation"] or case.findings
    exchanges = {exchange.id: exchange for exchange in case.exchanges}
    found = list[str]()
    for number, finding in enumerate(shown):
        found += lines(finding, catalogue() if known is None else known)
        # One exchange often breaks several requirements: it is shown once, after the last of them.
        last_about_it = finding.exchange not in {later.exchange for later in shown[number + 1 :]}
        if last_about_it and finding.exchange in exchanges:
            found += exchange_lines(exchanges[finding.exchange])
    return "\n".join(found)
