"""What a transporter's vehicle has room for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from navswap.features.logistics.domain.values import TransportJob
from navswap.features.logistics.errors import TransportJobUnderWayError, VehicleTooSmallError


@dataclass(frozen=True, slots=True)
class VehicleLoad:
    """What a vehicle carries: packs on board, whatever for, and the job that its transporter works on.

    `on_board` has the pack model by serial number.
    """

    capacity_packs: int
    on_board: Mapping[str, str] = field(default_factory=dict)
    job: TransportJob | None = None

    @property
    def room_packs(self) -> int:
        """Return how many more packs fit beside those on board and those still to be fetched for the job."""
        to_fetch = 0 if self.job is None else self.job.packs_to_fetch
        return max(0, self.capacity_packs - len(self.on_board) - to_fetch)

    def require_room(self, packs: int) -> None:
        """Raise VehicleTooSmallError unless so many more packs fit."""
        if packs > self.room_packs:
            raise VehicleTooSmallError(
                f"Your vehicle has room for {self.room_packs} more packs, not {packs}; take fewer, or return what is "
                "in it."
            )

    def require_spare(self, serial_numbers: Iterable[str]) -> None:
        """Raise TransportJobUnderWayError for a pack on board that the job under way is to deliver."""
        needed = set() if self.job is None else set(self.job.on_board)
        for serial in serial_numbers:
            if serial in needed:
                raise TransportJobUnderWayError(
                    f"Pack {serial} belongs to your job under way; deliver it there, or end the job."
                )
