"""What an operator may want otherwise of the charging of its stations."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class EnergyParameters:
    """How charging is planned; an operator sets it.

    `promised_soc_percent` is the least charge of a pack that is handed out, `hold` how long a hold lasts: a held pack is
    ready by then. Raises ValueError for shares outside 0 to 1 or a load, a
    margin or a number below 0.
    """

    promised_soc_percent: float = 80.0
    hold: timedelta = timedelta(minutes=20)
    margin_percent: float = 0.5
    """Charge that a plan aims at above the promise: powers are whole watts, and a pack that ends a hair below the promise may
    not be handed out."""
    reserve_share: float = 0.5
    """Share of a station's packs of a model that is kept ready beside what last week's counts say: a quiet week ago is no promise."""
    sufficient: float = 0.99
    """Where a model forecasts the swaps: how often the packs that are kept ready suffice for those that come."""
    large_visits_ready: int = 2
    """Riders in a row for whom packs are kept ready likewise, where a vehicle takes several at once: the share of few packs
    would not do for one."""
    derated_share: float = 0.5
    """Share of its power that a charger may draw while a fault derates it."""
    auxiliary_kw: float = 0.2
    """What a station draws beside its chargers: controller, fans, modem."""

    @property
    def target_soc_percent(self) -> float:
        """Return the charge that a plan aims at for a pack that riders are to get."""
        return min(100.0, self.promised_soc_percent + self.margin_percent)

    def least_reserve(self, largest_visit: int) -> int:
        """Return how many packs of a model are kept ready at least, of which a rider takes so many at once."""
        return self.large_visits_ready * largest_visit if largest_visit > 1 else 0

    def __post_init__(self) -> None:
        if (
            not (0 <= self.reserve_share <= 1 and 0 <= self.derated_share <= 1 and 0 < self.sufficient < 1)
            or min(self.auxiliary_kw, self.margin_percent, self.large_visits_ready) < 0
        ):
            raise ValueError(
                "shares are 0 to 1, what suffices does so at times but not always, and a load and a margin at least 0"
            )
