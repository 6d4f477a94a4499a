"""Orders about many packs in MongoDB."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import Field
from pymongo import ASCENDING, IndexModel

from navswap.features.packs.service import PackAction
from navswap.infra.mongo import Session, Stored


class FleetOrder(Stored):
    """What an administrator ordered to do with packs, and with which of them it was done.

    The packs are chosen once, when the order is given; the unique key makes a retry go on with them and no others.
    """

    deed: PackAction
    wanted: dict[str, Any] = Field(description="The request, to tell a retry from another one")
    reason: str
    made_by: str
    idempotency_key: str
    made_at: datetime
    matched_packs: int = Field(ge=0, description="Packs that the filter meant then")
    chosen: list[str] = Field(description="Serial numbers of those to change")
    changed: list[str] = Field(default_factory=list, description="Those of them that were changed")
    held: list[str] = Field(default_factory=list, description="Those of them that a rider had a hold of")

    class Settings:
        name = "fleet_orders"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("made_by", ASCENDING), ("idempotency_key", ASCENDING)], name="idempotency", unique=True
            )
        ]

    @classmethod
    async def read(cls, order_id: str) -> Self:
        """Return an order that exists."""
        found: Self = cls.model_validate(await cls.collection().find_one({"_id": order_id}))
        return found

    @classmethod
    async def find_by_key(cls, made_by: str, idempotency_key: str) -> Self | None:
        """Return the order that a request with this key gave."""
        return await cls.find_one({"made_by": made_by, "idempotency_key": idempotency_key})

    @classmethod
    async def note_changed(
        cls, order_id: str, changed: Sequence[str], held: Sequence[str], session: Session
    ) -> None:
        """Write down which packs were changed in this transaction."""
        await cls.collection().update_one(
            {"_id": order_id},
            {"$addToSet": {"changed": {"$each": list(changed)}, "held": {"$each": list(held)}}},
            session=session,
        )
