"""Predictions in MongoDB: those of each hour with what came of them, and the quality of each model."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from pymongo import ASCENDING, IndexModel

from navswap.infra.mongo import Stored
from navswap.infra.repository import Repository
from navswap.ml.monitoring.batches import ForecastBatch
from navswap.ml.monitoring.quality import ModelQuality

KEEP_PREDICTIONS_SECONDS = 30 * 24 * 3600
MOST_AT_ONCE = 64


class ForecastBatchDocument(Stored):
    """Where the predictions of an hour are; the fields are those of `ForecastBatch`, the id is that of model and hour."""

    class Settings:
        name = "predictions"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("at", ASCENDING)], name="forget", expireAfterSeconds=KEEP_PREDICTIONS_SECONDS),
            IndexModel(
                [("due_at", ASCENDING)],
                name="due",
                partialFilterExpression={"due_at": {"$type": "date"}},
            ),
        ]


class ForecastBatches(Repository[ForecastBatch]):
    """The predictions of each model and hour, one batch of each."""

    document = ForecastBatchDocument
    value = ForecastBatch

    @classmethod
    async def list_present(cls, identifiers: Sequence[str]) -> set[str]:
        """Return which of some ids are there."""
        found = cls.collection().find({"_id": {"$in": list(identifiers)}}, projection=["_id"])
        return {fields["_id"] async for fields in found}

    @classmethod
    async def list_due(cls, now: datetime, models: Sequence[str]) -> list[ForecastBatch]:
        """Return batches of some models whose outcomes are to be looked for, the longest due first, at most MOST_AT_ONCE."""
        return await cls.list_where(
            {"due_at": {"$lte": now, "$type": "date"}, "model": {"$in": list(models)}},
            sort=[("due_at", 1)],
            limit=MOST_AT_ONCE,
        )

    @classmethod
    async def list_of(
        cls, identifiers: Sequence[str], horizon_minutes: int, station_id: str | None
    ) -> list[ForecastBatch]:
        """Return batches by their ids, the oldest first, each with its forecasts of one horizon, and of one station if it is given."""
        is_wanted = [{"$eq": ["$$each.horizon_minutes", horizon_minutes]}]
        if station_id is not None:
            is_wanted.append({"$eq": ["$$each.entities.station", {"$literal": station_id}]})
        chosen = {"$filter": {"input": "$forecasts", "as": "each", "cond": {"$and": is_wanted}}}
        stages: list[dict[str, Any]] = [
            {"$match": {"_id": {"$in": list(identifiers)}}},
            {"$set": {"forecasts": chosen}},
            {"$sort": {"at": 1}},
        ]
        found = await cls.collection().aggregate(stages)
        return [value async for fields in found if (value := cls.if_readable(fields)) is not None]


class ModelQualityDocument(Stored):
    """Where the quality of models is; the fields are those of `ModelQuality`, the id is the name of the model."""

    class Settings:
        name = "model_qualities"


class ModelQualities(Repository[ModelQuality]):
    """What came of each model's predictions."""

    document = ModelQualityDocument
    value = ModelQuality
