"""Documents by their ids, over HTTP and over a websocket, and where no others are taken."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from redis.asyncio import Redis

from navswap.edge.persisted import (
    ManifestUnreadableError,
    NotPersistedError,
    PersistedDocuments,
    document_id_in,
    hash_of,
    read_manifests,
)
from navswap.kit.clock import ManualClock, SystemClock
from navswap.settings import Settings
from tests.edge.serving import patient_redis, sample_app, serving
from tests.edge.test_websocket import welcomed

HELLO = "query Hello($n: String!) { hello(name: $n) }"
COUNT = "subscription Count { count(to: 1) }"
OWN = {"hello": HELLO, "count": COUNT}
MEI = {"data": {"hello": "hello Mei"}}
KNOWN = PersistedDocuments(OWN)
STRICT = PersistedDocuments(OWN, only=True)


@pytest.fixture
async def client(settings: Settings, redis: Redis, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(sample_app(settings, redis, clock, persisted=KNOWN))
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
        yield client


@pytest.fixture
async def strict(settings: Settings, redis: Redis, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(sample_app(settings, redis, clock, persisted=STRICT))
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
        yield client


@pytest.fixture(scope="module")
async def strict_server(settings: Settings) -> AsyncIterator[str]:
    async with (
        patient_redis(settings) as redis,
        serving(sample_app(settings, redis, SystemClock(), persisted=STRICT)) as address,
    ):
        yield address


def by_apollo(document_id: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": document_id}}}


WAYS = {
    "documentId": {"documentId": "hello"},
    "its hash": {"documentId": f"sha256:{hash_of(HELLO)}"},
    "Apollo": by_apollo("hello"),
    "Apollo, its hash": by_apollo(hash_of(HELLO)),
}


@pytest.mark.parametrize("named", WAYS.values(), ids=WAYS)
async def test_a_document_is_run_by_its_id(client: httpx.AsyncClient, named: dict[str, Any]) -> None:
    posted = await client.post("/graphql", json={**named, "variables": {"n": "Mei"}})
    parameters = {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in {**named, "variables": {"n": "Mei"}}.items()
    }
    got = await client.get("/graphql", params=parameters)
    assert posted.json() == got.json() == MEI


@pytest.mark.parametrize("named", [{"documentId": "other"}, by_apollo("other")], ids=["documentId", "Apollo"])
async def test_an_id_that_is_not_known_makes_a_client_send_the_document(
    client: httpx.AsyncClient, named: dict[str, Any]
) -> None:
    [error] = (await client.post("/graphql", json=named)).json()["errors"]
    assert error["message"] == "PersistedQueryNotSupported"
    assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_SUPPORTED"
    both = {**named, "query": HELLO, "variables": {"n": "Mei"}}
    assert (await client.post("/graphql", json=both)).json() == MEI


@pytest.mark.parametrize("body", [{"documentId": 1}, {"extensions": {"persistedQuery": 1}}, by_apollo("")])
async def test_an_id_that_is_none_is_refused(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    response = await client.post("/graphql", json=body)
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] in {"BAD_REQUEST", "PERSISTED_QUERY_NOT_SUPPORTED"}


async def test_where_only_persisted_documents_are_served_a_known_text_is_taken_too(
    strict: httpx.AsyncClient,
) -> None:
    by_text = await strict.post("/graphql", json={"query": HELLO, "variables": {"n": "Mei"}})
    by_id = await strict.post("/graphql", json={"documentId": "hello", "variables": {"n": "Mei"}})
    assert by_text.json() == by_id.json() == MEI


@pytest.mark.parametrize("query", ["{ hello }", f"{HELLO} ", "{ __schema { queryType { name } } }"])
async def test_where_only_persisted_documents_are_served_no_other_runs(
    strict: httpx.AsyncClient, query: str
) -> None:
    for body in ({"query": query}, {"query": query, "documentId": "hello"}):
        answer = await strict.post("/graphql", json={**body, "variables": {"n": "Mei"}})
        [error] = answer.json()["errors"]
        assert error["extensions"]["code"] == "DOCUMENT_NOT_PERSISTED"
        assert "data" not in answer.json()


async def test_over_a_websocket_it_is_the_same(strict_server: str) -> None:
    async with welcomed(strict_server) as socket:
        for named in ({"documentId": "count"}, {"query": "", **by_apollo(hash_of(COUNT))}, {"query": COUNT}):
            await socket.send({"type": "subscribe", "id": "1", "payload": named})
            first, last = await socket.until_end("1")
            assert (first["payload"], last["type"]) == ({"data": {"count": 1}}, "complete")
        for payload, code in (
            ({"documentId": "other"}, "PERSISTED_QUERY_NOT_SUPPORTED"),
            ({"query": "subscription { count(to: 1) }"}, "DOCUMENT_NOT_PERSISTED"),
        ):
            await socket.send({"type": "subscribe", "id": "2", "payload": payload})
            [refused] = await socket.until_end("2")
            assert refused["payload"][0]["extensions"]["code"] == code


def test_a_request_without_an_id_names_none() -> None:
    assert document_id_in({"query": HELLO}) is None
    assert document_id_in({"query": HELLO, "extensions": {"persistedQuery": "x"}}) is None
    with pytest.raises(NotPersistedError):
        KNOWN.text_of(None, None)


MANIFESTS = {
    "graphql-codegen": {f"sha256:{hash_of(HELLO)}": HELLO},
    "Relay": {hash_of(HELLO): HELLO},
    "Apollo": {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{"id": hash_of(HELLO), "name": "Hello", "type": "query", "body": HELLO}],
    },
}


@pytest.mark.parametrize("manifest", MANIFESTS.values(), ids=MANIFESTS)
def test_the_manifests_of_the_usual_tools_are_read(tmp_path: Path, manifest: dict[str, Any]) -> None:
    file = tmp_path / "manifest.json"
    file.write_bytes(orjson.dumps(manifest))
    assert read_manifests([file]) == {hash_of(HELLO): HELLO}


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"a": 1}', b'{"operations": []}', b"\xff"])
def test_what_is_no_manifest_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "manifest.json"
    file.write_bytes(content)
    with pytest.raises(ManifestUnreadableError, match=r"manifest\.json"):
        read_manifests([file])
    with pytest.raises(ManifestUnreadableError, match=r"absent\.json"):
        read_manifests([tmp_path / "absent.json"])
