"""Keyed requests on a real MongoDB."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.infra.idempotency import Idempotency, IdempotencyConflictError, KeyedRequest
from navswap.infra.mongo import Session
from navswap.kit.errors import InvalidInputError, NavSwapError
from navswap.runtime import Runtime

REQUEST = KeyedRequest("rider", "confirmQueue", "k1", {"station": "s1"})


class SoldOutError(NavSwapError):
    code = "SOLD_OUT"


@pytest.fixture
def idempotency(runtime: Runtime) -> Idempotency:
    return Idempotency(runtime.mongo, runtime.clock)


async def test_a_repeated_request_is_carried_out_once(idempotency: Idempotency) -> None:
    runs: list[int] = []

    async def work(_session: Session) -> str:
        runs.append(1)
        return f"entry-{len(runs)}"

    assert [await idempotency.once(REQUEST, work) for _ in range(3)] == ["entry-1"] * 3
    assert len(runs) == 1


async def test_a_key_that_was_used_for_something_else_is_refused(idempotency: Idempotency) -> None:
    async def work(_session: Session) -> str:
        return "entry"

    await idempotency.once(REQUEST, work)
    other = KeyedRequest("rider", "confirmQueue", "k1", {"station": "s2"})
    with pytest.raises(IdempotencyConflictError):
        await idempotency.once(other, work)
    elsewhere = KeyedRequest("other rider", "confirmQueue", "k1", {"station": "s2"})
    assert await idempotency.once(elsewhere, work) == "entry"


async def test_a_refused_request_leaves_its_key_free(idempotency: Idempotency) -> None:
    async def refuse(_session: Session) -> str:
        raise SoldOutError("none left")

    async def work(_session: Session) -> str:
        return "entry"

    with pytest.raises(SoldOutError):
        await idempotency.once(REQUEST, refuse)
    assert await idempotency.find_answer(REQUEST) is None
    assert await idempotency.once(REQUEST, work) == "entry"


async def test_twins_of_a_request_get_one_answer(runtime: Runtime, idempotency: Idempotency) -> None:
    numbers = iter(range(100))

    async def work(session: Session) -> str:
        await runtime.mongo.database["test_twins"].insert_one({"_id": next(numbers)}, session=session)
        await asyncio.sleep(0)
        return f"entry-{next(numbers)}"

    try:
        answers = await asyncio.gather(*(idempotency.once(REQUEST, work) for _ in range(10)))
        assert len(set(answers)) == 1
        assert await runtime.mongo.database["test_twins"].count_documents({}) == 1
    finally:
        await runtime.mongo.database["test_twins"].drop()


async def test_what_a_twin_took_is_no_refusal(idempotency: Idempotency) -> None:
    """The last pack went to the twin of this request: its answer is the answer to both."""

    async def take_the_last(session: Session) -> str:
        del session
        await idempotency.once(REQUEST, answer)
        raise SoldOutError("none left")

    async def answer(_session: Session) -> str:
        return "the twin's"

    assert await idempotency.once(REQUEST, take_the_last) == "the twin's"


@pytest.mark.parametrize("key", ["", "x" * 101])
def test_a_key_has_1_to_100_characters(key: str) -> None:
    with pytest.raises(InvalidInputError, match="characters"):
        KeyedRequest("rider", "confirmQueue", key, {})


PARTS = st.tuples(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))


@given(PARTS, PARTS)
def test_different_requests_never_share_a_record(
    first: tuple[str, str, str], second: tuple[str, str, str]
) -> None:
    one, other = (KeyedRequest(who, what, f"{key}k", {}) for who, what, key in (first, second))
    assert (one.id == other.id) == (first == second)
