"""What staffing does when others publish."""

from collections.abc import Mapping

from navswap.events.consumer import Reaction
from navswap.events.envelope import Envelope
from navswap.events.payloads import read_fact
from navswap.features.faults.events import TicketOpened
from navswap.features.geofences.events import FenceEntered, FenceLeft
from navswap.features.staffing.events import ORIGIN_WATCH, TARGET_WATCH
from navswap.features.staffing.service import AssignmentService, Skill, StaffService
from navswap.features.swapping.events import EntryChanged, SwapCompleted
from navswap.infra.mongo import Session


def reactions(staff: StaffService, assignments: AssignmentService) -> Mapping[str, list[Reaction]]:
    """Return the reactions of the slice, by event type."""

    async def record_rider(envelope: Envelope, session: Session) -> None:
        """Record who waits at a station: a queue of them may break its promise."""
        changed = read_fact(EntryChanged, envelope.payload)
        await staff.record_rider(
            changed.queue.station_id, changed.entry.id, session, is_waiting=changed.is_waiting
        )

    async def record_swap(envelope: Envelope, session: Session) -> None:
        """Record the service that a swap was."""
        swap = read_fact(SwapCompleted, envelope.payload).swap
        await staff.record_work(swap.id, swap.station_id, Skill.SERVICE, swap.completed_at, session)

    async def record_ticket(envelope: Envelope, session: Session) -> None:
        """Record the repair that a ticket asks for."""
        ticket = read_fact(TicketOpened, envelope.payload).ticket
        await staff.record_work(ticket.id, ticket.station_id, Skill.REPAIR, ticket.opened_at, session)

    async def follow_departure(envelope: Envelope, session: Session) -> None:
        """Record that a member of staff is on the way."""
        left = read_fact(FenceLeft, envelope.payload)
        if (assignment_id := left.watched_for(ORIGIN_WATCH)) is not None:
            await assignments.depart(assignment_id, left.happened_at, session)

    async def follow_arrival(envelope: Envelope, session: Session) -> None:
        """Record that a member of staff is there."""
        entered = read_fact(FenceEntered, envelope.payload)
        if (assignment_id := entered.watched_for(TARGET_WATCH)) is not None:
            await assignments.arrive(assignment_id, entered.happened_at, session)

    return {
        **{changed.type: [record_rider] for changed in EntryChanged.__subclasses__()},
        SwapCompleted.type: [record_swap],
        TicketOpened.type: [record_ticket],
        FenceLeft.type: [follow_departure],
        FenceEntered.type: [follow_arrival],
    }
