"""Passwords: argon2id in a thread, so that hashing never holds up the event loop."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
UNKNOWN_USER = (
    "$argon2id$v=19$m=65536,t=3,p=4$4KEU15EQKIZm0fGFt1goEw$xIFzQZn8GmZsa2IpIUPFNWRHPmL16MlIk6XCSGIJ4IA"
)
"""The hash of a password of no user, at the cost of all others; made once, for making one takes a process a tenth of a second."""


async def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, with its salt and cost in it."""
    return await asyncio.to_thread(_hasher.hash, password)


async def password_matches(hashed: str | None, password: str) -> bool:
    """Return whether the password belongs to the hash.

    Without a hash the same work is done for a hash of no user, so that the time does not show which users exist.
    """
    return await asyncio.to_thread(_matches, hashed, password)


def _matches(hashed: str | None, password: str) -> bool:
    try:
        return _hasher.verify(hashed or UNKNOWN_USER, password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False
