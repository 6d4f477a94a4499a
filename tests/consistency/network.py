"""A small network that has worked, for corruptions to be planted in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.events.outbox import OutboxEvent, envelope_of
from navswap.features.credits.reactions import reactions
from navswap.features.credits.service import CreditsServices
from navswap.features.energy.service import EnergyServices
from navswap.features.logistics.service import LogisticsServices, ScannedPack
from navswap.features.network.service import FleetAction
from navswap.features.packs.service import Place, PlaceKind
from navswap.features.partners.service import PartnersServices
from navswap.features.procurement.service import ProcurementServices
from navswap.features.staffing.service import StaffingServices
from navswap.features.swapping.domain.values import Swap
from navswap.features.swapping.events import SwapCompleted
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.features.users.domain.values import SignInSession
from navswap.features.users.service import User
from navswap.features.users.storage import Sessions
from navswap.infra.lease import Lease
from navswap.infra.mongo import Session
from navswap.kit.clock import ManualClock
from navswap.kit.geo import Point
from navswap.kit.ids import new_id
from navswap.runtime import DOCUMENTS, Runtime
from tests.factories.energy import a_charging_station
from tests.factories.faults import a_ticket
from tests.factories.fleet import ordered
from tests.factories.logistics import a_job, a_transporter, packs_at, taken
from tests.factories.network import a_pack, a_rider, a_station
from tests.factories.partners import a_request, a_shop, agreed
from tests.factories.procurement import a_proposal
from tests.factories.staffing import a_staff_member, asked
from tests.factories.traffic import vehicles_drive
from tests.factories.users import a_user
from tests.features.swapping.steps import confirm, principal, verify


@dataclass(frozen=True)
class Network:
    """A small network that has worked, and the ids of what a corruption can hit."""

    runtime: Runtime
    station: str
    waiting: str
    fulfilled: str
    swap: str
    handed_out: str
    rider: str
    paid_job: str
    moving_job: str
    ticket: str
    compensated: str
    order: str
    assignment: str
    charging: str
    bonus: str
    recalled: str

    def now(self) -> datetime:
        """Return the moment at which the check looks."""
        return self.runtime.clock.now()

    def wait(self, span: timedelta) -> None:
        """Let time pass in which nothing happens."""
        assert isinstance(self.runtime.clock, ManualClock)
        self.runtime.clock.advance(span)


@dataclass(frozen=True)
class Kept:
    """A network as it was built: its documents and the digest of each collection, and the moment."""

    network: Network
    documents: Mapping[str, list[dict[str, Any]]]
    digests: Mapping[str, str]
    moment: datetime

    @classmethod
    async def of(cls, network: Network) -> "Kept":
        """Remember a network; building one takes a hundred times as long as writing back what has changed of it."""
        found = {kind: await kind.collection().find().to_list() for kind in DOCUMENTS}
        kept = {kind.get_collection_name(): rows for kind, rows in found.items() if rows}
        return cls(network, kept, await _digests(network.runtime), network.now())

    async def restored(self, runtime: Runtime) -> Network:
        """Write back each collection that is not as it was, at the moment of the network."""
        found = await _digests(runtime)
        for name in found.keys() | self.digests.keys():
            if found.get(name) != self.digests.get(name):
                collection = runtime.mongo.database[name]
                await collection.delete_many({})
                if documents := self.documents.get(name):
                    await collection.insert_many(documents)
        network = replace(self.network, runtime=runtime)
        network.wait(self.moment - network.now())
        return network


async def _digests(runtime: Runtime) -> dict[str, str]:
    """Return what MongoDB makes of the documents of each collection; the same documents, the same digest."""
    stored = {kind.get_collection_name() for kind in DOCUMENTS}
    answer = await runtime.mongo.database.command("dbHash")
    return {name: digest for name, digest in answer["collections"].items() if name in stored}


async def a_network(runtime: Runtime, clock: ManualClock) -> Network:
    """One rider has swapped, one waits, one has cancelled, one never came; somebody was paid and signed in.

    A transporter has delivered a part of a job, and has another one on board. A shop was paid for a night, a depot got
    a part of an order, somebody of the staff is on the way, a station charges, a rider earned a bonus.
    """
    await a_storing_shop(runtime)
    clock.advance(timedelta(days=1))
    assert await PartnersServices.of(runtime).fees.pay_due() == 1
    station = await a_station(runtime, charged=4, charging=2, faulty=1)
    (first, pack), (late, _), (waiting, _), (absent, _) = [await a_rider() for _ in range(4)]
    assert pack is not None
    entry = await confirm(runtime, first.id, station)
    await verify(runtime, entry, station)
    swap = await SwappingServices.of(runtime).swaps.complete(entry.id, "staff-1", ReturnedPack(pack.id, 8.0))
    cancelled = await confirm(runtime, late.id, station)
    await SwappingServices.of(runtime).holds.cancel(cancelled.id, late.id)
    await confirm(runtime, absent.id, station)
    clock.advance(timedelta(minutes=21))
    assert await SwappingServices.of(runtime).holds.lapse_due() == 1
    active = await confirm(runtime, waiting.id, station)
    credit = CreditsServices.of(runtime).credits
    admin = principal("admin", Role.ADMIN, clock.now())
    await credit.adjust(first.id, 30, "Goodwill", new_id(), admin)
    await credit.adjust(first.id, -10, "Correction", new_id(), admin)
    await a_session(await a_user(Role.ADMIN), clock.now())
    await vehicles_drive(runtime, 20.0)
    paid_job, moving_job = await two_jobs(runtime)
    ticket, compensated = await a_broken_promise(runtime)
    assert await Lease("work-of-a-worker", timedelta(minutes=1)).take()
    published = {"$unset": {"pending": ""}, "$set": {"published_at": clock.now()}}
    await OutboxEvent.collection().update_many({}, published)
    return Network(
        runtime=runtime,
        station=station.id,
        waiting=active.id,
        fulfilled=entry.id,
        swap=swap.id,
        handed_out=swap.packs_out[0].serial_number,
        rider=first.id,
        paid_job=paid_job,
        moving_job=moving_job,
        ticket=ticket,
        compensated=compensated,
        order=await an_order(runtime),
        assignment=await somebody_on_the_way(runtime),
        charging=await a_station_that_charges(runtime),
        bonus=(await a_bonus(runtime)).id,
        recalled=(await ordered(runtime, FleetAction.RECALL, (await packs_at(runtime, station))[-1])).changed[
            0
        ],
    )


async def an_order(runtime: Runtime) -> str:
    """Let a depot get two of three packs that it has ordered."""
    procurement, admin = (
        ProcurementServices.of(runtime).orders,
        principal("admin", Role.ADMIN, runtime.clock.now()),
    )
    order = await a_proposal(runtime, packs=3)
    await procurement.approve(order.id, admin, 3, "")
    await procurement.receive(order.id, admin, [f"N-{new_id()}" for _ in range(2)])
    return order.id


async def somebody_on_the_way(runtime: Runtime) -> str:
    """Let somebody accept to go to another station."""
    home, target = await a_station(runtime), await a_station(runtime)
    person = await a_staff_member(runtime, home)
    assignment = await asked(runtime, person.id, home.id, target.id)
    return (await StaffingServices.of(runtime).assignments.accept(assignment.id, person.id)).id


async def a_station_that_charges(runtime: Runtime) -> str:
    """Let a station plan how it charges."""
    station = await a_charging_station(runtime)
    charging = EnergyServices.of(runtime).charging
    await EnergyServices.of(runtime).stations.register_all()
    while await charging.plan_due():
        pass
    return station.id


async def a_bonus(runtime: Runtime) -> Swap:
    """Let a rider bring an empty pack where all slots are full, and be paid for it."""
    station = await a_station(runtime, charged=6, slot_count=6)
    rider, pack = await a_rider()
    assert pack is not None
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    swap = await SwappingServices.of(runtime).swaps.complete(entry.id, "staff-1", ReturnedPack(pack.id, 8.0))
    assert swap.bonus_credits > 0
    told = await OutboxEvent.collection().find_one(
        {"envelope.type": SwapCompleted.type, "envelope.payload.swap.id": swap.id}
    )
    assert told is not None
    [pay] = reactions(CreditsServices.of(runtime).credits)[SwapCompleted.type]

    async def work(session: Session) -> None:
        await pay(envelope_of(told), session)

    await runtime.mongo.in_transaction(work)
    return swap


async def a_broken_promise(runtime: Runtime) -> tuple[str, str]:
    """Let the only pack of a station far from others fail under a hold; returns the ticket and the entry."""
    station = await a_station(runtime, charged=1, point=Point(120.2, 23.0))
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    ticket = await a_ticket(runtime, station, evse_id=entry.packs[0].evse_id)
    return ticket.id, entry.id


async def two_jobs(runtime: Runtime) -> tuple[str, str]:
    """Let a transporter deliver one of two packs, and pick up those of another job."""
    origin, target = await a_station(runtime, charged=6), await a_station(runtime, charged=0)
    transporter = await a_transporter(runtime)
    custody = LogisticsServices.of(runtime).custody
    paid, moving = [
        await a_job(runtime, origin, target, packs=packs, reward_credits=3_000) for packs in (2, 3)
    ]
    packs = await packs_at(runtime, origin)
    await taken(runtime, paid)
    await custody.pick_up(paid.id, transporter.id, packs[:1])
    await custody.deliver(paid.id, transporter.id, [ScannedPack(packs[0])])
    await taken(runtime, moving)
    await custody.pick_up(moving.id, transporter.id, packs[1:3])
    return paid.id, moving.id


async def a_storing_shop(runtime: Runtime) -> tuple[str, str]:
    """Let a shop accept two packs and get one; returns the ids of the shop and of the pack."""
    shop, requests = await a_shop(), PartnersServices.of(runtime).requests
    request = await a_request(runtime, shop, 2)
    await requests.accept(request.id, shop.owner_id)
    driver = await a_user(Role.TRANSPORTER)
    place = Place(kind=PlaceKind.TRANSPORTER, holder_id=driver.id)
    pack = await a_pack(place)
    await requests.receive(
        request.id, shop.owner_id, [pack.id], await agreed(runtime, shop, transporter_id=driver.id)
    )
    assert await LogisticsServices.of(runtime).trips.follow_due() == 1
    return shop.id, pack.id


async def a_session(user: User, now: datetime) -> None:
    session = SignInSession(
        id=new_id(),
        user_id=user.id,
        secret_fingerprint="f",
        started_at=now,
        expires_at=now + timedelta(days=30),
    )
    await Sessions.insert_all([session])
