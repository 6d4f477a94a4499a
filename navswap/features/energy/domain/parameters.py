"""What an operator may want otherwise of the charging of its stations."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class EnergyParameters:
    """How charging is planned; an operator sets it.

    `promised_soc_percent` is the least charge of a pack that is handed out, `hold` how long a hold lasts: a held pack is
    ready by then. Raises ValueError for shares outside 0 to 1 or a load below 0.
    """

    promised_soc_percent: float = 80.0
    hold: timedelta = timedelta(minutes=20)
    reserve_share: float = 0.5
    """Share of a station's packs that is kept ready whatever the forecast says: a quiet week ago is no promise."""
    derated_share: float = 0.5
    """Share of its power that a charger may draw while a fault derates it."""
    auxiliary_kw: float = 0.2
    """What a station draws beside its chargers: controller, fans, modem."""

    def __post_init__(self) -> None:
        if not (0 <= self.reserve_share <= 1 and 0 <= self.derated_share <= 1) or self.auxiliary_kw < 0:
            raise ValueError("shares are 0 to 1, and a load is at least 0 kW")
