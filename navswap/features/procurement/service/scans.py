"""Scanned serial numbers."""

from navswap.kit.errors import InvalidInputError

MAX_SCANS = 500


def checked_scans(serial_numbers: list[str]) -> list[str]:
    """Return the different packs that were scanned, in order; raises InvalidInputError for none or too many."""
    scanned = list(dict.fromkeys(serial_numbers))
    if not 1 <= len(scanned) <= MAX_SCANS or not all(1 <= len(serial) <= 50 for serial in scanned):
        raise InvalidInputError(
            "serial_numbers",
            f"Scan 1 to {MAX_SCANS} packs at once; a serial number has 1 to 50 characters.",
        )
    return scanned
