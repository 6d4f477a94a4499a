"""What a client of stationChanged does."""

from typing import Any

STATUS = {"Station": ("id", "status")}
"""What of a station is followed: the rest is as it was read."""


def take_status(held: dict[str, Any], update: dict[str, Any]) -> None:
    """Show the status of the station that the update is about."""
    [station] = [station for station in held["stations"] if station["id"] == update["stationId"]]
    station["status"] = update["status"]
