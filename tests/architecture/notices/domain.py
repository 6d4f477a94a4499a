"""What a notice is, and when it is out of date."""

from datetime import datetime, timedelta

LIFE = timedelta(days=7)
"""How long a notice stands."""


def out_of_date(now: datetime) -> datetime:
    """Return the time before which a notice must have been posted to be out of date."""
    return now - LIFE
