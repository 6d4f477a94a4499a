"""When people work: a shift a day, with a break in the middle, drawn by person and day and by nothing that happens."""

from dataclasses import dataclass

from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.world.people import SHIFT_HOURS

DAY_MINUTES = 1440.0
HOUR_MINUTES = 60.0
BREAK_AFTER_MINUTES = (180.0, 270.0)
"""From the begin of a shift to its break, least and most."""
BREAK_MINUTES = (30.0, 45.0)
TRANSPORTER_SHIFTS = ((6, 15), (11, 20), (15, 24), (21, 30))
"""Begin and end of the shifts of transporters, local hours; each transporter has the same one every day."""

Shift = tuple[int, int]
"""Local hours of the begin and the end, the latter up to 30: 06:00 of the next day."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Minutes of the run from which and until which a person works without a break."""

    begins: float
    ends: float


class WorkingTime:
    """The working time of one person; minutes are those of a run that begins at a local midnight."""

    def __init__(self, draws: Draws, person: int, shift: Shift) -> None:
        """Take the key of the person among the draws."""
        self._draws = draws
        self._person = person
        self._shift = shift
        self._known = Stretch(0.0, 0.0)

    @classmethod
    def of_staff(cls, draws: Draws, worker: int, shift: str) -> "WorkingTime":
        """Return the working time of a member of staff with a shift by name."""
        return cls(draws, worker, SHIFT_HOURS[shift])

    @classmethod
    def of_transporter(cls, draws: Draws, transporter: int) -> "WorkingTime":
        """Return the working time of a transporter, whose shift is drawn."""
        share = draws.uniform(Purpose.SHIFT, transporter, 0)
        return cls(draws, transporter, TRANSPORTER_SHIFTS[int(share * len(TRANSPORTER_SHIFTS))])

    def of_day(self, day: int) -> tuple[Stretch, Stretch]:
        """Return what a person works in the shift that begins on a day, before and after the break."""
        begins, ends = (day * DAY_MINUTES + hour * HOUR_MINUTES for hour in self._shift)
        pause_at = begins + self._between(BREAK_AFTER_MINUTES, 2 * day)
        back_at = pause_at + self._between(BREAK_MINUTES, 2 * day + 1)
        return Stretch(begins, pause_at), Stretch(back_at, ends)

    def find(self, now: float) -> Stretch | None:
        """Return the stretch in which a person works now; None where that is a break or the shift is off."""
        known = self._known
        if not known.begins <= now < known.ends:
            known = self.next(now)
            if known.begins > now:
                return None
            self._known = known
        return known

    def next(self, now: float) -> Stretch:
        """Return the first stretch that is not over: the one in which a person works now, else the next one."""
        today = int(now // DAY_MINUTES)
        coming = (stretch for day in (today - 1, today, today + 1) for stretch in self.of_day(day))
        return next(stretch for stretch in coming if stretch.ends > now)

    def next_begin(self, now: float) -> float:
        """Return when a person next begins to work, after a break or at the begin of a shift; always later than now."""
        stretch = self.next(now)
        return stretch.begins if stretch.begins > now else self.next(stretch.ends).begins

    def _between(self, bounds: tuple[float, float], index: int) -> float:
        least, most = bounds
        return least + (most - least) * self._draws.uniform(Purpose.BREAK, self._person, index)
