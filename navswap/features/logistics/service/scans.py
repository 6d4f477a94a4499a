"""Scanned serial numbers."""

from collections.abc import Sequence

from navswap.kit.errors import InvalidInputError

MAX_SCANNED = 200
"""Most packs of one scan, as many as the largest vehicle carries."""


def check_scan(field: str, serial_numbers: Sequence[str]) -> None:
    """Raise InvalidInputError unless 1 to 200 packs were scanned, each once."""
    if not 1 <= len(serial_numbers) <= MAX_SCANNED or len(set(serial_numbers)) < len(serial_numbers):
        raise InvalidInputError(field, f"Scan 1 to {MAX_SCANNED} packs, each once.")
