"""Every block that a reader may paste is run by a test, or says why not; the reason is printed with `pytest -rP`."""

import asyncio
import re
import shlex
from pathlib import Path

import pytest

from navswap.auth.roles import Role
from navswap.runtime import Runtime
from tests.factories.network import a_station
from tests.factories.users import PASSWORD, a_user
from tests.support.api import Api, running
from tests.support.command import navswap

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PASTED = ("sh", "bash", "console", "python", "graphql")

RUN = {
    "README.md": "tests/docs/test_readme.py; its commands line by line below",
    "docs/frontend.md": "below",
    "docs/importing.md": "below",
    "docs/notebook.md": "tests/docs/test_notebook.py",
}
"""By page: where all its blocks are run."""
NOT_RUN = {
    ("docs/deployment_guide.md", "aws "): "needs an account at AWS",
    (
        "docs/deployment_guide.md",
        "docker",
    ): "needs Docker, which CI has not; compose.yaml is checked by tests/deployment",
    ("docs/deployment_guide.md", "rsync"): "needs the machine of the guide",
    ("docs/deployment_guide.md", "systemctl"): "needs the machine of the guide",
    ("docs/deployment_guide.md", "genpkey"): "is run by tests/deployment/test_guide.py",
    ("docs/archive.md", "ArchiveWriter"): "a sketch with names of the reader's; tests/archive does it",
    ("docs/schema_conventions.md", ""): "a part of a class; tests/architecture/notices holds whole ones",
}
"""By page and what stands in the block: why it is not run as it stands."""
LINES_OF_README = {
    "pip install uv && uv run navswap up": "tests/devstack and tests/cli/test_up.py start and end it",
    "pip install uv && uv run pytest": "it is what runs this",
    "uv run navswap simulate --compare nearest,rules --seeds 3 --days 1": "takes a minute; tests/cli/test_comparing.py compares on a smaller one",
    "uv run navswap check": "tests/consistency run it on networks that are right and on ones that are not",
}


def blocks() -> list[tuple[str, str]]:
    """Return each block that can be pasted, with its page."""
    pattern = rf"^```(?:{'|'.join(PASTED)})\n(.*?)^```$"
    return [
        (str(page.relative_to(ROOT)), block)
        for page in PAGES
        for block in re.findall(pattern, page.read_text(), flags=re.MULTILINE | re.DOTALL)
    ]


def reason_of(page: str, block: str) -> str | None:
    return next((why for (named, part), why in NOT_RUN.items() if named == page and part in block), None)


def test_every_block_is_run_by_a_test_or_says_why_not() -> None:
    unknown = []
    for page, block in blocks():
        reason = reason_of(page, block)
        if reason is not None:
            print(f"{page}: {block.splitlines()[0]!r} is not run here: {reason}")  # noqa: T201 - what it is for
        elif page not in RUN:
            unknown.append((page, block.splitlines()[0]))
    assert unknown == []


def test_no_reason_outlives_its_block() -> None:
    found = blocks()
    assert [
        key for key in NOT_RUN if not any(page == key[0] and key[1] in block for page, block in found)
    ] == []


def lines_of_readme() -> list[str]:
    found = [
        line.partition("  #")[0].strip()
        for page, block in blocks()
        if page == "README.md"
        for line in block.splitlines()
        if re.match(r"(uv run|pip install|curl) ", line)
    ]
    assert len(found) >= 9
    return found


def test_every_line_of_the_readme_is_run_or_says_why_not() -> None:
    run_by_the_tour = re.compile(r"uv run navswap (query|top)\b|curl -s http://127\.0\.0\.1:8000/gbfs/")
    unknown = []
    for line in lines_of_readme():
        if line in LINES_OF_README:
            print(f"{line!r} is not run here: {LINES_OF_README[line]}")  # noqa: T201 - what it is for
        elif not run_by_the_tour.match(line):
            unknown.append(line)
    assert unknown == []
    assert LINES_OF_README.keys() <= set(lines_of_readme())


def graphql_of(page: str) -> list[str]:
    text = (ROOT / page).read_text()
    return re.findall(r"^```graphql\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


async def test_the_operations_of_the_frontend_page_are_answered_in_their_order(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    rider = await a_user(Role.CONSUMER, password=PASSWORD)
    signing_in, holding, listing = graphql_of("docs/frontend.md")
    async with running(runtime) as address, Api(address) as anonymous:
        session = await anonymous.ask(signing_in, input={"email": rider.email, "password": PASSWORD})
        assert session["session"]["user"]["role"] == "CONSUMER"
        listed = await anonymous.ask(listing)
        [edge] = listed["edges"]
        assert (edge["node"]["name"], edge["node"]["status"]["freePacks"]) == (station.information.name, 2)
        async with Api(address, session["session"]["accessToken"]) as signed_in:
            wanted = {"stationId": edge["node"]["id"], "idempotencyKey": "a-key-of-the-page"}
            held = await signed_in.ask(holding, input=wanted)
            assert (held["__typename"], held["entry"]["state"]) == ("ConfirmQueuePayload", "CONFIRMED")
            refused = await signed_in.ask(holding, input={**wanted, "idempotencyKey": "another-key"})
    assert (refused["__typename"], refused["code"]) == ("AlreadyQueued", "ALREADY_QUEUED")


async def test_the_commands_of_the_page_on_importing_load_a_network(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "stations.csv").write_text(
        "id,name,lat,lon,slots\na,Alpha,25.03,121.56,6\nb,Beta,25.04,121.57,8\n"
    )
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "importing.md").read_text()
    commands = re.findall(r"^\$ uv run navswap (.*)$", page, flags=re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        done = await asyncio.to_thread(navswap, runtime.settings, *shlex.split(command))
        assert (done.returncode, done.stderr.strip()) == (0, ""), command
        assert "2" in done.stdout
