"""A fault of each level through the decisions alone, in memory, and the same steps through the services on MongoDB.

After each step both know the same fault and ticket, keep the same slots out of use, and have published the same facts.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Protocol

import pytest

from navswap.auth.roles import Role
from navswap.events.payloads import dump_fact
from navswap.features.faults.domain import lifecycle, repairs, tickets
from navswap.features.faults.domain.analysis import Advice, rank_actions, source_of
from navswap.features.faults.domain.catalogue import Action, Component
from navswap.features.faults.domain.containment import closures
from navswap.features.faults.domain.lifecycle import FaultStep
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.readings import Reading, concerns
from navswap.features.faults.domain.reports import findings_of
from navswap.features.faults.domain.values import Fault, FaultState, Ticket, TicketState
from navswap.features.faults.service import FaultsServices
from navswap.features.faults.storage import Faults, Tickets
from navswap.features.stations.service import SlotState
from navswap.features.stations.storage import Stations
from navswap.kit.clock import ManualClock
from navswap.kit.facts import Fact
from navswap.kit.ids import SequentialIds
from navswap.kit.lifecycle import Transition
from navswap.runtime import Runtime
from tests.conftest import CLOCK_START
from tests.factories.faults import on_site, published
from tests.factories.network import a_station
from tests.factories.users import a_user

MINUTE = timedelta(minutes=1)


class World(Protocol):
    """What happens to the one fault of a station."""

    clock: ManualClock

    async def measure(self, component: Component, error_code: str | None = None) -> None: ...
    async def advance(self) -> None: ...
    async def assign(self) -> None: ...
    async def comment(self) -> None: ...
    async def escalate(self) -> None: ...
    async def resolve(self) -> None: ...
    async def reopen(self) -> None: ...
    async def state(self) -> dict[str, Any]: ...


def reading_of(clock: ManualClock, component: Component, error_code: str | None) -> Reading:
    return Reading(component, clock.now(), evse_id=1, error_code=error_code)


@dataclass
class InMemory:
    """The decisions, a dictionary's worth of state, and nothing else."""

    station_id: str
    staff_id: str
    clock: ManualClock
    ids: SequentialIds = field(default_factory=SequentialIds)
    parameters: FaultParameters = field(default_factory=FaultParameters)
    fault: Fault | None = None
    ticket: Ticket | None = None
    facts: list[Fact] = field(default_factory=list)

    async def measure(self, component: Component, error_code: str | None = None) -> None:
        reading, now = reading_of(self.clock, component, error_code), self.clock.now()
        if self.fault is not None and concerns(reading, self.fault):
            self._take(
                lifecycle.observe(self.fault, self.ticket, reading, now, self.ids.new(), self.parameters)
            )
        for finding in findings_of(reading, self.station_id, None):
            if self.fault is not None and self.fault.is_open:
                self._take(FaultStep(lifecycle.see_again(self.fault, finding.seen_at)))
            else:
                fault_id, next_id = self.ids.new(), self.ids.new()
                self._take(lifecycle.raise_fault(fault_id, finding, [], now, next_id, self.parameters))

    async def advance(self) -> None:
        fault, now = self._known_fault(), self.clock.now()
        ranked = rank_actions(fault.code, {}, self.parameters, fault.attempts)
        advice = Advice(now, source_of(ranked), ranked) if fault.state is FaultState.ANALYSING else None
        self._take(lifecycle.advance(fault, 0, advice, now, self.ids.new(), self.parameters))

    async def assign(self) -> None:
        self._change(tickets.assign(self._known_ticket(), self.staff_id, "admin", self.clock.now()))

    async def comment(self) -> None:
        self._change(tickets.comment(self._known_ticket(), self.staff_id, "On my way", self.clock.now()))

    async def escalate(self) -> None:
        self._change(tickets.escalate(self._known_ticket(), self.clock.now(), self.parameters))

    async def resolve(self) -> None:
        fault, ticket, now = self._known_fault(), self._known_ticket(), self.clock.now()
        action = Action.SWAP_MODULE
        self._take(
            repairs.repair(fault, ticket, self.ids.new(), now, by=self.staff_id, action=action, detail="new")
        )

    async def reopen(self) -> None:
        fault, ticket, now = self._known_fault(), self._known_ticket(), self.clock.now()
        self._take(
            repairs.reopen(fault, ticket, now, self.parameters, by=self.staff_id, reason="still broken")
        )

    async def state(self) -> dict[str, Any]:
        kept = {
            closure.evse_id: "FAULTED" if closure.is_faulted else "LOCKED" for closure in closures(self.fault)
        }
        facts = [{"type": fact.type, **dump_fact(fact)} for fact in self.facts]
        return {"fault": self.fault, "ticket": self.ticket, "kept": kept, "facts": facts}

    def _take(self, step: FaultStep) -> None:
        self.fault = step.fault.after
        self.ticket = self.ticket if step.ticket is None else step.ticket.after
        self.facts += step.facts

    def _change(self, transition: Transition[Ticket]) -> None:
        self.ticket = transition.after
        self.facts += transition.facts

    def _known_fault(self) -> Fault:
        assert self.fault is not None
        return self.fault

    def _known_ticket(self) -> Ticket:
        assert self.ticket is not None
        return self.ticket


