"""Users, their sessions, and what riders ride."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from annotated_types import Interval

from navswap.kit.charging import STANDARD_PACK
from navswap.kit.roles import Role

MOST_PACKS = 4
"""Most packs that a vehicle takes."""


@dataclass(frozen=True, slots=True)
class User:
    """A person or a machine with one role; `password_hash` None means: no sign-in by password."""

    id: str
    email: str
    name: str
    role: Role
    created_at: datetime
    password_hash: str | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class SignInSession:
    """A refresh token family: begins with a sign-in, rotates with each refresh, ends once."""

    id: str
    user_id: str
    secret_fingerprint: str
    """Of the refresh token that is good now; the token itself is not stored."""
    started_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Vehicle:
    """What a rider rides: how many packs it takes, all of one model."""

    id: str
    rider_id: str
    name: str
    pack_model_id: str = STANDARD_PACK.id
    pack_count: Annotated[int, Interval(ge=1, le=MOST_PACKS)] = 1
    revision: int = 1

    @classmethod
    def plain(cls, rider_id: str) -> "Vehicle":
        """Return the vehicle of a rider who has registered none: one pack of the standard model."""
        return cls(id=rider_id, rider_id=rider_id, name="")
