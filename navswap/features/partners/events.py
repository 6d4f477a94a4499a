"""What the partners slice publishes."""

from datetime import datetime
from typing import ClassVar, Self

from navswap.events.envelope import DomainEvent
from navswap.features.partners.documents import RequestState, StorageRequest


def shop_stream(shop_id: str) -> str:
    """Return the live stream of the requests of a shop."""
    return f"storage:{shop_id}"


class StorageRequestChanged(DomainEvent):
    """A storage request changed; the payload is the whole request."""

    request_id: str
    plan_id: str
    shop_id: str
    station_id: str
    packs: int
    collected: list[str]
    received: list[str]
    state: RequestState
    requested_at: datetime
    due_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    revision: int
    request_sequence: int

    @classmethod
    def of(cls, request: StorageRequest, request_sequence: int) -> Self:
        """Tell a request as it was just written."""
        return cls(
            request_id=request.id,
            request_sequence=request_sequence,
            **{
                name: getattr(request, name)
                for name in cls.model_fields
                if name in StorageRequest.model_fields
            },
        )

    def key(self) -> str:
        """Order by shop."""
        return self.shop_id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the shop."""
        return {shop_stream(self.shop_id): self.request_sequence}


class StorageRequested(StorageRequestChanged):
    """A shop was asked to store packs."""

    type: ClassVar[str] = "partners.storage_request.requested"


class StorageAccepted(StorageRequestChanged):
    """The shop keeps places for the packs."""

    type: ClassVar[str] = "partners.storage_request.accepted"


class StorageDeclined(StorageRequestChanged):
    """The shop does not want the packs."""

    type: ClassVar[str] = "partners.storage_request.declined"


class StorageExpired(StorageRequestChanged):
    """The shop did not answer in time, or not all packs came in time."""

    type: ClassVar[str] = "partners.storage_request.expired"


class StorageCollected(StorageRequestChanged):
    """A transporter fetched some of the packs; they are on the way to the shop."""

    type: ClassVar[str] = "partners.storage_request.collected"


class StorageReceived(StorageRequestChanged):
    """Some of the packs have come; more are to come."""

    type: ClassVar[str] = "partners.storage_request.received"


class StorageFulfilled(StorageRequestChanged):
    """All packs have come."""

    type: ClassVar[str] = "partners.storage_request.fulfilled"


EVENT_OF_STATE: dict[RequestState, type[StorageRequestChanged]] = {
    RequestState.REQUESTED: StorageRequested,
    RequestState.ACCEPTED: StorageAccepted,
    RequestState.DECLINED: StorageDeclined,
    RequestState.EXPIRED: StorageExpired,
    RequestState.FULFILLED: StorageFulfilled,
}
