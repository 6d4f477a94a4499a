"""A slice that only the tests know is added to a list of slices, and all of it is there: `docs/adding.md` as a test."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from navswap.auth.roles import Role
from navswap.composition import check
from navswap.events.outbox import OutboxEvent, envelope_of
from navswap.features.swapping.slice import SLICE as SWAPPING
from navswap.features.users.service import UsersServices
from navswap.features.users.slice import SLICE as USERS
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, open_runtime, prepare_topics
from navswap.schema import build_schema
from navswap.services import MissingServicesError
from navswap.settings import Settings
from navswap.slice import all_topics, topics_of
from navswap.worker import fact_consumers, schedule
from tests.architecture.notices.service import NoticesServices
from tests.architecture.notices.slice import SLICE as NOTICES
from tests.architecture.notices.storage import Notice
from tests.factories.users import a_user
from tests.support.api import Api, live, running
from tests.support.runtime import forget_redis

SLICES = (USERS, NOTICES)
POST = """
mutation Post($text: String!) {
  postNotice(input: {text: $text}) {
    __typename
    ... on PostNoticePayload { notice { id text author } }
    ... on InvalidInput { field }
  }
}
"""


@pytest_asyncio.fixture
async def runtime(database: Settings, clock: ManualClock) -> AsyncIterator[Runtime]:
    """A runtime of two slices, with an empty board."""
    async with open_runtime(database, clock, build_indexes=False, slices=SLICES) as opened:
        await prepare_topics(database, SLICES)
        for document in (Notice, OutboxEvent):
            await document.collection().delete_many({})
        await forget_redis(opened)
        await opened.producer.wait_until_connected()
        yield opened


async def an_admins_token(runtime: Runtime) -> str:
    admin = await a_user(Role.ADMIN)
    return runtime.access_tokens.issue(admin.id, admin.role, new_id())[0]


def test_the_schema_has_the_fields_of_the_slices_of_its_list_and_no_others() -> None:
    schema = build_schema(slices=SLICES)._schema
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    assert [set(root.fields) if root else set() for root in roots] == [
        {"node", "me", "notices"},
        {"signIn", "refreshSession", "signOut", "changeUserRole", "postNotice"},
        {"noticesChanged"},
    ]


def test_its_topic_is_among_those_that_the_worker_creates() -> None:
    assert all_topics(SLICES) == ("users", "notices")


def test_a_slice_above_what_it_is_built_on_is_found_out_before_anything_is_opened() -> None:
    with pytest.raises(MissingServicesError, match=r"slice notices uses UsersServices"):
        check((NOTICES, USERS))


def test_a_list_without_a_lower_slice_names_both() -> None:
    with pytest.raises(
        MissingServicesError, match=r"slice swapping uses \w+Services in navswap\.features\.swapping"
    ):
        check((USERS, SWAPPING))


def test_a_reaction_to_what_no_slice_publishes_is_refused() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        topics_of(["users.session.ended", "nowhere.thing.happened"], SLICES)


async def test_its_services_are_typed_attributes_of_the_process(runtime: Runtime) -> None:
    posted = await NoticesServices.of(runtime).notices.post("Hello", "nobody")
    assert [notice.id for notice in await NoticesServices.of(runtime).notices.list_all()] == [posted.id]


@pytest.mark.streams
async def test_its_query_its_mutation_its_nodes_and_its_stream_work(runtime: Runtime) -> None:
    token = await an_admins_token(runtime)
    async with (
        running(runtime, relay=True) as address,
        Api(address, token) as api,
        live(address, None) as client,
    ):
        board = await client.subscribe(
            "subscription { noticesChanged { __typename ... on NoticesSnapshot { notices { text } } "
            "... on NoticesUpdate { sequence notice { text } } } }"
        )
        assert await board.next() == {"__typename": "NoticesSnapshot", "notices": []}
        posted = (await api.ask(POST, text="Closed on Sunday"))["notice"]
        assert await board.next() == {
            "__typename": "NoticesUpdate",
            "sequence": 1,
            "notice": {"text": "Closed on Sunday"},
        }
        assert await api.ask("{ notices { id text author } }") == [posted]
        found = await api.ask("query($id: ID!) { node(id: $id) { ... on Notice { text } } }", id=posted["id"])
        assert found == {"text": "Closed on Sunday"}
        assert await api.ask(POST, text="") == {"__typename": "InvalidInput", "field": "input.text"}


async def test_its_reaction_and_its_schedule_run_in_the_worker(runtime: Runtime, clock: ManualClock) -> None:
    notices, users = NoticesServices.of(runtime).notices, UsersServices.of(runtime).users
    await users.add("poster@example.test", "Poster", Role.STAFF, "a long password")
    session = await users.sign_in("poster@example.test", "a long password")
    principal = runtime.access_tokens.read(session.access_token)
    await notices.post("Withdrawn when the session ends", principal.user_id)
    kept = await notices.post("Stands for a week", "nobody")
    await users.sign_out(principal.session_id)
    [consumer] = fact_consumers(runtime)
    [ended] = await OutboxEvent.find({"envelope.type": "users.session.ended"}).to_list()
    assert await consumer.handle_once(envelope_of(ended.model_dump(by_alias=True))) == "done"
    assert [notice.id for notice in await notices.list_all()] == [kept.id]
    clock.advance(timedelta(days=8))
    for scheduled in schedule(runtime):
        await scheduled.work()
    assert await notices.list_all() == []
