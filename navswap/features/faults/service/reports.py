"""Reports of faults, by people, telemetry and silence: a new one begins a fault, a known one is counted once more."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pymongo.errors import DuplicateKeyError

from navswap.events.stream import Loaded, load_feeds
from navswap.features.faults.domain.lifecycle import raise_fault
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.reports import place
from navswap.features.faults.domain.values import Fault, Finding
from navswap.features.faults.errors import FaultOverError
from navswap.features.faults.events import FAULTS
from navswap.features.faults.service.steps import StepWriter
from navswap.features.faults.storage import FaultFilter, Faults
from navswap.features.packs.service import PackReader, PlaceKind
from navswap.features.stations.service import StationReader
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import Ids

RAISE_ATTEMPTS = 5
"""Times that a fault is counted or raised again, while others raise and resolve the same one."""
MAX_DESCRIPTION = 1000

Guard = Callable[[Session], Awaitable[None]]
"""Raises FaultOverError where a finding no longer holds as the transaction sees it."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The fault that a report began, or was one more occurrence of."""

    fault: Fault
    is_new: bool


class FaultService:
    """Takes reports of faults, and finds faults."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        ids: Ids,
        stations: StationReader,
        packs: PackReader,
        steps: StepWriter,
        parameters: FaultParameters,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._stations = stations
        self._packs = packs
        self._steps = steps
        self._parameters = parameters

    async def report(self, finding: Finding) -> Reported:
        """Take what a person reports; raises StationNotFoundError, InvalidInputError, FaultOverError."""
        if len(finding.description) > MAX_DESCRIPTION:
            raise InvalidInputError(
                "description", f"Describe the fault in at most {MAX_DESCRIPTION} characters."
            )
        station = await self._stations.get(finding.station_id)
        placed = place(finding, station.information.slot_count, await self._slot_of_pack(finding))
        return await self.record(placed)

    async def record(self, finding: Finding, guard: Guard | None = None) -> Reported:
        """Raise a fault, pause what it touches and take the first step; an open one is counted once more.

        Raises FaultOverError where the finding is older than the end of such a fault, and what the `guard` raises.
        """
        for attempt in range(RAISE_ATTEMPTS):
            # A guard decides first whether there is anything to report: what it refuses is not seen again either.
            is_guarded = guard is not None and attempt == 0
            known = None if is_guarded else await Faults.see_again(finding.key, finding.seen_at)
            if known is not None:
                return Reported(known, is_new=False)
            try:
                raised = await self._mongo.in_transaction(
                    lambda session: self._raise(finding, guard, session)
                )
            except DuplicateKeyError:
                continue  # another process raised it first
            return Reported(raised, is_new=True)
        raise FaultOverError("This fault begins and ends again and again just now; report it once more.")

    async def find_by_ids(self, ids: list[str]) -> dict[str, Fault]:
        """Return faults by id; unknown ids are left out."""
        return await Faults.find_by_ids(ids)

    async def list_pages(self, pages: Sequence[tuple[FaultFilter, str | None, int]]) -> list[list[Fault]]:
        """Return pages of faults, newest first: of what is wanted, older than an id, so many."""
        return await Faults.list_newest_pages(pages)

    async def load_open(self, station_ids: Sequence[str] | None) -> Loaded[list[Fault]]:
        """Return the open faults of stations, None for all, with the positions of their feeds."""
        return await load_feeds(FAULTS, station_ids, Faults.list_all_open)

    async def count_open(self, station_ids: list[str]) -> dict[str, int]:
        """Return how many faults are open at each station; stations without any are left out."""
        return await Faults.count_open(station_ids)

    async def _raise(self, finding: Finding, guard: Guard | None, session: Session) -> Fault:
        now = self._clock.now()
        since = now - self._parameters.flapping_span
        ends = await Faults.list_ends_since(finding.key, since, session)
        if guard is not None:
            await guard(session)
        step = raise_fault(self._ids.new(), finding, ends, now, self._ids.new(), self._parameters)
        return await self._steps.write(step, session)

    async def _slot_of_pack(self, finding: Finding) -> int | None:
        """Return the slot of the station that has the pack of a finding, None where it is about none there."""
        pack = None if finding.serial_number is None else await self._packs.find(finding.serial_number)
        if pack is None or (pack.place.kind, pack.place.holder_id) != (PlaceKind.SLOT, finding.station_id):
            return None
        return pack.place.evse_id