@dataclass
class OnMongo:
    """The services of a process."""

    runtime: Runtime
    station_id: str
    staff_id: str
    clock: ManualClock

    @property
    def services(self) -> FaultsServices:
        return FaultsServices.of(self.runtime)

    async def measure(self, component: Component, error_code: str | None = None) -> None:
        reading = reading_of(self.clock, component, error_code)
        await self.services.telemetry.report(self.station_id, [reading])

    async def advance(self) -> None:
        await self.services.commands.advance_due()

    async def assign(self) -> None:
        await self.services.tickets.assign(await self._ticket_id(), self.staff_id, "admin")

    async def comment(self) -> None:
        await self.services.tickets.comment(await self._ticket_id(), self.staff_id, "On my way", "k")

    async def escalate(self) -> None:
        await self.services.tickets.escalate_due()

    async def resolve(self) -> None:
        await self.services.tickets.resolve(
            await self._ticket_id(), await on_site(self.runtime, self.staff_id), Action.SWAP_MODULE, "new"
        )

    async def reopen(self) -> None:
        await self.services.tickets.reopen(await self._ticket_id(), self.staff_id, "still broken")

    async def state(self) -> dict[str, Any]:
        [fault] = await Faults.list_where({"station_id": self.station_id})
        found = await Tickets.list_where({"station_id": self.station_id})
        station = await Stations.find(self.station_id)
        assert station is not None
        kept: dict[int, SlotState] = station.closed_slots
        return {
            "fault": fault,
            "ticket": found[0] if found else None,
            "kept": {evse_id: str(state) for evse_id, state in kept.items()},
            "facts": await published("faults."),
        }

    async def _ticket_id(self) -> str:
        [ticket] = await Tickets.list_where({"station_id": self.station_id})
        return ticket.id


Step = Callable[[World], Awaitable[None]]


def passing(minutes: float) -> Step:
    async def step(world: World) -> None:
        world.clock.advance(minutes * MINUTE)

    return step


def measuring(component: Component, error_code: str | None = None) -> Step:
    return lambda world: world.measure(component, error_code)


def advancing(world: World) -> Awaitable[None]:
    return world.advance()


BREAKS = measuring(Component.SLOT, "InternalError")
LEVEL_1 = [BREAKS, passing(1), BREAKS, passing(1), measuring(Component.SLOT)]
"""A slot fails, and works after its reset."""
LEVEL_2 = [
    measuring(Component.CHARGER, "PowerMeterFailure"),
    passing(3),
    advancing,
    advancing,
    passing(1),
    measuring(Component.CHARGER),
]
"""The playbook's reset does not help; the analysis picks another action, and that does."""
LEVEL_3: list[Step] = [
    measuring(Component.CHARGER, "GroundFailure"),
    passing(2),
    advancing,
    passing(2),
    advancing,
    advancing,
    lambda world: world.assign(),
    lambda world: world.comment(),
    passing(30),
    lambda world: world.escalate(),
    measuring(Component.CHARGER),
    lambda world: world.resolve(),
    passing(5),
    lambda world: world.reopen(),
    passing(5),
    lambda world: world.resolve(),
]
"""No command ends a leaking current: it goes to people, in time or not, and comes back once."""


@pytest.mark.parametrize(
    ("steps", "level"), [(LEVEL_1, 1), (LEVEL_2, 2), (LEVEL_3, 3)], ids=["level 1", "level 2", "level 3"]
)
async def test_a_fault_is_dealt_with_in_memory_as_on_mongodb(
    runtime: Runtime, clock: ManualClock, steps: list[Step], level: int
) -> None:
    station, staff = await a_station(runtime), await a_user(Role.STAFF)
    decided = InMemory(station.id, staff.id, ManualClock(CLOCK_START))
    stored = OnMongo(runtime, station.id, staff.id, clock)
    for step in steps:
        await step(decided)
        await step(stored)
        assert with_plain_ids(await decided.state()) == with_plain_ids(await stored.state())
    fault, ticket = decided.fault, decided.ticket
    assert fault is not None
    assert (fault.state, fault.level) == (FaultState.RESOLVED, level)
    assert (None if ticket is None else ticket.state) == (TicketState.RESOLVED if level == 3 else None)


def with_plain_ids(state: dict[str, Any]) -> dict[str, Any]:
    """Return a state as plain values, in which identifiers are numbered as they appear."""
    plain = {
        **state,
        "fault": asdict(state["fault"]),
        "ticket": None if state["ticket"] is None else asdict(state["ticket"]),
    }
    seen: dict[str, str] = {}
    return {name: _renamed(value, seen) for name, value in sorted(plain.items())}


IDS = {"id", "fault_id", "ticket_id", "command_id"}


def _renamed(value: Any, seen: dict[str, str], name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _renamed(inner, seen, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(inner, seen) for inner in value]
    if name in IDS and isinstance(value, str):
        return seen.setdefault(value, f"id-{len(seen)}")
    return value
