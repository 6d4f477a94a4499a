import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from navswap.edge.endpoint import AT_ONCE
from navswap.kit.clock import ManualClock
from navswap.settings import Settings
from tests.edge.serving import sample_app

JSON = {"content-type": "application/json"}
GRAPHQL_RESPONSE = "application/graphql-response+json"


def code_of(response: httpx.Response) -> str:
    """The code of the one error of a response without data."""
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    body = response.json()
    assert list(body) == ["errors"]
    assert len(body["errors"]) == 1
    assert body["errors"][0]["message"]
    code = body["errors"][0]["extensions"]["code"]
    assert isinstance(code, str)
    return code


async def post(client: httpx.AsyncClient, query: str, **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    return await client.post("/graphql", json={"query": query, **more}, headers=headers)


async def test_of_a_crowd_some_are_worked_on_at_once_and_all_get_their_answer(
    client: httpx.AsyncClient,
) -> None:
    asked = (
        post(client, "query ($n: Int!) { guests(until: $n) }", variables={"n": AT_ONCE}) for _ in range(200)
    )
    answers = [answer.json()["data"]["guests"] for answer in await asyncio.gather(*asked)]
    assert max(answers) == AT_ONCE < len(answers)


async def test_a_query_is_answered_to_post_and_get(client: httpx.AsyncClient) -> None:
    posted = await post(client, "query ($n: String!) { hello(name: $n) }", variables={"n": "Mei"})
    got = await client.get(
        "/graphql", params={"query": "query ($n: String!) { hello(name: $n) }", "variables": '{"n": "Mei"}'}
    )
    for response in (posted, got):
        assert (response.status_code, response.json()) == (200, {"data": {"hello": "hello Mei"}})
        assert response.headers["cache-control"] == "no-store"


async def test_names_outside_ascii_survive(client: httpx.AsyncClient) -> None:
    response = await post(client, '{ hello(name: "台北 🔋") }')
    assert response.json() == {"data": {"hello": "hello 台北 🔋"}}


@pytest.mark.parametrize(
    "body",
    [
        b"1",
        b"null",
        b"[]",
        b'[{"query": "{ hello }"}]',
        b'"text"',
        b"",
        b"{",
        b"{}",
        b"NaN",
        b'{"query": "\xff"}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"query": "{ hello }", "variables": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"query": "\\ud800"}',
        b'{"query": 1}',
        b'{"query": null}',
        b'{"query": ""}',
        b'{"query": ["{ hello }"]}',
        b'{"query": "{ hello }", "variables": [1]}',
        b'{"query": "{ hello }", "variables": "{"}',
        b'{"query": "{ hello }", "variables": 1}',
        b'{"query": "{ hello }", "operationName": 1}',
        b'{"query": "{ hello }", "operationName": {}}',
        b'{"query": "{ hello }", "extensions": "x"}',
    ],
)
async def test_a_malformed_body_is_a_bad_request(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/graphql", content=body, headers=JSON)
    assert (response.status_code, code_of(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"query": ""},
        {"query": "{ hello }", "variables": "{"},
        {"query": "{ hello }", "variables": "1"},
        {"query": "{ hello }", "variables": "null x"},
        {"query": "{ hello }", "extensions": "[1]"},
    ],
)
async def test_a_malformed_query_string_is_a_bad_request(
    client: httpx.AsyncClient, parameters: dict[str, str]
) -> None:
    response = await client.get("/graphql", params=parameters)
    assert (response.status_code, code_of(response)) == (400, "BAD_REQUEST")


async def test_an_empty_text_stands_for_absent(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ hello }", variables="", operationName="", extensions="")
    assert response.json() == {"data": {"hello": "hello world"}}


async def test_variables_may_be_a_text_of_json(client: httpx.AsyncClient) -> None:
    """As tools without code send them."""
    document = "query ($n: String!) { hello(name: $n) }"
    response = await post(client, document, variables='{"n": "Mei"}', extensions="{}")
    assert response.json() == {"data": {"hello": "hello Mei"}}
    assert (await post(client, "{ hello }", variables="null")).json() == {"data": {"hello": "hello world"}}


async def test_an_empty_array_stands_for_an_empty_object(client: httpx.AsyncClient) -> None:
    """PHP writes [] for an empty array, whether it is a list or a map."""
    response = await post(client, "{ hello }", variables=[], extensions=[])
    assert response.json() == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is empty"),
        (b'{"query": "{ hello }",}', "line 1, column 22"),
        (b'{"query": "{\n hello }"}', "line 1, column 13"),
        (b'{"query": "{ hello }", "variables": {"x": NaN}}', "line 1, column 43"),
        ('{"query": "{ hello }"}'.encode("utf-16"), "not UTF-8 text, from byte 0 on"),
        ('{"query": "{ hello } # caf\u00e9"}'.encode("latin-1"), "not UTF-8 text, from byte 26 on"),
        (gzip.compress(b'{"query": "{ hello }"}', mtime=0), "not compressed"),
        (b'[{"query": "{ hello }"}]', "batches are not served"),
        (b'"{\\"query\\": \\"{ hello }\\"}"', "not a string"),
        (b'{"query": "{ hello }", "variables": "{x}"}', "value of `variables` is not valid JSON"),
        (b'{"query": "{ hello }", "variables": "[1]"}', "`variables` must be an object, not an array"),
        (b'{"doc_id": "x", "variables": {}}', "documentId"),
    ],
)
async def test_one_who_sends_a_malformed_body_learns_what_is_wrong_and_where(
    client: httpx.AsyncClient, body: bytes, said: str
) -> None:
    response = await client.post("/graphql", content=body, headers=JSON)
    assert response.status_code == 400
    assert said in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "application/graphql", "text/plain", ""]
)
async def test_one_who_sends_another_content_type_learns_which_it_was(
    client: httpx.AsyncClient, content_type: str
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    response = await client.post("/graphql", content=b'{"query": "{ hello }"}', headers=headers)
    assert response.status_code == 415
    assert (content_type or "without a Content-Type") in response.json()["errors"][0]["message"]


async def test_a_path_that_ends_with_a_slash_is_the_same(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql/", json={"query": "{ hello }"})
    assert response.json() == {"data": {"hello": "hello world"}}


async def test_a_byte_order_mark_is_left_out(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", content=b'\xef\xbb\xbf{"query": "{ hello }"}', headers=JSON)
    assert response.json() == {"data": {"hello": "hello world"}}


PERSISTED = {"persistedQuery": {"version": 1, "sha256Hash": "ecf4edb46db40b5132295c0291d62fb65d6759a9"}}


async def test_one_who_asks_by_a_hash_learns_to_send_the_document(client: httpx.AsyncClient) -> None:
    by_hash = {"operationName": "Me", "variables": {}, "extensions": PERSISTED}
    posted = await client.post("/graphql", json=by_hash)
    got = await client.get("/graphql", params={"extensions": orjson.dumps(PERSISTED).decode()})
    for response in (posted, got):
        assert (response.status_code, code_of(response)) == (200, "PERSISTED_QUERY_NOT_SUPPORTED")
        assert response.json()["errors"][0]["message"] == "PersistedQueryNotSupported"
    strict = await client.post("/graphql", json=by_hash, headers={"accept": GRAPHQL_RESPONSE})
    assert strict.status_code == 400
    with_document = await post(client, "{ hello }", extensions=PERSISTED)
    assert with_document.json() == {"data": {"hello": "hello world"}}


async def test_null_stands_for_absent(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ hello }", variables=None, operationName=None, extensions=None)
    assert response.json() == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize("nested", ['{"a":' * 500 + "1" + "}" * 500, "[" * 500 + "]" * 500])
async def test_deeply_nested_variables_are_refused_in_words(client: httpx.AsyncClient, nested: str) -> None:
    body = '{"query": "query ($n: String) { hello(name: $n) }", "variables": {"n": ' + nested + "}}"
    response = await client.post("/graphql", content=body.encode(), headers=JSON)
    assert (response.status_code, code_of(response)) == (200, "BAD_USER_INPUT")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_another_method_is_told_which_to_use(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql", json={"query": "{ hello }"})
    assert (response.status_code, code_of(response)) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json; charset=utf-16",
        "text/html; x=application/json",
    ],
)
async def test_another_content_type_is_refused(client: httpx.AsyncClient, content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = await client.post("/graphql", content=b'{"query": "{ hello }"}', headers=headers)
    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", 'Application/JSON; charset="UTF-8"', "application/json; charset=utf8"],
)
async def test_json_in_utf_8_is_read(client: httpx.AsyncClient, content_type: str) -> None:
    response = await client.post(
        "/graphql", content=b'{"query": "{ hello }"}', headers={"content-type": content_type}
    )
    assert response.status_code == 200


async def test_a_mutation_needs_post(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": "mutation { hello }"})
    assert (response.status_code, code_of(response)) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "POST"
    assert (await post(client, "mutation { hello }")).json() == {"data": {"hello": "changed"}}


async def test_a_subscription_needs_a_websocket(client: httpx.AsyncClient) -> None:
    response = await post(client, "subscription { count }")
    assert (response.status_code, code_of(response)) == (400, "WEBSOCKET_NEEDED")


@pytest.mark.parametrize(
    ("query", "name", "code"),
    [
        ("{ hello", None, "GRAPHQL_PARSE_FAILED"),
        ("{ unknown }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello } query B { hello }", None, "OPERATION_RESOLUTION_FAILURE"),
        ("query A { hello }", "B", "OPERATION_RESOLUTION_FAILURE"),
        ("fragment F on Query { hello }", None, "OPERATION_RESOLUTION_FAILURE"),
        ("query ($n: Int!) { half(number: $n) }", None, "BAD_USER_INPUT"),
    ],
)
async def test_a_failed_request_has_no_data(
    client: httpx.AsyncClient, query: str, name: str | None, code: str
) -> None:
    response = await post(client, query, operationName=name)
    assert (response.status_code, code_of(response)) == (200, code)
    typed = await post(client, query, operationName=name, headers={"accept": GRAPHQL_RESPONSE})
    assert typed.status_code == 400
    assert typed.headers["content-type"] == f"{GRAPHQL_RESPONSE}; charset=utf-8"
    assert typed.json() == response.json()


async def test_a_failed_field_leaves_the_data(client: httpx.AsyncClient) -> None:
    for accept in ("application/json", GRAPHQL_RESPONSE):
        response = await post(client, "{ hello broken }", headers={"accept": accept})
        assert response.status_code == 200
        assert response.json()["data"] == {"hello": "hello world", "broken": None}
        assert [error["message"] for error in response.json()["errors"]] == ["Internal error"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("text/plain", "application/json"),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, application/json;q=0.9", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0.5, application/json", "application/json"),
        (f"{GRAPHQL_RESPONSE};q=x, */*", "application/json"),
    ],
)
async def test_the_media_type_follows_what_the_client_prefers(
    client: httpx.AsyncClient, accept: str, media_type: str
) -> None:
    response = await post(client, "{ hello }", headers={"accept": accept})
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"


async def test_a_browser_is_sent_to_graphiql(client: httpx.AsyncClient) -> None:
    html = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    visit = await client.get("/graphql", headers=html)
    assert (visit.status_code, visit.headers["location"]) == (307, "/graphiql")
    query = await client.get("/graphql", params={"query": "{ hello }"}, headers=html)
    assert query.json() == {"data": {"hello": "hello world"}}


async def test_a_refusal_of_the_token_is_401_with_its_code(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ hello }", headers={"authorization": "bad"})
    assert (response.status_code, code_of(response)) == (401, "BAD_TOKEN")
    assert "ratelimit-remaining" in response.headers


async def test_a_bug_before_the_operation_is_masked(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ hello }", headers={"authorization": "bug"})
    assert (response.status_code, code_of(response)) == (500, "INTERNAL")
    assert "hunter2" not in response.text


async def test_a_body_over_the_limit_is_refused_before_it_is_read(server: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://{server}", timeout=60) as client:
        fits = await post(client, "{ hello }" + " " * 1900)
        declared = await post(client, "{ hello }" + " " * 2000)
        huge = await client.post("/graphql", content=b"x" * 5_000_000, headers=JSON)
    assert fits.status_code == 200
    for response in (declared, huge):
        assert (response.status_code, code_of(response)) == (413, "BODY_TOO_LARGE")


async def test_a_body_without_a_length_is_measured_as_it_comes(server: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 100

    async def small() -> AsyncIterator[bytes]:
        yield b'{"query": '
        yield b'"{ hello }"}'

    async with httpx.AsyncClient(base_url=f"http://{server}", timeout=60) as client:
        refused = await client.post("/graphql", content=endless(), headers=JSON)
        served = await client.post("/graphql", content=small(), headers=JSON)
    assert (refused.status_code, code_of(refused)) == (413, "BODY_TOO_LARGE")
    assert served.json() == {"data": {"hello": "hello world"}}


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_bug(server: str) -> None:
    before = REGISTRY.get_sample_value("navswap_bugs_total")
    host, port = server.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /graphql HTTP/1.1\r\nhost: edge\r\ncontent-type: application/json\r\n")
    writer.write(b"content-length: 100\r\n\r\n{")
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()
    assert REGISTRY.get_sample_value("navswap_bugs_total") == before


@pytest.fixture
async def limited(settings: Settings, redis: Redis, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    limits = {"rate_limit_principal_per_minute": 2, "rate_limit_address_per_minute": 3}
    app = sample_app(settings.model_copy(update=limits), redis, clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as client:
        yield client


async def test_each_answer_tells_what_is_left_and_429_when_to_come_back(limited: httpx.AsyncClient) -> None:
    rider = {"authorization": "rider-1"}
    answers = [await post(limited, "{ hello }", headers=rider) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["ratelimit-limit"] for answer in answers] == ["2", "2", "2"]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert [answer.headers["ratelimit-reset"] for answer in answers] == ["30", "60", "30"]
    assert ["retry-after" in answer.headers for answer in answers] == [False, False, True]
    assert answers[-1].headers["retry-after"] == "30"
    assert code_of(answers[-1]) == "RATE_LIMITED"
    assert answers[-1].json()["errors"][0]["extensions"] == {
        "code": "RATE_LIMITED",
        "limit": 2,
        "retryAfterSeconds": 30,
    }


async def test_refused_requests_count_too(limited: httpx.AsyncClient) -> None:
    statuses = [
        (await limited.post("/graphql", content=b"1", headers=JSON)).status_code,
        (await limited.put("/graphql")).status_code,
        (await post(limited, "{ hello }", headers={"authorization": "bad"})).status_code,
        (await post(limited, "{ hello }", headers={"authorization": "bad"})).status_code,
        (await post(limited, "{ hello }")).status_code,
    ]
    assert statuses == [400, 405, 401, 429, 429]


async def test_bodies_are_encoded_for_http_as_bytes_of_json(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ me { name friend { name } } }")
    assert orjson.loads(response.content) == {
        "data": {"me": {"name": "Mei", "friend": {"name": "Mei's friend"}}}
    }


PACKED = gzip.compress(b'{"query": "{ hello }"}', mtime=0)


async def test_a_body_may_be_packed_by_gzip(client: httpx.AsyncClient) -> None:
    for _ in range(2):  # the second answer may be a kept one
        answer = await client.post("/graphql", content=PACKED, headers={**JSON, "content-encoding": "gzip"})
        assert answer.json() == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (PACKED[:-4], 400, "BAD_REQUEST"),
        (PACKED + b"x", 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }"}', 400, "BAD_REQUEST"),
        (b"", 400, "BAD_REQUEST"),
        (gzip.compress(b" " * 1_000_001, mtime=0), 413, "BODY_TOO_LARGE"),
    ],
    ids=["cut off", "goes on", "plain", "empty", "bomb"],
)
async def test_a_body_that_gzip_did_not_pack_or_packed_too_well_is_refused(
    client: httpx.AsyncClient, body: bytes, status: int, code: str
) -> None:
    refused = await client.post("/graphql", content=body, headers={**JSON, "content-encoding": "gzip"})
    assert (refused.status_code, code_of(refused)) == (status, code)


async def test_a_body_that_is_packed_otherwise_is_refused_in_words(client: httpx.AsyncClient) -> None:
    refused = await client.post("/graphql", content=b"x", headers={**JSON, "content-encoding": "br"})
    assert (refused.status_code, code_of(refused)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert "gzip" in refused.json()["errors"][0]["message"]


@pytest.mark.parametrize("encoding", ["br", "gzip", None])
async def test_a_large_answer_is_compressed_as_the_client_takes_it(
    client: httpx.AsyncClient, encoding: str | None
) -> None:
    name = "Mei" * 1_000
    answer = await post(
        client, f'{{ hello(name: "{name}") }}', headers={"accept-encoding": encoding or "identity"}
    )
    assert answer.json() == {"data": {"hello": f"hello {name}"}}
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["vary"] == "accept-encoding"
    assert int(answer.headers["content-length"]) == answer.num_bytes_downloaded
