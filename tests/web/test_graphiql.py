import hashlib
import re
import subprocess
import zipfile
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from navswap.web import graphiql

PACKAGE = files("navswap.web.graphiql")
PROJECT_ROOT = Path(__file__).parents[2]
VENDORED = re.compile(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", re.MULTILINE)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=graphiql.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://web") as client:
        yield client


def sources(policy: str) -> dict[str, list[str]]:
    directives = (directive.split() for directive in policy.split("; "))
    return {name: values for name, *values in directives}


async def test_the_page_allows_nothing_but_its_own(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphiql")
    allowed = sources(response.headers["content-security-policy"])
    assert allowed["default-src"] == ["'none'"]
    assert allowed["script-src"] == allowed["connect-src"] == ["'self'"]
    assert allowed["frame-ancestors"] == allowed["base-uri"] == allowed["form-action"] == ["'none'"]
    assert "unsafe" not in response.headers["content-security-policy"]
    assert "http" not in response.headers["content-security-policy"]
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


async def test_the_page_has_no_inline_script_or_style(client: httpx.AsyncClient) -> None:
    page = (await client.get("/graphiql")).text
    assert re.findall(r"<script(?![^>]*\ssrc=)", page) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", page) == []


async def test_each_page_has_a_nonce_of_its_own_and_is_not_kept(client: httpx.AsyncClient) -> None:
    pages = [await client.get("/graphiql") for _ in range(2)]
    nonces = [re.findall(r'nonce="([\w-]{22})"', page.text) for page in pages]
    assert nonces[0] != nonces[1]
    for page, nonce in zip(pages, nonces, strict=True):
        assert len(nonce) == 1
        allowed = sources(page.headers["content-security-policy"])
        assert allowed["style-src"] == ["'self'", f"'nonce-{nonce[0]}'"]
        assert page.headers["cache-control"] == "no-store"


async def test_all_that_the_page_loads_is_served(client: httpx.AsyncClient) -> None:
    page = (await client.get("/graphiql")).text
    loaded = re.findall(r'(?:src|href)="(/graphiql/[^"]+)"', page)
    assert len(loaded) == 11
    for path in loaded:
        response = await client.get(path)
        assert response.status_code == 200
        assert response.headers["x-content-type-options"] == "nosniff"
        kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
        assert response.headers["content-type"].startswith(kinds[path.partition("?")[0].rpartition(".")[2]])


@pytest.mark.parametrize("name", ["nothing.js", "page.html", "VENDORED.md", "..%2f__init__.py", "%2e%2e"])
async def test_nothing_else_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/graphiql/{name}")).status_code == 404


def test_the_files_of_others_are_unchanged() -> None:
    listed = dict(VENDORED.findall((PACKAGE / "VENDORED.md").read_text("utf-8")))
    ours = {"boot.js", "page.css", "icon.svg"}
    found = {
        entry.name: hashlib.sha256(entry.read_bytes()).hexdigest()
        for entry in (PACKAGE / "static").iterdir()
        if entry.name not in ours
    }
    assert found == listed


def test_the_wheel_holds_the_page(tmp_path: Path) -> None:
    command = ["uv", "build", "--wheel", "--offline", "--out-dir", str(tmp_path), str(PROJECT_ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    folder = "navswap/web/graphiql"
    assert {f"{folder}/page.html", f"{folder}/VENDORED.md"} <= names
    assert {f"{folder}/static/{entry.name}" for entry in (PACKAGE / "static").iterdir()} <= names


async def test_a_browser_keeps_the_files_of_a_page_for_ever(client: httpx.AsyncClient) -> None:
    page = (await client.get("/graphiql")).text
    addresses = re.findall(r'(?:src|href)="(/graphiql/[^"]+)"', page)
    assert len(addresses) == 11
    for address in addresses:
        response = await client.get(address)
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        again = await client.get(address, headers={"if-none-match": response.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_a_file_of_another_version_is_asked_for_again(client: httpx.AsyncClient) -> None:
    for address in ("/graphiql/boot.js", "/graphiql/boot.js?v=old"):
        response = await client.get(address)
        assert (response.status_code, response.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_a_file_is_compressed_for_who_takes_it_so(client: httpx.AsyncClient, encoding: str) -> None:
    plain = await client.get("/graphiql/graphiql.min.js", headers={"accept-encoding": "identity"})
    packed = await client.get("/graphiql/graphiql.min.js", headers={"accept-encoding": encoding})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == encoding
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.content == plain.content
