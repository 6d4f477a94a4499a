"""Stores a step of a fault with all that follows from it, within the transaction that decided it."""

from navswap.events.outbox import Outbox
from navswap.features.faults.domain.containment import Closure, closures, faulty_pack
from navswap.features.faults.domain.lifecycle import FaultStep
from navswap.features.faults.domain.values import Fault, Ticket
from navswap.features.faults.storage import Faults, Tickets
from navswap.features.packs.service import PacksServices, count_packs
from navswap.features.stations.service import Block, SlotState, StationsServices, block, unblock
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock
from navswap.kit.lifecycle import Transition


class StepWriter:
    """Writes the fault and its ticket, takes slots, packs and stations out of use or gives them back, and publishes."""

    def __init__(
        self,
        clock: Clock,
        outbox: Outbox,
        stations: StationsServices,
        packs: PacksServices,
        promised_soc_percent: float,
    ) -> None:
        self._clock = clock
        self._outbox = outbox
        self._stations = stations.stations
        self._packs = packs.packs
        self._broken_holds = stations.broken_holds
        self._promised_soc_percent = promised_soc_percent

    async def write(self, step: FaultStep, session: Session) -> Fault:
        """Write a step and return the fault as it is now.

        Raises StaleValueError, StationNotFoundError, PackNotFoundError, and DuplicateKeyError where there is an open
        fault of its kind and place already.
        """
        fault = await Faults.apply(step.fault, session)
        if step.ticket is not None:
            await Tickets.apply(step.ticket, session)
        await self._change_availability(step.fault, session)
        await self._outbox.publish(session, self._clock.now(), *step.facts)
        return fault

    async def write_ticket(self, transition: Transition[Ticket], session: Session) -> Ticket:
        """Write a change of a ticket that leaves its fault as it is; raises StaleValueError."""
        ticket = await Tickets.apply(transition, session)
        await self._outbox.publish(session, self._clock.now(), *transition.facts)
        return ticket

    async def _change_availability(self, transition: Transition[Fault], session: Session) -> None:
        before, after = transition.before, transition.after
        if (closures(before), faulty_pack(before)) == (closures(after), faulty_pack(after)):
            return
        # before the packs change, so that the fault is what moved the holds
        self._broken_holds.look_at(after.station_id, session, fault_id=after.id)
        await self._change_pack(before, after, session)
        station = await self._stations.get(after.station_id, session)
        available = station if after.is_open else unblock(station, after.id)
        for closure in closures(after):
            if closure not in closures(before):
                available = block(available, _block(after, closure))
        packs = await self._packs.shut_in_slots(station.id, available.closed_slots, session)
        counts = count_packs(packs, self._promised_soc_percent)
        await self._stations.record_availability(station, available, counts, session)

    async def _change_pack(self, before: Fault | None, after: Fault, session: Session) -> None:
        """Withdraw the pack that the fault is about, or give it back where no other open fault keeps it."""
        withdrawn, kept = faulty_pack(after), faulty_pack(before)
        if withdrawn is not None and kept is None:
            await self._packs.set_faulty(withdrawn, session, faulty=True)
        if (
            withdrawn is None
            and kept is not None
            and not await Faults.has_other_open(kept, after.id, session)
        ):
            await self._packs.set_faulty(kept, session, faulty=False)


def _block(fault: Fault, closure: Closure) -> Block:
    state = SlotState.FAULTED if closure.is_faulted else SlotState.LOCKED
    return Block(fault_id=fault.id, evse_id=closure.evse_id, state=state)
