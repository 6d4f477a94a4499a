"""What every forecast and estimate says of itself."""

from enum import StrEnum


class Source(StrEnum):
    """Where an estimate comes from."""

    BASELINE = "BASELINE"
    PRIOR = "PRIOR"
    MODEL = "MODEL"
