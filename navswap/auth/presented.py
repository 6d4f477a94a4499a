"""How clients present an access token: in a header, or, as browsers cannot set those of a websocket, in its payload."""

from collections.abc import Mapping
from itertools import dropwhile
from typing import Any, Final

PLACES: Final = "`Authorization`, `headers.Authorization`, `authToken`, `accessToken` or `token`"
"""Where it is looked for in the payload of connection_init, and of a ping that renews the session; in any case of letters."""
_NAMES: Final = ("authorization", "authtoken", "accesstoken", "access_token", "token", "jwt")
_ABSENT: Final = frozenset(
    {"", "bearer", "null", "undefined", "none", "bearer null", "bearer undefined", "bearer none"}
)
"""What clients write that have no token, such as `Bearer ${token}` of a JavaScript whose token is null."""


def token_in(payload: Mapping[str, Any] | None) -> str | None:
    """Return the token of a payload as a header has it, `Bearer` and the token; None where there is none."""
    fields = {str(name).lower(): value for name, value in (payload or {}).items()}
    nested = fields.get("headers")
    if isinstance(nested, Mapping):
        fields = {**{str(name).lower(): value for name, value in nested.items()}, **fields}
    for name in _NAMES:
        value = fields.get(name)
        if isinstance(value, str) and not is_absent(value):
            return value if " " in value.strip() else f"Bearer {value.strip()}"
    return None


def is_absent(header: str) -> bool:
    """Return whether a header says that there is no token."""
    return " ".join(header.split()).lower() in _ABSENT


def token_of(header: str) -> str | None:
    """Return the token of a header, `Bearer` and the token or the token alone; None for another scheme.

    What clients wrap around it by mistake is left out: quotation marks, and a second `Bearer`.
    """
    words = header.replace('"', " ").replace("'", " ").split()
    after = list(dropwhile(_is_scheme, words))
    if after == words:
        return words[0] if len(words) == 1 and words[0].count(".") == 2 else None
    return " ".join(after) or None


def _is_scheme(word: str) -> bool:
    return word.lower() == "bearer"
