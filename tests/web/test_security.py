import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from navswap.web.security import SECURITY_HEADERS, SecurityHeadersMiddleware


async def plain(_request: Request) -> Response:
    return PlainTextResponse("plain")


async def page(_request: Request) -> Response:
    return Response("page", headers={"content-security-policy": "default-src 'self'"})


async def visit(path: str, *, https: bool = False) -> httpx.Response:
    app = Starlette(
        routes=[Route("/plain", plain), Route("/page", page)],
        middleware=[Middleware(SecurityHeadersMiddleware, https=https)],
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://web") as client:
        return await client.get(path)


@pytest.mark.parametrize("path", ["/plain", "/nowhere"])
async def test_every_answer_carries_the_headers(path: str) -> None:
    response = await visit(path)
    assert SECURITY_HEADERS.items() <= dict(response.headers).items()


async def test_a_page_keeps_its_own_policy() -> None:
    response = await visit("/page")
    assert response.headers.get_list("content-security-policy") == ["default-src 'self'"]
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_only_https_is_asked_to_stay() -> None:
    assert "strict-transport-security" not in (await visit("/plain")).headers
    assert "max-age=31536000" in (await visit("/plain", https=True)).headers["strict-transport-security"]
