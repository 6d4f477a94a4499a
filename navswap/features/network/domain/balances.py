"""Surplus and deficit of packs at the open stations, as a plan made now would see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from navswap.kit.forecasts import Source


@dataclass(frozen=True, slots=True)
class Balance:
    """Charged packs of a model that a station is expected to have over (above 0) or to miss (below 0), and those under way."""

    station_id: str
    pack_model_id: str
    forecast_packs: float
    source: Source
    charged_packs: int
    incoming_packs: int
    outgoing_packs: int

    @property
    def after_jobs_packs(self) -> float:
        """Return the forecast once the jobs that are not over have moved their packs."""
        return self.forecast_packs + self.incoming_packs - self.outgoing_packs


@dataclass(frozen=True, slots=True)
class Balances:
    """What is expected of the open stations: those that will miss packs, those with some left, the worst of all.

    A station with several models may miss packs of one and have others left; it counts to both.
    """

    short_stations: int
    missing_packs: float
    surplus_stations: int
    surplus_packs: float
    worst: Sequence[Balance]


def sum_up(balances: Sequence[Balance], most: int) -> Balances:
    """Sum up balances; `worst` are those by what will be missing, the most first, at most `most`."""
    short = [balance for balance in balances if balance.forecast_packs < 0]
    over = [balance for balance in balances if balance.forecast_packs > 0]
    ranked = sorted(
        balances, key=lambda balance: (balance.forecast_packs, balance.station_id, balance.pack_model_id)
    )
    return Balances(
        short_stations=len({balance.station_id for balance in short}),
        missing_packs=-sum(balance.forecast_packs for balance in short),
        surplus_stations=len({balance.station_id for balance in over}),
        surplus_packs=sum(balance.forecast_packs for balance in over),
        worst=ranked[:most],
    )
