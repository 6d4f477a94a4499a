"""Energy: no feeder is planned to give more than it can."""

from navswap.consistency.invariant import Finding, Invariant, View
from navswap.features.energy.storage import EnergyStationDocument, EnergyStations

TOLERANCE_KW = 0.001
"""Sums of rounded powers differ by less."""


class ChargersKeepToTheFeeder(Invariant):
    """A feeder that gives more trips, and the whole station is dark."""

    statement = "The chargers of each station are ordered to draw no more than its feeder may give."

    async def examine(self, view: View, finding: Finding) -> None:
        """Add up what the chargers of each station were ordered."""
        async for row in view.read(EnergyStationDocument):
            finding.examined += 1
            station = EnergyStations.from_stored(row)
            limit = station.limit_kw
            if limit is not None and station.charging_kw > limit + TOLERANCE_KW:
                finding.offend(
                    f"energy_stations {station.id}",
                    f"charges with {station.charging_kw:.2f} kW at a feeder of {limit:.2f} kW",
                )
