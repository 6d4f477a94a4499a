"""Where clients put the access token of a websocket, for browsers cannot set its headers."""

from collections.abc import Mapping
from typing import Any, Final

PLACES: Final = "`Authorization`, `headers.Authorization`, `authToken`, `accessToken` or `token`"
"""Where it is looked for in the payload of connection_init, and of a ping that renews the session; in any case of letters."""
_NAMES: Final = ("authorization", "authtoken", "accesstoken", "token")


def token_in(payload: Mapping[str, Any] | None) -> str | None:
    """Return the token of a payload as a header has it, `Bearer` and the token; None where there is none."""
    fields = {str(name).lower(): value for name, value in (payload or {}).items()}
    nested = fields.get("headers")
    if isinstance(nested, Mapping):
        fields = {**{str(name).lower(): value for name, value in nested.items()}, **fields}
    for name in _NAMES:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            return value if " " in value.strip() else f"Bearer {value.strip()}"
    return None
