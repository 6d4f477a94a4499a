"""The roster: where a member of staff works, when, and what the member can do."""

from collections.abc import Sequence
from dataclasses import replace

from navswap.features.staffing.domain.values import Skill, StaffMember, WorkingHours
from navswap.kit.errors import InvalidInputError
from navswap.kit.lifecycle import Transition, unchanged
from navswap.kit.time_zones import require_time_zone


def register(
    known: StaffMember | None,
    staff_id: str,
    home_station_id: str,
    skills: Sequence[Skill],
    hours: WorkingHours,
) -> Transition[StaffMember]:
    """Put a user on the roster, or change what it says of a member; the same again changes nothing.

    Raises InvalidInputError for impossible hours, and for no skill.
    """
    _check(hours)
    distinct = tuple(dict.fromkeys(skills))
    if not distinct:
        raise InvalidInputError("skills", "Give at least one skill.")
    if known is None:
        return Transition(None, StaffMember(staff_id, home_station_id, distinct, hours))
    if (known.home_station_id, known.skills, known.hours) == (home_station_id, distinct, hours):
        return unchanged(known)
    changed = replace(
        known, home_station_id=home_station_id, skills=distinct, hours=hours, revision=known.revision + 1
    )
    return Transition(known, changed)


def _check(hours: WorkingHours) -> None:
    if not 0 <= hours.start_hour <= 23:
        raise InvalidInputError("shift_start_hour", "A shift begins with an hour of 0 to 23.")
    if not 1 <= hours.end_hour <= 24:
        raise InvalidInputError("shift_end_hour", "A shift ends before an hour of 1 to 24.")
    require_time_zone(hours.time_zone)
