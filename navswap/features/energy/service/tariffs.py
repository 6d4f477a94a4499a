"""Tariffs: stored, looked up."""

from navswap.features.energy.documents import Tariff


class TariffService:
    """Keeps the tariffs that stations buy their energy by; a station names its own in its information."""

    async def save(self, tariffs: list[Tariff]) -> int:
        """Store tariffs, each in place of the one with its id; returns how many are new or changed."""
        return await Tariff.save_all(tariffs)

    async def list_by_ids(self, ids: list[str]) -> dict[str, Tariff]:
        """Return tariffs by id; unknown ids are left out."""
        return {tariff.id: tariff async for tariff in Tariff.find({"_id": {"$in": ids}})}

    async def find(self, tariff_id: str | None) -> Tariff | None:
        """Return a tariff, or None where there is none or no id is given."""
        return None if tariff_id is None else await Tariff.get(tariff_id)
