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


EVERYBODY = frozenset(Role)
"""Any signed-in user."""

ROLE_DESCRIPTIONS = {
    Role.CONSUMER: "A rider who swaps packs; sees own entries, swaps and positions.",
    Role.STAFF: "Works at stations: scans QR tokens, completes swaps, reports packs.",
    Role.TRANSPORTER: "Moves packs between stations and shops; sees own jobs and position.",
    Role.PARTNER: "Runs a partner shop that stores packs; sees its own shop.",
    Role.ADMIN: "Runs the network; sees and may do everything.",
    Role.ANALYST: "Reads statistics and network state; changes nothing.",
}
