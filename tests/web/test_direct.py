"""The short way to the API gives what the long way does."""

from collections.abc import AsyncIterator

import httpx
import pytest

from navswap.app import create_app
from navswap.runtime import Runtime

ASKED = {"query": "{ __typename }"}
OWN = {"x-correlation-id", "ratelimit-remaining", "ratelimit-reset"}
"""Headers that differ from request to request."""


@pytest.fixture
async def client(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    settings = runtime.settings.model_copy(update={"allowed_origins": ["https://app.test"]})
    app = create_app(settings, runtime=runtime)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://api.test") as client,
    ):
        yield client


@pytest.mark.parametrize("asked", [ASKED, {"query": "{ nonsense }"}, {"query": ""}, []])
async def test_both_ways_answer_alike(client: httpx.AsyncClient, asked: object) -> None:
    direct = await client.post("/graphql", json=asked)
    routed = await client.post("/graphql", json=asked, headers={"origin": "https://app.test"})
    assert (direct.status_code, direct.json()) == (routed.status_code, routed.json())
    plain = {name for name in routed.headers if not name.startswith("access-control-")} - {"vary"}
    assert set(direct.headers) == plain
    assert {direct.headers[name] == routed.headers[name] for name in plain - OWN} == {True}


async def test_a_page_of_another_origin_is_answered_by_the_rules_for_it(client: httpx.AsyncClient) -> None:
    allowed = await client.post("/graphql", json=ASKED, headers={"origin": "https://app.test"})
    foreign = await client.post("/graphql", json=ASKED, headers={"origin": "https://evil.test"})
    assert allowed.headers["access-control-allow-origin"] == "https://app.test"
    assert "access-control-allow-origin" not in foreign.headers


async def test_a_correlation_id_goes_through_and_a_strange_one_is_replaced(client: httpx.AsyncClient) -> None:
    kept = await client.post("/graphql", json=ASKED, headers={"x-correlation-id": "ride-7"})
    strange = await client.post("/graphql", json=ASKED, headers={"x-correlation-id": "ride 7; drop"})
    assert kept.headers["x-correlation-id"] == "ride-7"
    assert "drop" not in strange.headers["x-correlation-id"]
