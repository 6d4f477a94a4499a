from datetime import datetime, timedelta

import pytest

from navswap.features.staffing.domain.shifts import Shift, find_shift, shift_end
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


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("hours", "moment", "starts", "ends"),
    [
        (DAY, "2026-03-02T04:59:59+05:30", None, None),
        (DAY, "2026-03-02T05:00:00+05:30", "2026-03-02T06:00:00+05:30", "2026-03-02T14:00:00+05:30"),
        (DAY, "2026-03-02T13:59:59+05:30", "2026-03-02T06:00:00+05:30", "2026-03-02T14:00:00+05:30"),
        (DAY, "2026-03-02T14:00:00+05:30", None, None),
        (NIGHT, "2026-03-03T05:30:00+05:30", "2026-03-02T22:00:00+05:30", "2026-03-03T06:00:00+05:30"),
        (NIGHT, "2026-03-03T21:15:00+05:30", "2026-03-03T22:00:00+05:30", "2026-03-04T06:00:00+05:30"),
        # a shift that begins as the last one ends goes on
        (
            WorkingHours(0, 24, "UTC"),
            "2026-03-02T23:30:00+00:00",
            "2026-03-02T00:00:00+00:00",
            "2026-03-04T00:00:00+00:00",
        ),
        (
            WorkingHours(9, 9, "UTC"),
            "2026-03-02T08:30:00+00:00",
            "2026-03-01T09:00:00+00:00",
            "2026-03-03T09:00:00+00:00",
        ),
        (
            WorkingHours(6, 14, "Europe/Berlin"),
            "2026-03-29T05:30:00+02:00",
            "2026-03-29T06:00:00+02:00",
            "2026-03-29T14:00:00+02:00",
        ),
    ],
)
def test_a_shift_that_begins_soon_is_found_before_it_does(
    hours: WorkingHours, moment: str, starts: str | None, ends: str | None
) -> None:
    found = find_shift(hours, datetime.fromisoformat(moment), HOUR)
    if starts is None or ends is None:
        assert found is None
    else:
        assert found == Shift(datetime.fromisoformat(starts), datetime.fromisoformat(ends))
