from datetime import datetime

import pytest

from navswap.features.staffing.domain.shifts import shift_end
from navswap.features.staffing.domain.values import WorkingHours

DAY, NIGHT = WorkingHours(6, 14, "Asia/Kolkata"), WorkingHours(22, 6, "Asia/Kolkata")


@pytest.mark.parametrize(
    ("hours", "moment", "end"),
    [
        (DAY, "2026-03-02T05:59:59+05:30", None),
        (DAY, "2026-03-02T06:00:00+05:30", "2026-03-02T14:00:00+05:30"),
        (DAY, "2026-03-02T14:00:00+05:30", None),
        (NIGHT, "2026-03-02T21:59:59+05:30", None),
        (NIGHT, "2026-03-02T22:00:00+05:30", "2026-03-03T06:00:00+05:30"),
        (NIGHT, "2026-03-03T05:59:59+05:30", "2026-03-03T06:00:00+05:30"),
        (NIGHT, "2026-03-03T06:00:00+05:30", None),
        (WorkingHours(0, 24, "UTC"), "2026-03-02T23:59:59+00:00", "2026-03-03T00:00:00+00:00"),
        (WorkingHours(16, 24, "UTC"), "2026-03-02T16:00:00+00:00", "2026-03-03T00:00:00+00:00"),
        (WorkingHours(9, 9, "UTC"), "2026-03-02T08:00:00+00:00", "2026-03-02T09:00:00+00:00"),
        (WorkingHours(6, 14, "Europe/Berlin"), "2026-03-29T05:00:00+02:00", None),
        (WorkingHours(6, 14, "Europe/Berlin"), "2026-03-29T06:00:00+02:00", "2026-03-29T14:00:00+02:00"),
    ],
)
def test_a_shift_is_on_from_its_first_to_its_last_local_hour(
    hours: WorkingHours, moment: str, end: str | None
) -> None:
    expected = None if end is None else datetime.fromisoformat(end)
    assert shift_end(hours, datetime.fromisoformat(moment)) == expected
