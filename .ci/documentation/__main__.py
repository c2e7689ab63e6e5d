"""`python -m documentation`: makes the site in reports/site. Exit code 1 if a link leads nowhere, or a page needs a network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from conformance.requirements import catalogue
from documentation import changes, clients, commands, requirements, schemas
from documentation.checking import problems
from documentation.markdown import linked

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WORK = ROOT / "build" / "documentation"
SITE = ROOT / "reports" / "site"
NOT_PAGES = shutil.ignore_patterns("changes", "github-action")


def main() -> None:
    """Lays all pages together, has them built, and looks at what came of it."""
    _lay_together(WORK / "pages")
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copy(HERE / "zensical.toml", WORK)
    zensical = Path(sys.executable).with_name("zensical")
    built = subprocess.run([zensical, "build", "--strict", "--clean"], cwd=WORK, check=False)  # noqa: S603 (our own words)
    if built.returncode:
        sys.exit(1)
    shutil.move(WORK / "site", SITE)
    found = list(problems(SITE))
    sys.stdout.write("".join(f"{line}\n" for line in found))
    if found:
        sys.exit(1)
    sys.stdout.write(f"{len(list(SITE.rglob('*.html')))} pages, every link leads somewhere: {SITE / 'index.html'}\n")


def _lay_together(pages: Path) -> None:
    shutil.rmtree(pages.parent, ignore_errors=True)
    shutil.copytree(ROOT / "docs", pages, ignore=NOT_PAGES)
    # The first page is the README: its links lead from the root of the clone.
    _write(pages / "index.md", (ROOT / "README.md").read_text(encoding="utf-8").replace("](docs/", "]("))
    shutil.copy(HERE / "style.css", pages)
    _write(pages / "reference/commands.md", commands.page())
    _write(pages / clients.PAGE, clients.page())
    changelog = pages / changes.PAGE
    _write(changelog, changes.with_unreleased(changelog.read_text(encoding="utf-8"), ROOT))
    _write(pages / "reference/target-file.md", schemas.target_file())
    _write(pages / "reference/results.md", schemas.results())
    for path, text in requirements.pages():
        _write(pages / path, text)
    for page in pages.rglob("*.md"):
        folder = os.path.relpath(pages / requirements.FOLDER, page.parent)
        known = {name: f"{folder}/{name}.md" for name in catalogue() if name != page.stem}
        _write(page, linked(page.read_text(encoding="utf-8"), known))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
