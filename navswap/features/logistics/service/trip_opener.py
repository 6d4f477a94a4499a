"""Trips to and from shops as they are opened: with the drive in the traffic of now, and loads that vehicles carry."""

from datetime import datetime

from navswap.features.logistics.domain.loads import load_limit
from navswap.features.logistics.domain.parameters import LogisticsParameters
from navswap.features.logistics.domain.trips import Trip, open_storage_trips, open_trip
from navswap.features.logistics.domain.values import Stop, StopKind, TransportJob
from navswap.features.logistics.service.job_writer import JobWriter
from navswap.features.logistics.service.stops import StopReader
from navswap.features.logistics.storage.offers import Transporters
from navswap.features.partners.service import StorageRequest
from navswap.features.traffic.service import TravelTimes
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock
from navswap.kit.geo import distance_metres
from navswap.kit.ids import Ids


class TripOpener:
    """Opens jobs for what shops wait for, and for what they give back."""

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        writer: JobWriter,
        stops: StopReader,
        travel: TravelTimes,
        parameters: LogisticsParameters,
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._writer = writer
        self._stops = stops
        self._travel = travel
        self._parameters = parameters

    async def open_for_request(
        self, request: StorageRequest, jobs: list[TransportJob], session: Session
    ) -> int:
        """Open jobs for the packs of an accepted request that none of its jobs brings; returns how many.

        None is opened where the station or the shop is gone.
        """
        trip = await self._plan(
            Stop(StopKind.STATION, request.station_id),
            Stop(StopKind.SHOP, request.shop_id),
            request.missing_packs,
            request.pack_model_id,
            request.due_at,
        )
        if trip is None:
            return 0
        opened = open_storage_trips(
            request.id,
            trip,
            jobs,
            await self.load_limit(),
            self._clock.now(),
            self._parameters,
            self._ids,
        )
        for step in opened:
            await self._writer.apply(step, session)
        return len(opened)

    async def open_return(
        self,
        shop_id: str,
        station_id: str,
        packs: int,
        pack_model_id: str,
        wanted_until: datetime,
        session: Session,
    ) -> TransportJob | None:
        """Open a job that brings packs of a shop to a station; None where one of both is not known."""
        origin, target = Stop(StopKind.SHOP, shop_id), Stop(StopKind.STATION, station_id)
        trip = await self._plan(origin, target, packs, pack_model_id, wanted_until)
        if trip is None:
            return None
        opened = open_trip(self._ids.new(), trip, self._clock.now(), self._parameters)
        return await self._writer.apply(opened, session)

    async def load_limit(self) -> int:
        """Return the largest load of one job: at least half of the vehicles online can take it."""
        online = await Transporters.list_online()
        capacities = [transporter.capacity_packs for transporter in online]
        return load_limit(capacities, self._parameters.planning.usual_load_packs)

    async def _plan(
        self, origin: Stop, target: Stop, packs: int, pack_model_id: str, wanted_until: datetime
    ) -> Trip | None:
        found = await self._stops.find([origin, target])
        start, end = (found[stop].point if stop in found else None for stop in (origin, target))
        if start is None or end is None:
            return None
        slow_down = (await self._travel.look_ahead())(start, end)
        minutes = self._parameters.planning.roads.carry_minutes(distance_metres(start, end)) * slow_down
        return Trip(origin, target, packs, pack_model_id, minutes, wanted_until)
