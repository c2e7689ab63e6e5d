"""`gateway-conformance matrix`: many reports and certificates as one site."""

from functools import partial
from pathlib import Path

import click

from conformance.commands.options import DIRECTORY, Command
from conformance.errors import UsageError


@click.command("matrix", cls=Command, example="matrix reports/before reports/after --output site")
@click.argument("directories", nargs=-1, required=True, type=DIRECTORY, metavar="DIR...")
@click.option("--output", metavar="SITE_DIR", required=True, type=DIRECTORY, help="Where the site goes.")
@click.option(
    "--trusted",
    metavar="FILE.pub",
    multiple=True,
    type=DIRECTORY,
    help="A public key that certificates are verified by.",
)
@click.option("--revocations", metavar="FILE", multiple=True, type=DIRECTORY, help="An issuer's file of revocations.")
def command(
    directories: tuple[Path, ...], *, output: Path, trusted: tuple[Path, ...], revocations: tuple[Path, ...]
) -> None:
    """Make a site of many reports: targets by requirements, and by what their models were asked for.

    DIR is a report directory of `run`, or a certificate. The site is index.html and a page of each report; it opens from disk
    and can be published as it is. Without --trusted, certificates are shown as not verified; with it, known deviations and
    demonstrations are accepted, and shown as that. What SITE_DIR holds is replaced if this command has made it.
    """
    run(directories, output, trusted, revocations)


def run(
    directories: tuple[Path, ...], output: Path, trusted: tuple[Path, ...], revocations: tuple[Path, ...] = ()
) -> None:
    """Writes the site, whole or not at all. Raises `UsageError`."""
    from conformance.certify import keys
    from conformance.certify.claims import claim_of
    from conformance.report.bounded import untrusted
    from conformance.report.evidence_matrix import page
    from conformance.report.gathering import gather
    from conformance.report.safe import one_line
    from conformance.report.site import check_site, write_site
    from conformance.report.wording import counted

    if revocations and not trusted:
        raise UsageError("--revocations needs --trusted: who has signed a revocation decides whether it counts")
    check_site(output, directories)
    by = [keys.public(path) for path in trusted]
    with untrusted("what these directories hold"):
        gathered = gather(directories, partial(claim_of, trusted=by, revocations=revocations))
        index = page(gathered)
    files = {f"{one.slug}/{name}": data for one in gathered for name, data in one.files.items()}
    write_site(output, {**files, "index.html": index.encode("utf-8", errors="backslashreplace")})
    click.echo(one_line(f"{counted(len(gathered), 'report')}: {output / 'index.html'}"))
