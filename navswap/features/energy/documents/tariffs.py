"""Tariffs in MongoDB."""

from typing import Self
from zoneinfo import available_timezones

from pydantic import BaseModel, Field, model_validator
from pymongo import ReplaceOne, ReturnDocument

from navswap.features.energy.rules import DayKind, Period, Prices, cover_the_week
from navswap.infra.mongo import Session, Stored


class PricePeriod(BaseModel):
    """A price from `start_hour` up to `end_hour`, local hours, on one kind of day."""

    days: DayKind
    start_hour: int = Field(ge=0, le=23)
    end_hour: int = Field(ge=1, le=24)
    price_per_kwh: float = Field(gt=0, description="In the currency of the tariff")


class Tariff(Stored):
    """A tariff by time of use; its periods cover every hour of both kinds of day exactly once."""

    name: str = Field(min_length=1, max_length=120)
    time_zone: str = Field(description="IANA time zone of its hours")
    currency: str = Field(pattern="^[A-Z]{3}$", description="ISO 4217")
    demand_charge_per_kw_month: float = Field(ge=0)
    periods: list[PricePeriod]

    class Settings:
        name = "tariffs"

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.time_zone not in available_timezones():
            raise ValueError(f"there is no time zone {self.time_zone}")
        if not cover_the_week(self._periods()):
            raise ValueError(f"tariff {self.id} does not price each hour of both kinds of day once")
        return self

    @property
    def prices(self) -> Prices:
        """Return what a kWh costs at each moment."""
        return Prices(self.time_zone, self._periods())

    def _periods(self) -> list[Period]:
        return [Period(**one.model_dump()) for one in self.periods]

    @classmethod
    async def put(cls, tariff: Self, session: Session) -> Self | None:
        """Store a tariff in place of the one with its id; returns that one, None where there was none."""
        found = await cls.collection().find_one_and_replace(
            {"_id": tariff.id},
            tariff.model_dump(exclude={"id"}),
            upsert=True,
            session=session,
            return_document=ReturnDocument.BEFORE,
        )
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def save_all(cls, tariffs: list[Self]) -> int:
        """Store tariffs, each in place of the one with its id; returns how many are new or changed."""
        if not tariffs:
            return 0
        written = await cls.collection().bulk_write(
            [
                ReplaceOne({"_id": one.id}, {"_id": one.id, **one.model_dump(exclude={"id"})}, upsert=True)
                for one in tariffs
            ]
        )
        return int(written.upserted_count + written.modified_count)
