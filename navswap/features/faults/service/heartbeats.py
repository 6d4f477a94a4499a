"""Heartbeats: a station that sent them, and then is silent for too long, is offline until it is seen again."""

from datetime import datetime

import structlog

from navswap.features.faults.domain.catalogue import Component, FaultCode
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.readings import Reading, concerns, is_ingest_outage
from navswap.features.faults.domain.values import FaultSource, Finding
from navswap.features.faults.errors import FaultOverError
from navswap.features.faults.service.commands import CommandService
from navswap.features.faults.service.reports import FaultService
from navswap.features.faults.storage import Faults
from navswap.features.stations.service import ContactService
from navswap.infra.batches import work_through
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock

log = structlog.get_logger(__name__)


class HeartbeatService:
    """Looks for stations that have fallen silent."""

    def __init__(
        self,
        clock: Clock,
        contacts: ContactService,
        faults: FaultService,
        commands: CommandService,
        parameters: FaultParameters,
    ) -> None:
        self._clock = clock
        self._contacts = contacts
        self._faults = faults
        self._commands = commands
        self._parameters = parameters
        self._was_outage = False

    async def raise_offline(self) -> int:
        """Raise a fault for each station that has sent heartbeats, but was not seen of late by any report; returns how many.

        None while most of the network is silent at once: then telemetry does not arrive here.
        """
        now = self._clock.now()
        since = now - self._parameters.offline_after
        silent_ids = await self._contacts.list_silent(since)
        if silent_ids and await self._is_outage(since, now):
            return 0

        async def work(station_id: str) -> bool:
            return await self._raise_offline(station_id, since, now)

        return await work_through(silent_ids, work)

    async def end_offline(self) -> int:
        """End the faults of stations that were seen again, by whatever they reported; returns how many ended."""
        since = self._clock.now() - self._parameters.offline_after
        back = await self._contacts.list_back(since)

        async def work(station_id: str) -> bool:
            sign = Reading(Component.COMMUNICATION, back[station_id])
            faults = [fault for fault in await Faults.list_open(station_id) if concerns(sign, fault)]
            ended = [await self._commands.observe(fault.id, sign) for fault in faults]
            await self._contacts.mark_back(station_id, since)
            return any(ended)

        return await work_through(list(back), work)

    async def last_seen(self, station_ids: list[str]) -> dict[str, datetime]:
        """Return when each station was last seen; those that never were are left out."""
        return await self._contacts.last_seen(station_ids)

    async def _raise_offline(self, station_id: str, since: datetime, now: datetime) -> bool:
        async def mark_offline(session: Session) -> None:
            if not await self._contacts.mark_offline(station_id, since, session):
                raise FaultOverError("The station has been seen since, or is offline already.")

        finding = Finding(station_id, FaultCode.STATION_OFFLINE, FaultSource.HEARTBEAT, now)
        try:
            reported = await self._faults.record(finding, mark_offline)
        except FaultOverError:
            reported = None
        if reported is not None and reported.is_new:
            return True
        await self._contacts.mark_offline(
            station_id, since
        )  # a person reported it already: that is one fault
        return False

    async def _is_outage(self, since: datetime, now: datetime) -> bool:
        in_contact, silent = await self._contacts.count(since, now)
        is_outage = is_ingest_outage(silent, in_contact, self._parameters)
        if is_outage and not self._was_outage:
            log.error("ingest_outage", silent=silent, in_contact=in_contact)
        self._was_outage = is_outage
        return is_outage
