"""Answers that are kept whole: when one is given again, to whom, and what is counted all the same."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import orjson
import pytest
import strawberry
from graphql import GraphQLError
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from starlette.applications import Starlette

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.edge.answer_cache import LARGEST, AnswerCache, CachedAnswer
from navswap.edge.endpoint import Admission, GraphQLEndpoint
from navswap.edge.execution.ready import Versions
from navswap.edge.http import GRAPHQL_RESPONSE
from navswap.edge.rate_limit import OperationGuard
from navswap.edge.schema import LimitedSchema, SchemaPolicy
from navswap.graphql.cacheable import cacheable
from navswap.graphql.permissions import public, roles
from navswap.infra.rate_leases import LeasedLimiter
from navswap.infra.rate_limiter import Quota, RateLimiter
from navswap.kit.addresses import network_of
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.settings import Environment, Settings

LIST = "{ shelf { name books { title letters } } }"
LIMIT = 600
"""Operations a minute."""
LEFT = 100
"""Those that are left of it. Redis forgets a limit when its backlog has drained by the time of the machine, which is 50 s for the others."""


@dataclass
class Source:
    """What the fields read: a memory with a version, None where it has to be asked each time."""

    titles: list[str]
    version: object | None = field(default_factory=object)
    reads: int = 0

    def change(self, *titles: str) -> None:
        self.titles, self.version = list(titles), object()


class ReaderContext:
    """The context of a request; its token is the name of a role."""

    def __init__(self, source: Source, token: str | None) -> None:
        self.source = source
        self.token = token
        self.connection_params: dict[str, object] | None = None

    @property
    def principal(self) -> str | None:
        return self.token

    def signed_in(self) -> Principal:
        return Principal(str(self.token), Role(str(self.token)), "session", datetime(2100, 1, 1, tzinfo=UTC))


Info = strawberry.Info[ReaderContext, None]


@strawberry.type
class Book:
    title: str

    @strawberry.field
    def letters(self) -> int:
        return len(self.title)

    @strawberry.field
    def reader(self, info: Info) -> str:
        return str(info.context.token)

    @strawberry.field
    def beginning(self, letters: int) -> str:
        return self.title[:letters]

    @strawberry.field
    def torn(self) -> str | None:
        raise GraphQLError(f"{self.title} is torn.", extensions={"code": "TORN"})


@strawberry.type
class Shelf:
    name: str
    books: list[Book]


def version_of(context: Any) -> Callable[[], object | None]:
    source = cast(ReaderContext, context).source
    return lambda: source.version


def read(info: Info, first: int = 9) -> Shelf:
    source = info.context.source
    source.reads += 1
    return Shelf(name=f"at most {first}", books=[Book(title=title) for title in source.titles[:first]])


@strawberry.type
class Query:
    @strawberry.field(extensions=public(), metadata=cacheable(version_of))
    async def shelf(self, info: Info, first: int = 9) -> Shelf:
        return read(info, first)

    @strawberry.field(extensions=public(), metadata=cacheable(version_of))
    async def far_shelf(self, info: Info) -> Shelf:
        await asyncio.sleep(0)
        return read(info)

    @strawberry.field(extensions=public())
    async def other_shelf(self, info: Info) -> Shelf:
        return read(info)

    @strawberry.field(extensions=roles(Role.ADMIN), metadata=cacheable(version_of))
    async def locked_shelf(self, info: Info) -> Shelf:
        return read(info)


@dataclass
class Library:
    """The edge over the schema, and a client of it."""

    source: Source
    edge: GraphQLEndpoint[ReaderContext]
    client: httpx.AsyncClient

    async def post(
        self, document: str, token: str | None = None, variables: dict[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        asked = {"query": document, "variables": variables or {}}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            named["authorization"] = token
        return await self.client.post("/graphql", content=orjson.dumps(asked), headers=HEADERS | named)

    async def ask(self, document: str, token: str | None = None, **variables: Any) -> Any:
        body = (await self.post(document, token, variables)).json()
        assert "errors" not in body
        return body["data"]

    def at_once(self, document: str, **headers: str) -> tuple[bytes, bytes] | None:
        """Return what the protocol is given of an answer that needs no waiting."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        raw = {name.encode(): value.encode() for name, value in (HEADERS | named).items()}
        scope = {
            "type": "http",
            "method": "POST",
            "client": ("127.0.0.1", 5000),
            "headers": list(raw.items()),
        }
        return self.edge.answer_at_once(scope, raw, orjson.dumps({"query": document, "variables": {}}))


HEADERS = {"content-type": "application/json", "accept-encoding": "identity"}


@pytest.fixture
def policy() -> SchemaPolicy:
    return SchemaPolicy()


