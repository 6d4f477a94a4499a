"""Reads where people are, before a transaction that needs them at a place."""

from datetime import timedelta

from navswap.features.positions.domain.presence import Whereabouts
from navswap.features.positions.service.reports import PositionService
from navswap.kit.presence import PlaceProof
from navswap.settings import Settings

__all__ = ["PresenceReader", "Whereabouts", "staff_proof", "transporter_proof"]


def transporter_proof(settings: Settings) -> PlaceProof:
    """Return what proves that a transporter is where packs change hands."""
    return PlaceProof(
        settings.transporter_fence_metres, timedelta(minutes=settings.transporter_proof_minutes)
    )


def staff_proof(settings: Settings) -> PlaceProof:
    """Return what proves that a member of staff is at a station."""
    return PlaceProof(settings.fence_metres, timedelta(minutes=settings.staff_proof_minutes))


class PresenceReader:
    """Reads whereabouts; each slice says what proves presence to it."""

    def __init__(self, positions: PositionService, proof: PlaceProof) -> None:
        self._positions = positions
        self._proof = proof

    async def read(self, user_id: str) -> Whereabouts:
        """Return where a user was last seen, within a day."""
        found = await self._positions.find_latest([user_id])
        return Whereabouts(user_id, found.get(user_id), self._proof)
