"""Accounts: what an address, a name and a password must be."""

from navswap.kit.errors import InvalidInputError

MIN_PASSWORD_LENGTH = 12
"""Least characters of a password that a person chooses."""


def normal_email(email: str) -> str:
    """Return an address as it is stored: trimmed, lower case."""
    return email.strip().casefold()


def check_account(email: str, name: str, password: str) -> None:
    """Raise InvalidInputError unless a user can have these; `email` and `name` as they would be stored."""
    if not _is_address(email):
        raise InvalidInputError(
            "email", f"{email!r} is no e-mail address; it needs the form name@host, without spaces."
        )
    if not name:
        raise InvalidInputError("name", "The name is empty; it is what other people see of the user.")
    if len(password) < MIN_PASSWORD_LENGTH:
        raise InvalidInputError(
            "password", f"The password is too short; it needs at least {MIN_PASSWORD_LENGTH} characters."
        )


def _is_address(address: str) -> bool:
    """Return whether this has the form of an address; whether it exists only a message to it can show."""
    name, _, host = address.partition("@")
    return bool(name and host) and "@" not in host and not any(sign.isspace() for sign in address)
