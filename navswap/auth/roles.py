"""The roles of the API, and the sets of them that permissions name."""

from typing import Final

from navswap.kit.roles import Role

__all__ = ["ALL_ROLES", "AUDITORS", "OPERATORS", "OVERSEERS", "ROLE_DESCRIPTIONS", "Role"]


ALL_ROLES: Final = frozenset(Role)
"""Any signed-in user."""

OVERSEERS: Final = frozenset({Role.ADMIN, Role.STAFF, Role.ANALYST})
"""Those who see the whole operation: every queue, pack, job, fault and meter of the network."""

AUDITORS: Final = frozenset({Role.ADMIN, Role.ANALYST})
"""Those who also see what concerns other persons: their credits, shifts, shops and orders."""

OPERATORS: Final = frozenset({Role.ADMIN, Role.STAFF})
"""Those who act on stations and packs."""

ROLE_DESCRIPTIONS: Final = {
    Role.CONSUMER: "A rider who swaps packs; sees own entries, swaps and positions.",
    Role.STAFF: "Works at stations: scans QR tokens, completes swaps, reports packs.",
    Role.TRANSPORTER: "Moves packs between stations and shops; sees own jobs and position.",
    Role.PARTNER: "Runs a partner shop that stores packs; sees its own shop.",
    Role.ADMIN: "Runs the network; sees and may do everything.",
    Role.ANALYST: "Reads statistics and network state; changes nothing.",
}
