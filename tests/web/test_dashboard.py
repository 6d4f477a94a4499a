"""The dashboard as it is served, and the operations that it runs."""

import hashlib
import re
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import httpx
import orjson
import pytest
from starlette.applications import Starlette

from navswap.web import dashboard
from navswap.web.operations import documents

ROOT = Path(__file__).parents[2]
STATIC = files("navswap.web.dashboard") / "static"
STREETS = ROOT / "seeds" / "streets.geojson"
VENDORED = re.compile(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", re.MULTILINE)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=dashboard.routes(lambda: STREETS)))
    async with httpx.AsyncClient(transport=transport, base_url="http://web") as client:
        yield client


async def test_the_page_allows_nothing_but_its_own_and_has_nothing_inline(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", page.text) == []


async def test_the_files_of_the_page_are_there_and_kept_by_version(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    named = re.findall(r'"(/dashboard/[^"]+)"', page)
    modules = ["/dashboard/operations.js", *(f"/dashboard/{entry.name}" for entry in STATIC.iterdir())]
    assert len(named) >= 3
    for path in (*named, *modules):
        answer = await client.get(path)
        assert answer.status_code == 200, path
        assert ("immutable" in answer.headers["cache-control"]) == ("?v=" in path)
    assert (await client.get("/dashboard/nothing.js")).status_code == 404


async def test_the_operations_are_a_module_of_the_page(client: httpx.AsyncClient) -> None:
    module = (await client.get("/dashboard/operations.js")).content
    assert orjson.loads(module.removeprefix(b"export default ").removesuffix(b";\n")) == documents()
    named = set()
    for entry in STATIC.iterdir():
        if entry.name.endswith(".js"):
            text = entry.read_text("utf-8")
            named |= set(re.findall(r'(?:ask|askAll|subscribe|post|act)\("([A-Z]\w+)"', text))
            for listed in re.findall(r"operations: \[([^\]]+)\]", text):
                named |= set(re.findall(r'"(\w+)"', listed))
    assert named <= documents().keys()
    assert len(named) > 20


@pytest.mark.parametrize("folder", ["navswap/web/dashboard/static", "tests/web/axe"])
def test_the_files_of_others_are_unchanged(folder: str) -> None:
    path = ROOT / folder
    notes = next(place / "VENDORED.md" for place in (path, path.parent) if (place / "VENDORED.md").is_file())
    listed = VENDORED.findall(notes.read_text("utf-8"))
    assert listed
    for file, digest in listed:
        assert hashlib.sha256((path / file).read_bytes()).hexdigest() == digest


async def test_the_map_is_drawn_on_the_streets_of_the_network(client: httpx.AsyncClient) -> None:
    assert len((await client.get("/dashboard/streets.geojson")).json()["features"]) > 100
    without = httpx.ASGITransport(Starlette(routes=dashboard.routes(lambda: None)))
    async with httpx.AsyncClient(transport=without, base_url="http://web") as other:
        assert (await other.get("/dashboard/streets.geojson")).json()["features"] == []
