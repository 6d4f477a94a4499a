"""What is written of stations, each in a transaction."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditLog
from navswap.events.outbox import Outbox
from navswap.features.stations.domain import lifecycle
from navswap.features.stations.domain.hours import OpeningTimes
from navswap.features.stations.domain.stock import CountsByModel
from navswap.features.stations.domain.values import Station, StationState
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.reading import StoredStationReader
from navswap.features.stations.service.broken_holds import BrokenHolds
from navswap.features.stations.storage import Stations
from navswap.infra.joint_reads import Find
from navswap.infra.mongo import Mongo, Session, do_after_commit
from navswap.kit.clock import Clock
from navswap.kit.lifecycle import Transition


class StationService(StoredStationReader):
    """Changes stations; what is given to it was read in the same transaction.

    What it reads without a session it will stop to read: callers that change nothing take a StationReader.
    """

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        outbox: Outbox,
        audit_log: AuditLog,
        broken_holds: BrokenHolds,
        committed: Callable[[Station], None],
    ) -> None:
        """Take what stations are written with; `committed` is called with each once its transaction is committed."""
        self._mongo = mongo
        self._clock = clock
        self._outbox = outbox
        self._audit_log = audit_log
        self._broken_holds = broken_holds
        self._committed = committed

    async def get(self, station_id: str, session: Session | None = None) -> Station:
        """Return a station as the transaction sees it; raises StationNotFoundError."""
        station = await Stations.find(station_id, session)
        if station is None:
            raise StationNotFoundError("There is no such station.")
        return station

    def finding(self, station_id: str) -> Find[Station]:
        """Find a station beside something else."""
        return Find(Stations, {"_id": station_id}, is_strict=True)

    async def list_by_ids(
        self, station_ids: Sequence[str], *, at_least: int = 0, session: Session | None = None
    ) -> dict[str, Station]:
        """Return stations by id as the transaction sees them; unknown ids are left out."""
        del at_least  # the database has them all
        return await Stations.find_by_ids(station_ids, session)

    async def record_stock(
        self, station: Station, counts: CountsByModel, session: Session, *, joined: int | None = None
    ) -> Station:
        """Write the stock that was counted in this transaction and publish the change; returns the new station.

        `joined` is what the queue grew by, 0 where an entry changed in it. The write conflicts with that of every other
        transaction on the station, which then runs again and counts again. A stock that is the same is neither written nor
        published: what changed in packs without changing it adds nothing to the counts of others.
        """
        return await self._store(
            lifecycle.record_stock(station, counts, self._clock.now(), joined=joined), session
        )

    async def record_packs(self, station_id: str, counts: CountsByModel, session: Session) -> Station:
        """Write the stock of a station whose packs changed without a rider; returns the new station.

        `counts` are of this transaction. Raises StationNotFoundError.
        """
        return await self.record_stock(await self.get(station_id, session), counts, session)

    async def record_availability(
        self, station: Station, available: Station, counts: CountsByModel, session: Session
    ) -> Station:
        """Write what `block` and `unblock` made of a station, with the stock that it has then; returns the new station."""
        return await self._store(
            lifecycle.record_availability(station, available, counts, self._clock.now()), session
        )

    async def set_state(self, station_id: str, state: StationState, by: Principal) -> Station:
        """Open or close a station, publish it and record by whom; setting the present state changes nothing.

        Holds that can no longer be kept move in the same transaction. Raises StationNotFoundError.
        """

        async def work(session: Session) -> Station:
            now = self._clock.now()
            station = await self.get(station_id, session)
            transition = lifecycle.set_state(station, state, now)
            if transition.is_change:
                await self._audit_log.record(
                    session,
                    now,
                    by,
                    "setStationState",
                    ("Station", station_id),
                    before={"state": station.status.state},
                    after={"state": state},
                )
                self._broken_holds.look_at(station_id, session)
            return await self._store(transition, session)

        return await self._mongo.in_transaction(work)

    async def set_hours(self, station_id: str, hours: OpeningTimes, by: Principal) -> Station:
        """Write when a station is open, publish it and record by whom; the same again changes nothing.

        Holds that would end after the station closes move in the same transaction. Raises StationNotFoundError.
        """

        async def work(session: Session) -> Station:
            now = self._clock.now()
            station = await self.get(station_id, session)
            transition = lifecycle.set_hours(station, hours)
            if transition.is_change:
                before, after = _difference(asdict(OpeningTimes.of(station)), asdict(hours))
                subject = ("Station", station_id)
                await self._audit_log.record(
                    session, now, by, "setStationHours", subject, before=before, after=after
                )
                self._broken_holds.look_at(station_id, session)
            return await self._store(transition, session)

        return await self._mongo.in_transaction(work)

    async def set_supply(
        self, station: Station, tariff_id: str | None, feeder_limit_kw: float | None, session: Session
    ) -> Station:
        """Write by which tariff a station buys and what its feeder gives (None: unknown); returns the new station."""
        return await self._store(lifecycle.set_supply(station, tariff_id, feeder_limit_kw), session)

    async def save_information(self, stations: Sequence[Station]) -> tuple[int, int]:
        """Add stations, and renew and publish the information of those there; returns (added, changed).

        The rest of those there is not overwritten: it belongs to what happens at the station. Holds that cannot be kept as
        the stations are then move at once after.
        """

        async def work(session: Session) -> tuple[int, int]:
            ids = [station.id for station in stations]
            known = await Stations.find_by_ids(ids, session)
            new = [station for station in stations if station.id not in known]
            added = await Stations.insert_missing(new, session)
            changes = [
                change
                for station in stations
                if station.id in known
                and (change := lifecycle.set_information(known[station.id], station.information)).is_change
            ]
            await Stations.apply_all(changes, session)
            facts = [fact for change in changes for fact in change.facts]
            await self._outbox.publish(session, self._clock.now(), *facts)
            for station in [*new, *(change.after for change in changes)]:
                do_after_commit(partial(self._committed, station), session)
            return added, len(changes)

        written = await self._mongo.in_transaction(work)
        for station_id in await Stations.list_queued_ids([station.id for station in stations]):
            await self._mongo.in_transaction(partial(self._look_at_holds, station_id))
        return written

    async def list_imported_ids(self, source: str | None) -> set[str]:
        """Return the ids of the open stations that were imported from a network, None for one without a name."""
        return await Stations.list_imported_ids(source)

    async def _look_at_holds(self, station_id: str, session: Session) -> None:
        self._broken_holds.look_at(station_id, session)

    async def _store(self, transition: Transition[Station], session: Session) -> Station:
        station = await Stations.apply(transition, session)
        await self._outbox.publish(session, self._clock.now(), *transition.facts)
        if transition.is_change:
            do_after_commit(partial(self._committed, station), session)
        return station


def _difference(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what differs, as it was and as it is."""
    names = [name for name in after if before[name] != after[name]]
    return {name: before[name] for name in names}, {name: after[name] for name in names}
