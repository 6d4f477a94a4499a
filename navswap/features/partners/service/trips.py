"""Trips to and from shops: what a partner scans is what the trip of the transporter delivers or picks up."""

from typing import Protocol

from navswap.infra.mongo import Session


class TripKeeper(Protocol):
    """Who keeps the trips of transporters."""

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


class Trips:
    """Hands scans on to who keeps the trips, in the transaction of the scan; the services of a process share one.

    Transports are a higher slice. Where none keeps trips, packs change hands without one.
    """

    def __init__(self) -> None:
        self._keeper: TripKeeper | None = None

    def are_kept_by(self, keeper: TripKeeper) -> None:
        """Say who keeps trips; called once, when the slices are composed."""
        self._keeper = keeper

    async def bring(
        self, request_id: str, transporter_id: str, serial_numbers: tuple[str, ...], session: Session
    ) -> None:
        """Deliver packs that a shop took in for a storage request; raises PackOfAnotherTripError."""
        if self._keeper is not None:
            await self._keeper.bring(request_id, transporter_id, serial_numbers, session)

    async def fetch(
        self, shop_id: str, transporter_id: str, serial_numbers: tuple[str, ...], session: Session
    ) -> None:
        """Pick up packs that a shop gave away; raises MorePacksThanAgreedError."""
        if self._keeper is not None:
            await self._keeper.fetch(shop_id, transporter_id, serial_numbers, session)
