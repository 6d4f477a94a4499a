"""Tariffs and feeders: what energy costs when, and how much of it a station gets."""

import re
from datetime import datetime
from typing import Any

from navswap.auth.principal import Principal
from navswap.events.journal import note
from navswap.features.energy.documents import EnergyStation, Tariff
from navswap.features.energy.errors import BadFeederLimitError, BadTariffError, TariffNotFoundError
from navswap.features.stations.service import Station, StationService
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock

MAX_FEEDER_KW = 1000.0
ID = re.compile(r"[A-Za-z0-9_-]{1,50}")


class TariffService:
    """Keeps the tariffs that stations buy their energy by; a station names its own in its information."""

    def __init__(self, mongo: Mongo, clock: Clock, stations: StationService) -> None:
        self._mongo = mongo
        self._clock = clock
        self._stations = stations

    async def save(self, tariffs: list[Tariff]) -> int:
        """Store tariffs, each in place of the one with its id; returns how many are new or changed."""
        return await Tariff.save_all(tariffs)

    async def replace(self, values: dict[str, Any], by: Principal) -> Tariff:
        """Store one tariff in place of the one with its id, and write down who did; the same again changes nothing.

        The next plan of each station is made by the new prices. Raises BadTariffError.
        """
        try:
            tariff = Tariff(**values)
        except ValueError as error:
            raise BadTariffError(
                "Price every hour of both kinds of day once, above 0, in an ISO 4217 currency and an IANA time zone."
            ) from error
        if not ID.fullmatch(tariff.id):
            raise BadTariffError("The id of a tariff has 1 to 50 letters, digits, hyphens or underscores.")

        async def work(session: Session) -> Tariff:
            known = await Tariff.put(tariff, session)
            before = {} if known is None else known.model_dump(mode="json", exclude={"id"})
            after = tariff.model_dump(mode="json", exclude={"id"})
            if before != after:
                await self._note(session, by, "saveTariff", ("Tariff", tariff.id), before, after)
            return tariff

        return await self._mongo.in_transaction(work)

    async def set_supply(
        self, station_id: str, tariff_id: str | None, feeder_limit_kw: float | None, by: Principal
    ) -> Station:
        """Say by which tariff a station buys and what its feeder gives (None: unknown); it is planned anew at once.

        The same again changes nothing. Raises StationNotFoundError, TariffNotFoundError, BadFeederLimitError.
        """
        if feeder_limit_kw is not None and not 0 < feeder_limit_kw <= MAX_FEEDER_KW:
            raise BadFeederLimitError(f"A feeder gives more than 0 and at most {MAX_FEEDER_KW:.0f} kW.")
        if tariff_id is not None and await self.find(tariff_id) is None:
            raise TariffNotFoundError("There is no such tariff; save it first.")

        async def work(session: Session) -> Station:
            station = await self._stations.get(station_id, session)
            supply = {"tariff_id": tariff_id, "feeder_limit_kw": feeder_limit_kw}
            before = {name: getattr(station.information, name) for name in supply}
            if before == supply:
                return station
            changed = await self._stations.set_supply(station, tariff_id, feeder_limit_kw, session)
            await EnergyStation.plan_at(station_id, self._clock.now(), session)
            await self._note(session, by, "setStationSupply", ("Station", station_id), before, supply)
            return changed

        return await self._mongo.in_transaction(work)

    async def list_all(self) -> list[Tariff]:
        """Return all tariffs, by id."""
        return await Tariff.find_all().sort("_id").to_list()

    async def list_by_ids(self, ids: list[str]) -> dict[str, Tariff]:
        """Return tariffs by id; unknown ids are left out."""
        return {tariff.id: tariff async for tariff in Tariff.find({"_id": {"$in": ids}})}

    async def find(self, tariff_id: str | None) -> Tariff | None:
        """Return a tariff, or None where there is none or no id is given."""
        return None if tariff_id is None else await Tariff.get(tariff_id)

    async def _note(
        self,
        session: Session,
        by: Principal,
        action: str,
        subject: tuple[str, str],
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        now: datetime = self._clock.now()
        await note(session, now, by, action, subject, before=before, after=after)
