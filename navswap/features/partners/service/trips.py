"""Trips to and from shops: what a partner scans is what the trip of the transporter delivers or picks up."""

from typing import Protocol

from navswap.infra.mongo import Session


class TripTracker(Protocol):
    """Who records what the trips of transporters bring and fetch."""

    async def bring(
        self, request_id: str, transporter_id: str, serial_numbers: tuple[str, ...], session: Session
    ) -> None:
        """Deliver packs that a shop took in for a storage request; raises PackOfAnotherTripError."""
        ...

    async def fetch(
        self, shop_id: str, transporter_id: str, serial_numbers: tuple[str, ...], session: Session
    ) -> None:
        """Pick up packs that a shop gave away; raises MorePacksThanAgreedError."""
        ...

    async def require_free(
        self, transporter_id: str, serial_numbers: tuple[str, ...], session: Session
    ) -> None:
        """Raise PackOfAnotherTripError for a pack that the transporter has on board for a job under way."""
        ...


class Trips:
    """Hands scans on to who tracks the trips, in the transaction of the scan; the services of a process share one.

    Transports are a higher slice. Where none tracks trips, packs change hands without one.
    """

    def __init__(self) -> None:
        self._tracker: TripTracker | None = None

    def are_tracked_by(self, tracker: TripTracker) -> None:
        """Say who tracks trips; called once, when the slices are composed."""
        self._tracker = tracker

    async def bring(
        self, request_id: str, transporter_id: str, serial_numbers: tuple[str, ...], session: Session
    ) -> None:
        """Deliver packs that a shop took in for a storage request; raises PackOfAnotherTripError."""
        if self._tracker is not None:
            await self._tracker.bring(request_id, transporter_id, serial_numbers, session)

    async def fetch(
        self, shop_id: str, transporter_id: str, serial_numbers: tuple[str, ...], session: Session
    ) -> None:
        """Pick up packs that a shop gave away; raises MorePacksThanAgreedError."""
        if self._tracker is not None:
            await self._tracker.fetch(shop_id, transporter_id, serial_numbers, session)

    async def require_free(
        self, transporter_id: str, serial_numbers: tuple[str, ...], session: Session
    ) -> None:
        """Raise PackOfAnotherTripError for a pack that the transporter has on board for a job under way."""
        if self._tracker is not None:
            await self._tracker.require_free(transporter_id, serial_numbers, session)
