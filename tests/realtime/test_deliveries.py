"""A fact is done when every group that reacts to it has worked on it, whatever Kafka has forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from navswap.events.consumer import FactConsumer
from navswap.events.dead_letters import DeadEvent, dead_letter_envelope, drop
from navswap.events.deliveries import Deliveries, Sweep
from navswap.events.envelope import Envelope
from navswap.events.outbox import OutboxEvent, envelope_of
from navswap.events.relay import Relay
from navswap.features.credits.service import CreditsServices
from navswap.features.swapping.events import SwapCompleted
from navswap.infra.jobs import BackgroundJobs
from navswap.infra.mongo import Session
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, prepare_topics
from navswap.worker import fact_consumers, groups_that_react, streams
from tests.factories.network import a_station
from tests.features.credits.test_bonus import a_swap
from tests.realtime.streams import Counted, drained
from tests.support.api import PATIENCE_SECONDS
from tests.support.outbox import OUTBOX

pytestmark = pytest.mark.streams

GROUPS = {Counted.type: ["payers", "counters"]}


def relay_of(runtime: Runtime) -> Relay:
    return Relay(runtime.settings, runtime.mongo.database, runtime.producer, runtime.clock, GROUPS)


async def published(runtime: Runtime) -> Envelope:
    """Publish a fact that two groups react to, and let Kafka have it."""

    async def work(session: Session) -> None:
        fact = Counted(counter=new_id(), value=1)
        await OUTBOX.publish(session, runtime.clock.now(), fact)

    await runtime.mongo.in_transaction(work)
    assert await drained(relay_of(runtime)) == 1
    [stored] = await OutboxEvent.collection().find().to_list()
    return envelope_of(stored)


async def works(runtime: Runtime, group: str, envelope: Envelope, worked: list[str] | None = None) -> str:
    """Let a group work on an event, as if Kafka had handed it over."""

    async def react(seen: Envelope, _session: Session) -> None:
        if worked is not None:
            worked.append(f"{group} {seen.id}")

    consumer = FactConsumer(
        runtime.settings, runtime.mongo, runtime.clock, group, ("swapping",), {Counted.type: [react]}
    )
    return await consumer.handle_once(envelope)


async def state(envelope: Envelope) -> tuple[bool, list[str] | None, bool]:
    """Return whether an event is pending, who awaits it, and whether it is done."""
    stored = await OutboxEvent.collection().find_one({"_id": envelope.id})
    assert stored is not None
    return "pending" in stored, stored.get("awaited"), "published_at" in stored


async def test_an_event_is_done_once_all_groups_have_worked_on_it(
    runtime: Runtime, clock: ManualClock
) -> None:
    envelope = await published(runtime)
    deliveries = Deliveries(clock)
    assert await state(envelope) == (False, ["payers", "counters"], False)
    await works(runtime, "payers", envelope)
    assert await deliveries.sweep(relayed_before=clock.now()) == Sweep(awaited=1)
    await works(runtime, "counters", envelope)
    assert await deliveries.sweep(relayed_before=clock.now()) == Sweep(done=1)
    assert await state(envelope) == (False, None, True)
    assert await deliveries.sweep(relayed_before=clock.now()) == Sweep()


async def test_what_a_group_has_not_worked_on_is_published_again_and_works_once(
    runtime: Runtime, clock: ManualClock
) -> None:
    envelope = await published(runtime)
    worked: list[str] = []
    await works(runtime, "payers", envelope, worked)
    clock.advance(timedelta(seconds=1))
    assert await Deliveries(clock).sweep(relayed_before=clock.now()) == Sweep(resent=1)
    assert await state(envelope) == (True, None, False)
    assert await drained(relay_of(runtime)) == 1
    assert await works(runtime, "payers", envelope, worked) == "repeated"
    assert await works(runtime, "counters", envelope, worked) == "done"
    assert await Deliveries(clock).sweep(relayed_before=clock.now()) == Sweep(done=1)
    assert worked == [f"payers {envelope.id}", f"counters {envelope.id}"]


async def test_a_dead_letter_is_left_to_a_person_and_not_published_again(
    runtime: Runtime, clock: ManualClock
) -> None:
    envelope = await published(runtime)
    await works(runtime, "payers", envelope)
    await dead_letter_envelope("counters", envelope, "no such counter", clock.now())
    clock.advance(timedelta(days=1))
    assert await Deliveries(clock).sweep(relayed_before=clock.now()) == Sweep(done=1)


async def test_a_dropped_dead_letter_is_not_published_again(runtime: Runtime, clock: ManualClock) -> None:
    envelope = await published(runtime)
    await works(runtime, "payers", envelope)
    await dead_letter_envelope("counters", envelope, "no such counter", clock.now())
    [dead] = await DeadEvent.find_all().to_list()
    await drop(dead, runtime.mongo, clock.now())
    clock.advance(timedelta(days=1))
    assert await Deliveries(clock).sweep(relayed_before=clock.now()) == Sweep(done=1)


async def test_an_orderly_stop_waits_for_what_is_under_way(runtime: Runtime, clock: ManualClock) -> None:
    deliveries = Deliveries(clock)
    assert await deliveries.drain(within_seconds=60)
    envelope = await published(runtime)
    assert not await deliveries.drain(within_seconds=0.2)
    for group in GROUPS[Counted.type]:
        await works(runtime, group, envelope)
    assert await deliveries.drain(within_seconds=60)
    assert await state(envelope) == (False, None, True)


async def test_a_worker_that_starts_on_an_empty_kafka_pays_the_bonuses_that_the_old_one_lost(
    runtime: Runtime, clock: ManualClock
) -> None:
    """Another prefix of topics is a broker that has forgotten everything, the offsets of the groups included."""
    swap = await a_swap(runtime, await a_station(runtime, charged=8, slot_count=12))
    groups = groups_that_react(fact_consumers(runtime))
    assert {"credits", "energy", "logistics"} <= set(groups[SwapCompleted.type])
    lost = Relay(runtime.settings, runtime.mongo.database, runtime.producer, clock, groups)
    assert await drained(lost) > 0
    ledger = CreditsServices.of(runtime).credits
    assert (await ledger.balance(swap.rider_id)).balance == 0
    emptied = runtime.settings.model_copy(update={"kafka_topic_prefix": f"t{new_id().lower()}."})
    restarted = replace(runtime, settings=emptied)
    await prepare_topics(emptied)
    clock.advance(timedelta(minutes=1))
    async with BackgroundJobs(*streams(restarted, fact_consumers(restarted))):
        assert await Deliveries(clock).drain(within_seconds=PATIENCE_SECONDS)
    assert (await ledger.balance(swap.rider_id)).balance == swap.bonus_credits
