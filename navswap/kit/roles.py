"""The roles of the API."""

from enum import StrEnum


class Role(StrEnum):
    """What a person or a machine may do; every user has exactly one role."""

    CONSUMER = "CONSUMER"
    STAFF = "STAFF"
    TRANSPORTER = "TRANSPORTER"
    PARTNER = "PARTNER"
    ADMIN = "ADMIN"
    ANALYST = "ANALYST"
