"""The script of the day: what happens in which hour, beside the riders who come in all of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.e2e.day import faults, fleet, races, riders, staff, stations, storage, transport
from tests.e2e.day.people import Person
from tests.e2e.day.town import Town

HOUR = timedelta(hours=1)

LIVE = """{
  adminLive {
    packs {
      charged held charging faulty blocked withRiders inShops withTransporters inDepots
    }
    queues { onTheWay }
    events { pending deadLettered }
  }
}"""


@dataclass
class Day:
    """What one scene leaves for a later one."""

    town: Town
    ticket: str = ""
    hot_ticket: str = ""
    storage: str = ""
    forgotten: str = ""
    carrier: Person = field(init=False)
    stranded: str = ""

    async def first_trips(self) -> None:
        """06: a rush at the market; the depot orders; a plan of the schedule is carried out."""
        await staff.are_sent_into_a_rush(self.town)
        await storage.order_packs(self.town)
        await transport.are_raced_for(self.town)

    async def more_trips(self) -> None:
        """07: the next transports fail in the ways there are."""
        await transport.arrive_in_part(self.town)
        self.carrier, self.stranded = await transport.never_arrive(self.town)

    async def storage_begins(self) -> None:
        """08: shops are asked, and get what the failed transport left on board."""
        self.storage = await storage.is_asked_for(self.town)
        await storage.is_filled(self.town, self.storage, self.carrier, self.stranded)

    async def park_opens(self) -> None:
        """09: one station more."""
        await stations.open_the_park(self.town)
        await races.for_the_last_pack(self.town)
        await races.against_oneself(self.town)

    async def repairs(self) -> None:
        """10: a fault that a command ends, and one that it does not."""
        await faults.are_repaired_by_a_command(self.town)
        self.ticket = await faults.are_left_to_people(self.town)

    async def complaints(self) -> None:
        """11: riders complain; by now a request for storage has lapsed."""
        await faults.are_seen_by_riders(self.town)
        await storage.has_lapsed(self.town)

    async def forgotten_trip(self) -> None:
        """12: somebody takes a job and sleeps."""
        self.forgotten = await transport.are_forgotten(self.town)

    async def bad_batch(self) -> None:
        """13: packs are recalled; one ends at the depot."""
        await fleet.is_recalled(self.town, self.carrier)

    async def overdue(self) -> None:
        """14: the job is open again, the ticket escalated."""
        await transport.are_opened_again(self.town, self.forgotten)
        await faults.are_overdue_and_come_back(self.town, self.ticket)

    async def heat(self) -> None:
        """15: a pack is too hot, and is left to people; the admin plans transports."""
        await transport.are_planned_by_hand(self.town)
        self.hot_ticket = await faults.make_packs_hot(self.town)

    async def moves(self) -> None:
        """16: the pack is good again; a hold moves because of a fault."""
        await faults.resolve(self.town, self.town.clerk, "yard", self.hot_ticket)
        await faults.move_holds(self.town)

    async def peak(self) -> None:
        """17: the grid is short of power; the network is checked while more riders come."""
        await stations.shed_the_yard(self.town)
        async with self.town.checked_meanwhile():
            await riders.an_hour(self.town, 5)

    async def recovery(self) -> None:
        """18: it is no more; the kiosk falls silent."""
        await stations.recovered(self.town)
        self.town.silent.add("kiosk")

    async def black_out(self) -> None:
        """19: the island is dark, and a rider is paid for it; somebody swaps without a hold."""
        await faults.break_promises(self.town)
        await riders.walk_in(self.town, (await self.town.idle_riders(1))[0], "hill")

    async def silence(self) -> None:
        """20: the kiosk was missed."""
        await faults.are_silences(self.town)

    async def evening(self) -> None:
        """22: the park closes, credits are corrected."""
        await stations.close_the_park(self.town)
        await races.for_the_same_credits(self.town)

    async def midnight(self) -> None:
        """01: the shop was paid for the night, the depot wants to order again."""
        await storage.was_paid(self.town)
        await storage.order_nothing(self.town)

    async def morning(self) -> None:
        """05: the packs leave the shop."""
        await storage.ends(self.town, self.carrier, self.stranded, self.town.depot_packs[0])

    def scenes(self) -> dict[int, Callable[[], Awaitable[None]]]:
        """Return the scene of each hour of the clock that has one."""
        return {
            6: self.first_trips,
            7: self.more_trips,
            8: self.storage_begins,
            9: self.park_opens,
            10: self.repairs,
            11: self.complaints,
            12: self.forgotten_trip,
            13: self.bad_batch,
            14: self.overdue,
            15: self.heat,
            16: self.moves,
            17: self.peak,
            18: self.recovery,
            19: self.black_out,
            20: self.silence,
            22: self.evening,
            1: self.midnight,
            5: self.morning,
        }

    async def live_through(self, hour: datetime) -> None:
        """Let an hour pass with its riders, its scene and what stations report; every third is checked at its end."""
        await stations.an_hour(self.town)
        riding = await riders.an_hour(self.town, riders.RIDERS_BY_HOUR[hour.hour])
        if (scene := self.scenes().get(hour.hour)) is not None:
            await scene()
        await self.town.pass_until(hour + HOUR)
        await riding.ended(self.town)
        await stations.read_meters(self.town)
        if hour.hour % 3 == 0:
            await self.town.check()

    async def last_look(self) -> None:
        """06 of the next day: some are on the way, and every pack is somewhere."""
        for rider in await self.town.idle_riders(3):
            assert await riders.set_out(self.town, rider) is not None
        await self.town.check()
        live = await self.town.analyst.ask(LIVE)
        assert sum(live["packs"].values()) - live["packs"]["held"] == len(self.town.known_packs)
        assert live["queues"]["onTheWay"] == 3
        assert live["events"] == {"pending": 0, "deadLettered": 0}
