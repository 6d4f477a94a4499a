"""What an operator may want otherwise in how shops are asked to store packs."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class StorageParameters:
    """How far and how long, and what fairness weighs; the defaults are those of the demonstration."""

    reach_metres: float = 8_000.0
    """How far from a station its packs are stored at most, straight."""
    fairness_metres: float = 3_000.0
    """A shop that was lately asked to store as many packs as it has places counts as so much farther away."""
    least_probability: float = 0.05
    """A shop that hardly ever accepts counts as at most twenty times as far."""
    answer_within: timedelta = timedelta(hours=2)
    """How long a shop has to answer; it keeps the places free so long."""
    deliver_within: timedelta = timedelta(hours=24)
    """How long a shop waits for packs that it has accepted."""
    code_life: timedelta = timedelta(minutes=5)
    """How long the code of a transporter is good for packs to change hands at a shop."""
    recent: timedelta = timedelta(days=7)
    """Packs asked for in this time count as asked for lately."""

    def __post_init__(self) -> None:
        if self.reach_metres <= 0 or not 0 < self.least_probability <= 1:
            raise ValueError(
                "a reach is more than 0 metres, and a least probability more than 0 and at most 1"
            )
