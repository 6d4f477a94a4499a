"""What an operator may want otherwise in how staff is sent from station to station."""

from dataclasses import dataclass, field
from datetime import timedelta

from navswap.features.staffing.domain.values import Skill
from navswap.kit.roads import RoadParameters
from navswap.kit.visits import VisitParameters


@dataclass(frozen=True, slots=True)
class StaffingParameters:
    """Times of work, ways and answers; the defaults are those of the demonstration. Minutes are above 0."""

    visits: VisitParameters = field(default_factory=VisitParameters)
    roads: RoadParameters = field(default_factory=RoadParameters)
    repair_minutes: float = 30.0
    """Work of one ticket."""
    useful_minutes: float = 48.0
    """Work that a member of staff does in an hour; the rest is walking, waiting and rest."""
    move_minutes: float = 10.0
    """What a move costs beside the way: handing over, finding one's feet."""
    fairness_minutes: float = 4.0
    """What each diversion of the last week adds: others first, unless they are much worse placed."""
    farthest_minutes: float = 30.0
    """No member of staff is sent on a longer way."""
    answer_within: timedelta = timedelta(minutes=5)
    stay: timedelta = timedelta(hours=2)
    """How long a diversion lasts at most."""
    least_left: timedelta = timedelta(minutes=15)
    """No member of staff is sent away so shortly before the end of a shift."""
    ask_ahead: timedelta = timedelta(hours=1)
    """How long before the start of a shift its members are planned with: as far as the forecast of work goes."""
    fairness_window: timedelta = timedelta(days=7)
    declined_window: timedelta = timedelta(minutes=30)
    position_age: timedelta = timedelta(minutes=15)
    """A position older than this no longer says where a member of staff is."""

    def __post_init__(self) -> None:
        if min(self.repair_minutes, self.useful_minutes, self.farthest_minutes) <= 0:
            raise ValueError("work and ways take more than 0 minutes")

    def work_minutes(self, skill: Skill) -> float:
        """Return the work of one swap, or of one ticket."""
        return self.repair_minutes if skill is Skill.REPAIR else self.visits.service_minutes
