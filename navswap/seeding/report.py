"""What a seeding did, reported while it runs and at its end."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from navswap.seeding.file_report import FileReport
from navswap.seeding.formats import RejectedRow

if TYPE_CHECKING:
    from navswap.seeding.reimport import Differences

DEFAULT_SLOTS = 12
"""Slots of a new station whose file does not say; a common size of swap cabinets. The report says of how many."""


class SeedProgress(Protocol):
    """Is called with how far a step has come: its name, what is done, and of how many."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Take note of the progress of one step."""
        ...


def silent(step: str, done: int, total: int) -> None:
    """Report nothing."""
    del step, done, total


@dataclass(slots=True)
class Tally:
    """How many of one kind are new, changed, and as they were."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class SeedReport:
    """What a seeding did, or with `dry_run` what it would do.

    `skipped` counts rows that the file itself marks as out of service; `rejected` lists the rows that cannot
    be loaded, with place and reason; `file` is what was read of a file. `default_capacity` are the slots of a new station
    whose file does not say.
    """

    source: str
    dry_run: bool
    stations: Tally = field(default_factory=Tally)
    packs: Tally = field(default_factory=Tally)
    users: Tally = field(default_factory=Tally)
    tariffs: Tally = field(default_factory=Tally)
    shops: Tally = field(default_factory=Tally)
    skipped: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    file: FileReport | None = None
    default_capacity: int = DEFAULT_SLOTS
    differences: "Differences | None" = None
    """What the import of a file found that is there already; None without a database."""
    compared: bool = True
    """Whether the database answered; a dry run does without, and then counts all stations as new."""

    @property
    def changed(self) -> bool:
        """Whether anything was written, or would be."""
        return any(tally.created or tally.updated for tally in self.tallies.values())

    @property
    def tallies(self) -> dict[str, Tally]:
        """The tallies by what they count."""
        return {
            "stations": self.stations,
            "packs": self.packs,
            "users": self.users,
            "tariffs": self.tariffs,
            "shops": self.shops,
        }

    @property
    def complete(self) -> bool:
        """Whether all of the source was loaded as it says: no row rejected, no station held back."""
        return not self.rejected and not (self.differences is not None and self.differences.held_back)

    @property
    def loaded(self) -> bool:
        """Whether the source held at least one station that can be loaded."""
        return any((self.stations.created, self.stations.updated, self.stations.unchanged))

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)
