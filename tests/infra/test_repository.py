"""Values in a real MongoDB: stored once declared, changed under the revision that the decision was made on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

import pytest
from beanie import init_beanie
from prometheus_client import REGISTRY
from pydantic import ValidationError
from pymongo.errors import DuplicateKeyError

from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository
from navswap.kit.lifecycle import Transition, unchanged
from navswap.kit.units import Percent
from navswap.runtime import Runtime

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Glow(StrEnum):
    DARK = "DARK"
    BRIGHT = "BRIGHT"


@dataclass(frozen=True, slots=True)
class Bulb:
    watts: float


@dataclass(frozen=True, slots=True)
class Lamp:
    id: str
    glow: Glow = Glow.DARK
    bulbs: tuple[Bulb, ...] = ()
    lit_at: datetime | None = None
    level: Percent = 0.0
    revision: int = 1


class LampDocument(Stored):
    class Settings:
        name = "test_lamps"


class Lamps(Repository[Lamp]):
    document = LampDocument
    value = Lamp


@pytest.fixture(autouse=True)
async def _collection(runtime: Runtime) -> AsyncIterator[None]:
    await init_beanie(runtime.mongo.database, document_models=[LampDocument])
    yield
    await LampDocument.collection().drop()


def lit(lamp: Lamp) -> Transition[Lamp]:
    return Transition(lamp, replace(lamp, glow=Glow.BRIGHT, lit_at=NOON, revision=lamp.revision + 1))


async def store(runtime: Runtime, *transitions: Transition[Lamp]) -> None:
    await runtime.mongo.in_transaction(lambda session: Lamps.apply_all(transitions, session))


async def test_a_value_comes_back_as_it_was_stored(runtime: Runtime) -> None:
    lamp = Lamp("l1", Glow.BRIGHT, (Bulb(4.5), Bulb(7)), NOON, 12.5)
    await runtime.mongo.in_transaction(lambda session: Lamps.insert(lamp, session))
    assert await Lamps.find("l1") == lamp
    assert await Lamps.find("l2") is None
    assert await Lamps.find_by_ids(["l2", "l1"]) == {"l1": lamp}


async def test_a_transition_is_stored_once_and_a_second_on_the_same_revision_runs_again(
    runtime: Runtime,
) -> None:
    await store(runtime, Transition(None, Lamp("l1")))
    runs: list[int] = []

    async def work(session: Session) -> Lamp:
        known = await Lamps.find("l1", None if not runs else session)
        assert known is not None
        if not runs:  # another process is quicker
            await store(runtime, lit(known))
        runs.append(known.revision)
        return await Lamps.apply(lit(known), session)

    changed = await runtime.mongo.in_transaction(work)
    assert runs == [1, 2]
    assert await Lamps.find("l1") == changed == Lamp("l1", Glow.BRIGHT, lit_at=NOON, revision=3)


async def test_many_transitions_are_stored_together_or_not_at_all(runtime: Runtime) -> None:
    first, second = Lamp("l1"), Lamp("l2")
    await Lamps.insert_all([first, second])
    await store(runtime, lit(first), unchanged(second), Transition(None, Lamp("l3")))
    assert [lamp.glow for lamp in await Lamps.list_newest({}, before=None, limit=9)] == [
        Glow.DARK,
        Glow.DARK,
        Glow.BRIGHT,
    ]
    with pytest.raises(DuplicateKeyError):
        await store(runtime, lit(second), Transition(None, Lamp("l3")))
    assert await Lamps.find("l2") == second


async def test_a_value_is_inserted_once(runtime: Runtime) -> None:
    assert await Lamps.insert_missing([Lamp("l1"), Lamp("l2")]) == 2
    assert await Lamps.insert_missing([Lamp("l2", Glow.BRIGHT), Lamp("l3")]) == 1
    assert (await Lamps.find("l2")) == Lamp("l2")
    with pytest.raises(DuplicateKeyError):
        await runtime.mongo.in_transaction(lambda session: Lamps.insert(Lamp("l1"), session))


async def test_pages_go_from_new_to_old(runtime: Runtime) -> None:
    del runtime
    await Lamps.insert_all([Lamp(f"l{number}") for number in range(5)])
    page = await Lamps.list_newest({"glow": Glow.DARK}, before="l3", limit=2)
    assert [lamp.id for lamp in page] == ["l2", "l1"]


async def test_a_stored_value_out_of_bounds_is_refused(runtime: Runtime) -> None:
    await Lamps.insert_all([Lamp("l1")])
    await runtime.mongo.database["test_lamps"].update_one({"_id": "l1"}, {"$set": {"level": 101}})
    with pytest.raises(ValidationError, match="level"):
        await Lamps.find("l1")


async def test_a_document_that_cannot_be_read_is_left_out_of_lists_and_counted(runtime: Runtime) -> None:
    del runtime
    await Lamps.insert_all([Lamp("good"), Lamp("later")])
    await Lamps.collection().insert_one({"_id": "bad", "glow": "PURPLE"})
    before = left_out()
    assert [lamp.id for lamp in await Lamps.list_where({})] == ["good", "later"]
    assert set(await Lamps.find_by_ids(["bad", "good"])) == {"good"}
    assert left_out() - before == 2
    with pytest.raises(ValidationError):
        await Lamps.find("bad")


def left_out() -> float:
    return (
        REGISTRY.get_sample_value("navswap_unreadable_documents_total", {"collection": "test_lamps"}) or 0.0
    )
