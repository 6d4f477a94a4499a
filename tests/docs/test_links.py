"""Every link of every page leads somewhere: to a file and its heading, to what a server serves, or to a host that was looked at."""

import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from navswap.runtime import Runtime
from tests.support.api import http_client, running

ROOT = Path(__file__).parents[2]
LISTED = subprocess.run(
    ["git", "-C", str(ROOT), "ls-files", "*.md"], capture_output=True, text=True, check=True
)
PAGES = [ROOT / name for name in LISTED.stdout.splitlines()]
OTHERS = {
    "github.com": "sources of what is vendored",
    "scripts.sil.org": "the licence of the font, in its own words",
    "api.example.com": "the reader's own address, in the guide",
    "app.example.com": "the origin of the reader's own pages, in the guide",
}
"""Hosts beyond ours that pages may name; CI has no internet, so whoever adds one has opened the link."""
WITHOUT_TLS = {"scripts.sil.org"}
LOCAL = "127.0.0.1:8000"

every_page = pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])


@every_page
def test_every_link_to_a_file_of_ours_leads_somewhere(page: Path) -> None:
    found = re.findall(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"", page.read_text())
    links = [link for link in ("".join(pair) for pair in found) if "://" not in link]
    assert [link for link in links if not leads_somewhere(page, link)] == []


def leads_somewhere(page: Path, link: str) -> bool:
    """Return whether the file of a link is there, and has the heading that it names."""
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not anchor or anchor in anchors_of(target))


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as its viewers make them."""
    return {
        re.sub(r"[^a-z0-9 _-]", "", line.strip("# ").lower()).replace(" ", "-")
        for line in page.read_text().splitlines()
        if line.startswith("#")
    }


def addresses_in(page: Path) -> set[str]:
    """Return the web addresses that a page names, in links and elsewhere."""
    return {address.rstrip(".,") for address in re.findall(r"https?://[^\][\s)(>`'\"<]+", page.read_text())}


@every_page
def test_every_address_is_well_formed_and_of_a_host_that_was_looked_at(page: Path) -> None:
    for address in addresses_in(page):
        parts = urlsplit(address)
        assert parts.netloc in {LOCAL, *OTHERS}, address
        assert parts.scheme == "https" or parts.netloc in {LOCAL, *WITHOUT_TLS}, address


def test_no_host_is_listed_that_no_page_names() -> None:
    named = {urlsplit(address).netloc for page in PAGES for address in addresses_in(page)}
    assert named == {LOCAL, *OTHERS}


async def test_what_the_pages_say_to_open_here_is_served(runtime: Runtime) -> None:
    paths = {
        urlsplit(address).path or "/"
        for page in PAGES
        for address in addresses_in(page)
        if urlsplit(address).netloc == LOCAL
    }
    assert len(paths) >= 5
    async with running(runtime) as address, http_client() as browser:
        for path in sorted(paths):
            assert (await browser.get(f"http://{address}{path}")).status_code == 200, path
