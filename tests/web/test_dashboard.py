"""The dashboard as it is served, and the operations that it runs."""

import re
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import httpx
import pytest
from graphql import build_schema, parse, validate
from starlette.applications import Starlette

from navswap.web import dashboard

ROOT = Path(__file__).parents[2]
STATIC = files("navswap.web.dashboard") / "static"
STREETS = ROOT / "seeds" / "streets.geojson"
QUERIES = (STATIC / "queries.js").read_text("utf-8")
TEXTS = dict(re.findall(r'const (\w+) =\s*[`"]([^`"]+)[`"];', QUERIES))
"""The texts of the module by their names."""
OPERATIONS = {
    name: re.sub(r"\$\{(\w+)\}", lambda found: TEXTS[found[1]], text) for name, text in TEXTS.items()
}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=dashboard.routes(lambda: STREETS)))
    async with httpx.AsyncClient(transport=transport, base_url="http://web") as client:
        yield client


@pytest.mark.parametrize("name", sorted(re.findall(r"export const (\w+)", QUERIES)))
def test_every_operation_of_the_dashboard_is_valid(name: str) -> None:
    text = re.sub(r"\$\{(\w+)\}", lambda found: TEXTS[found[1]], OPERATIONS[name])
    assert validate(build_schema((ROOT / "schema.graphql").read_text("utf-8")), parse(text)) == []


async def test_the_page_allows_nothing_but_its_own_and_has_nothing_inline(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", page.text) == []


async def test_the_files_of_the_page_are_there_and_kept_by_version(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    named = re.findall(r'"(/dashboard/[^"]+)"', page)
    modules = [f"/dashboard/{entry.name}" for entry in STATIC.iterdir()]
    assert len(named) >= 3
    for path in (*named, *modules):
        answer = await client.get(path)
        assert answer.status_code == 200, path
        assert ("immutable" in answer.headers["cache-control"]) == ("?v=" in path)
    assert (await client.get("/dashboard/nothing.js")).status_code == 404


async def test_the_map_is_drawn_on_the_streets_of_the_network(client: httpx.AsyncClient) -> None:
    assert len((await client.get("/dashboard/streets.geojson")).json()["features"]) > 100
    without = httpx.ASGITransport(Starlette(routes=dashboard.routes(lambda: None)))
    async with httpx.AsyncClient(transport=without, base_url="http://web") as other:
        assert (await other.get("/dashboard/streets.geojson")).json()["features"] == []