@pytest.fixture
async def library(
    settings: Settings, redis: Redis, clock: ManualClock, policy: SchemaPolicy
) -> AsyncIterator[Library]:
    source = Source(["Iron", "Rain", "Salt"])
    shared = RateLimiter(redis, f"{settings.redis_prefix}{new_id()}:", clock, timeout_seconds=60)
    limits = settings.model_copy(
        update={"rate_limit_principal_per_minute": LIMIT, "rate_limit_address_per_minute": LIMIT}
    )
    await shared.take([(Quota(f"address:{network_of('127.0.0.1')}", LIMIT), LIMIT - LEFT)])
    edge = GraphQLEndpoint(
        LimitedSchema(query=Query, policy=policy),
        settings,
        OperationGuard(LeasedLimiter(shared, monotonic=lambda: 0.0), limits),
        Admission(
            context_of=lambda token, _address: ReaderContext(source, token),
            principal_of=lambda context: context.principal,
        ),
    )
    transport = httpx.ASGITransport(Starlette(routes=edge.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
        yield Library(source, edge, client)


async def test_what_has_not_changed_is_read_once_for_all_clients(library: Library) -> None:
    first = await library.ask(LIST)
    for token in (None, "ADMIN", "CONSUMER", None, "STAFF"):
        assert await library.ask(LIST, token) == first
    assert library.source.reads == 2  # one run by graphql-core, one that is compiled and kept
    assert len(first["shelf"]["books"]) == 3


async def test_what_has_changed_is_read_again(library: Library) -> None:
    for title in ("Iron", "Wood", "Wool", "Iron"):
        library.source.change(title)
        for _ in range(3):
            assert (await library.ask(LIST))["shelf"]["books"] == [{"title": title, "letters": 4}]


async def test_a_source_without_a_version_is_read_each_time(library: Library) -> None:
    await library.ask(LIST)
    await library.ask(LIST)
    library.source.version = None
    reads = library.source.reads
    for _ in range(3):
        await library.ask(LIST)
    assert library.source.reads == reads + 3


async def test_variables_make_answers_of_their_own(library: Library) -> None:
    document = "query Shelf($first: Int!, $named: Boolean!) { shelf(first: $first) { name @include(if: $named) books { title } } }"
    for _ in range(3):
        for first in (1, 2):
            for named in (True, False):
                shelf = (await library.ask(document, first=first, named=named))["shelf"]
                assert len(shelf["books"]) == first
                assert ("name" in shelf) == named
    assert library.source.reads < 12


@pytest.mark.parametrize(
    "document",
    [
        "{ farShelf { name } }",
        "{ otherShelf { name } }",
        "{ shelf { name } otherShelf { name } }",
        "{ shelf { books { title reader } } }",
        "{ shelf { books { beginning(letters: 2) } } }",
        "{ shelf { name books { torn } } }",
    ],
)
async def test_what_may_depend_on_more_than_the_source_is_worked_out_each_time(
    library: Library, document: str
) -> None:
    answers = [(await library.post(document, "ADMIN")).json() for _ in range(5)]
    assert library.source.reads >= 5
    assert len(library.edge.answers) == 0
    assert answers == answers[:1] * 5


async def test_a_field_for_some_roles_is_refused_to_the_others_however_often_it_is_asked_for(
    library: Library,
) -> None:
    for _ in range(3):
        assert await library.ask("{ lockedShelf { name } }", "ADMIN") == {
            "lockedShelf": {"name": "at most 9"}
        }
        refused = (await library.post("{ lockedShelf { name } }", "CONSUMER")).json()
        assert [error["extensions"]["code"] for error in refused["errors"]] == ["NOT_ALLOWED"]


class TestWhereTheSchemaIsHiddenFromTheAnonymous:
    """As in production."""

    @pytest.fixture
    def policy(self, settings: Settings) -> SchemaPolicy:
        return SchemaPolicy.of(settings.model_copy(update={"environment": Environment.PRODUCTION}))

    async def test_a_document_that_only_some_may_run_is_not_kept(self, library: Library) -> None:
        document = "query A { shelf { name } } query B { __schema { description } }"
        asked = {"query": document, "operationName": "A"}
        for _ in range(3):
            signed_in = await library.client.post("/graphql", json=asked, headers={"authorization": "ADMIN"})
            assert signed_in.json() == {"data": {"shelf": {"name": "at most 9"}}}
            anonymous = await library.client.post("/graphql", json=asked)
            assert [error["extensions"]["code"] for error in anonymous.json()["errors"]] == [
                "INTROSPECTION_OFF"
            ]

    async def test_what_all_may_run_is_kept_for_all(self, library: Library) -> None:
        for token in ("ADMIN", "ADMIN", None, None, "ADMIN"):
            assert await library.ask("{ __typename }", token) == {"__typename": "Query"}
        assert len(library.edge.answers) == 1


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_each_answer_counts_against_the_limit_and_in_the_metrics(library: Library) -> None:
    def counts() -> list[float]:
        named = {"operation": "shelf", "kind": "query"}
        return [
            counted("navswap_answer_cache_total", outcome="hit"),
            counted("navswap_operations_total", **named, outcome="ok"),
            counted("navswap_operation_seconds_count", **named),
        ]

    before = counts()
    remaining = [int((await library.post(LIST)).headers["ratelimit-remaining"]) for _ in range(20)]
    assert remaining == list(range(LEFT - 1, LEFT - 21, -1))
    assert [after - earlier for after, earlier in zip(counts(), before, strict=True)] == [18, 20, 20]


async def test_a_limit_that_is_spent_refuses_a_cached_answer(library: Library) -> None:
    statuses = [(await library.post(LIST)).status_code for _ in range(LEFT + 2)]
    assert statuses == [200] * LEFT + [429] * 2
    assert library.at_once(LIST) is None


async def test_an_answer_at_once_is_the_answer_of_the_ordinary_way(library: Library) -> None:
    ordinary = [await library.post(LIST) for _ in range(8)][-1]
    found = library.at_once(LIST)
    assert found is not None
    lines, body = found
    headers = dict(line.split(": ", 1) for line in lines.decode().splitlines())
    assert body == ordinary.content
    assert headers == dict(ordinary.headers) | {
        "ratelimit-remaining": str(int(ordinary.headers["ratelimit-remaining"]) - 1),
        "ratelimit-reset": headers["ratelimit-reset"],
    }


@pytest.mark.parametrize(
    ("document", "headers"),
    [
        ("{ otherShelf { name } }", {}),
        (LIST, {"content_type": "text/plain"}),
        (LIST, {"content_encoding": "gzip"}),
    ],
)
async def test_what_has_to_be_worked_out_or_refused_is_not_answered_at_once(
    library: Library, document: str, headers: dict[str, str]
) -> None:
    for _ in range(8):
        await library.post(document)
    before = int((await library.post(document)).headers["ratelimit-remaining"])
    assert library.at_once(document, **headers) is None
    assert int((await library.post(document)).headers["ratelimit-remaining"]) == before - 1


async def test_a_change_ends_answers_at_once(library: Library) -> None:
    for _ in range(8):
        await library.post(LIST)
    assert library.at_once(LIST) is not None
    library.source.change("Wood")
    assert library.at_once(LIST) is None


@pytest.mark.parametrize("accept", ["application/json", GRAPHQL_RESPONSE])
async def test_each_client_gets_the_form_that_it_takes(library: Library, accept: str) -> None:
    library.source.change(*(f"Book number {number}" for number in range(200)))
    document = LIST.replace("shelf", "shelf(first: 200)")
    plain = [await library.post(document, accept=accept) for _ in range(3)]
    packed = [await library.post(document, accept=accept, accept_encoding="gzip") for _ in range(3)]
    assert len({answer.content for answer in (*plain, *packed)}) == 1
    for answer in plain:
        assert "content-encoding" not in answer.headers
        assert int(answer.headers["content-length"]) == len(answer.content)
    for answer in packed:
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < len(answer.content) / 2
    assert {answer.headers["vary"] for answer in (*plain, *packed)} == {"accept-encoding"}
    assert {answer.headers["content-type"] for answer in (*plain, *packed)} == {f"{accept}; charset=utf-8"}
    assert library.source.reads == 2


# What the cache holds


async def cached_answers(library: Library, sizes: list[int]) -> list[CachedAnswer]:
    """Return answers of so many bytes, with the measures of a real operation."""
    for _ in range(2):
        await library.ask(LIST)
    known = library.edge.schema.documents.find(LIST)
    assert known is not None
    return [
        CachedAnswer(b"%d" % number, b"x" * size, known.ready[None], Versions(()))
        for number, size in enumerate(sizes)
    ]


async def test_the_cache_keeps_what_was_asked_for_last_within_its_bytes(library: Library) -> None:
    cache = AnswerCache(most_bytes=1_000)
    first, second, third, fourth = await cached_answers(library, [300, 300, 300, 300])
    for cached in (first, second, third):
        cache.keep(cached)
    cache.use(first, 0.0)
    cache.keep(fourth)
    assert [cache.find(cached.request) for cached in (first, second, third, fourth)] == [
        first,
        None,
        third,
        fourth,
    ]
    assert cache.size == sum(cached.size for cached in (first, third, fourth)) <= 1_000


async def test_the_cache_has_at_most_so_many_answers(library: Library) -> None:
    cache = AnswerCache(most_answers=5)
    for cached in await cached_answers(library, [10] * 20):
        cache.keep(cached)
    assert len(cache) == 5
    assert cache.find(b"14") is None
    assert cache.find(b"15") is not None


async def test_an_answer_that_is_too_large_is_not_kept(library: Library) -> None:
    cache = AnswerCache()
    (large,) = await cached_answers(library, [LARGEST + 1])
    cache.keep(large)
    assert (len(cache), cache.size) == (0, 0)


async def test_compressed_forms_count_as_bytes_of_the_cache(library: Library) -> None:
    cache = AnswerCache()
    (cached,) = await cached_answers(library, [5_000])
    cache.keep(cached)
    forms = [
        cache.form_of(cached, media_type, b"gzip") for media_type in ("application/json", GRAPHQL_RESPONSE)
    ]
    plain = cache.form_of(cached, "application/json", b"")
    assert [gzip.decompress(form.body) for form in forms] == [plain.body] * 2
    assert cache.size == cached.size == 1 + 5_000 + sum(len(form.body) for form in forms)
    cache.keep((await cached_answers(library, [7]))[0])
    assert cache.size == 1 + 7
