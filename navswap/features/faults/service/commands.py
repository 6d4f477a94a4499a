"""Commands against faults: answered by stations, judged by readings or in their time, followed by the next action."""

from navswap.events.feeds import FeedCounter
from navswap.events.stream import Loaded
from navswap.features.faults.domain import lifecycle
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.readings import Reading
from navswap.features.faults.domain.values import Attempt, Fault, FaultState
from navswap.features.faults.errors import CommandNotFoundError
from navswap.features.faults.events import CommandChanged, commands_feed
from navswap.features.faults.service.forecasts import ActionAdvisor
from navswap.features.faults.service.steps import StepWriter
from navswap.features.faults.storage import Faults, Tickets
from navswap.features.stations.service import StationsServices
from navswap.infra.batches import work_through
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.ids import Ids

DUE_BATCH = 100


class CommandService:
    """Takes the answers of stations, and advances what is due."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        ids: Ids,
        stations: StationsServices,
        steps: StepWriter,
        advisor: ActionAdvisor,
        parameters: FaultParameters,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._stations = stations.stations
        self._reader = stations.reader
        self._contacts = stations.contacts
        self._steps = steps
        self._advisor = advisor
        self._parameters = parameters

    async def answer(self, command_id: str, *, accepted: bool, detail: str) -> Fault:
        """Take a station's answer to a command; the same answer again changes nothing.

        Raises CommandNotFoundError, CommandSettledError.
        """

        async def work(session: Session) -> Fault:
            fault = await Faults.find_by_command(command_id, session)
            if fault is None:
                raise CommandNotFoundError("There is no such command.")
            now, next_id = self._clock.now(), self._ids.new()
            step = lifecycle.answer(
                fault, command_id, now, next_id, self._parameters, accepted=accepted, detail=detail
            )
            return await self._steps.write(step, session)

        answered = await self._mongo.in_transaction(work)
        await self._contacts.seen(answered.station_id, self._clock.now())
        return answered

    async def observe(self, fault_id: str, reading: Reading) -> bool:
        """Let a fault go on, or end, by a reading that concerns it; True where it ended."""

        async def work(session: Session) -> bool:
            fault = await Faults.find(fault_id, session)
            if fault is None:
                return False
            ticket = None if fault.ticket_id is None else await Tickets.find(fault.ticket_id, session)
            now, next_id = self._clock.now(), self._ids.new()
            step = lifecycle.observe(fault, ticket, reading, now, next_id, self._parameters)
            observed = await self._steps.write(step, session)
            return fault.is_open and not observed.is_open

        return await self._mongo.in_transaction(work)

    async def find_by_ids(self, command_ids: list[str]) -> dict[str, Attempt]:
        """Return commands, and the work of people, by id; unknown ids are left out."""
        faults = await Faults.list_by_commands(command_ids)
        attempts = {attempt.command_id: attempt for fault in faults for attempt in fault.attempts}
        return {command_id: attempts[command_id] for command_id in command_ids if command_id in attempts}

    async def load_pending(self, station_id: str) -> Loaded[list[CommandChanged]]:
        """Return the commands that a station has not carried out, oldest first, with the position of their feed.

        The position is read first: a command that changes between the two reads is sent again as an update. Raises
        StationNotFoundError.
        """
        await self._reader.get(station_id)
        position = await FeedCounter.positions([commands_feed(station_id)])
        faults = await Faults.list_open(station_id)
        pending = [CommandChanged.of(fault, fault.pending) for fault in faults if fault.pending is not None]
        return Loaded(sorted(pending, key=lambda changed: changed.command.command_id), position)

    async def advance_due(self) -> int:
        """Look at the faults whose command or analysis is due; returns how many went on.

        Safe to run in several processes.
        """
        due = await Faults.list_due(self._clock.now(), DUE_BATCH)
        return await work_through(due, self._advance)

    async def _advance(self, fault_id: str) -> bool:
        known = await Faults.find(fault_id)
        if known is None:
            return False
        # The advice counts over all faults of the code: it is read before the transaction, which it would only slow down.
        is_analysed = known.state is FaultState.ANALYSING
        advice = await self._advisor.rank(known, self._clock.now()) if is_analysed else None

        async def work(session: Session) -> bool:
            fault = await Faults.find(fault_id, session)
            if fault is None:
                return False
            waiting = await self._riders_waiting(fault, session)
            now, next_id = self._clock.now(), self._ids.new()
            step = lifecycle.advance(fault, waiting, advice, now, next_id, self._parameters)
            advanced = await self._steps.write(step, session)
            return (advanced.attempts, advanced.state) != (fault.attempts, fault.state)

        return await self._mongo.in_transaction(work)

    async def _riders_waiting(self, fault: Fault, session: Session) -> int | None:
        """Return how many riders hold a pack at the station, where they are being led away from it."""
        if fault.pending is None or fault.pending.action is not Action.REROUTE_RIDERS:
            return None
        return (await self._stations.get(fault.station_id, session)).status.queue_length
