"""What a report shows of both sides of a proxy."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.behind.conftest import OWN_KEY, behind
from tests.end_to_end.conftest import TOKEN


def exchanges(report: Path) -> list[dict[str, Any]]:
    """The lines of exchanges.jsonl."""
    return [json.loads(line) for line in (report / "exchanges.jsonl").read_text().splitlines()]


def test_each_exchange_has_what_was_asked_behind_it(of_a_fault: Path) -> None:
    found = exchanges(of_a_fault)
    assert found
    assert all(len(one["upstream"]) == 1 for one in found)
    [line] = [one for one in found if one["id"] == "chat/proxy_requests.conversation#1"]
    [behind_it] = line["upstream"]
    assert behind_it.keys() == {"request", "response", "failure", "after_s"}
    assert behind_it["request"]["path"] == line["request"]["path"]
    assert " And of  Italy? " in line["request"]["body"]
    assert '"And of Italy?"' in behind_it["request"]["body"]
    assert 0 < behind_it["after_s"] < 5
    assert behind_it["response"]["body"] == line["response"]["body"]
    assert behind_it["request"]["headers"]["authorization"] == "[bearer]"


@pytest.mark.parametrize("proxy", ["proxy-tells-its-key", "proxy-forwards-the-callers-key"])
def test_no_credential_of_either_side_stands_in_a_report(tmp_path: Path, proxy: str) -> None:
    done = behind(tmp_path, proxy, "-k", "PROXY-CREDENTIALS")
    assert done.verdicts("warned").keys() == {"PROXY-CREDENTIALS"}
    for path in done.report.iterdir():
        assert not {TOKEN, OWN_KEY} & {secret for secret in (TOKEN, OWN_KEY) if secret in path.read_text()}, path.name


def test_the_page_shows_both_sides_of_what_was_found(of_a_fault: Path) -> None:
    page = (of_a_fault / "report.html").read_text()
    section = page[page.index('id="both-sides"') :].partition("</section>")[0]
    assert "<mark>−       &#34;content&#34;: &#34; And of  Italy? &#34;,</mark>" in section
    assert "<mark>+       &#34;content&#34;: &#34;And of Italy?&#34;,</mark>" in section
    assert 'href="#both-sides"' in page
