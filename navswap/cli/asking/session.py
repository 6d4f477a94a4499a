"""Who asks: a visitor, the bearer of an access token, or an account that signs in and renews its session."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from navswap.cli.asking.errors import RefusedByApiError

RENEW_BEFORE: Final = timedelta(seconds=45)
SESSION = """session { accessToken accessTokenExpiresAt refreshToken }"""
SIGN_IN: Final = f"""mutation SignIn($input: SignInInput!) {{
  signIn(input: $input) {{ ... on SignInPayload {{ {SESSION} }} ... on Refusal {{ code message }} }}
}}"""
REFRESH: Final = f"""mutation Refresh($input: RefreshSessionInput!) {{
  refreshSession(input: $input) {{ ... on RefreshSessionPayload {{ {SESSION} }} ... on Refusal {{ code message }} }}
}}"""


class Post(Protocol):
    """Sends one operation without a session."""

    def __call__(self, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Return the whole answer; raises UnreachedError."""
        ...


class Session:
    """The access token of what is asked; None for a visitor."""

    def __init__(self, token: str | None = None) -> None:
        self._token = token

    def token(self) -> str | None:
        """Return an access token that is good for a while; raises RefusedByApiError where there is none to have."""
        return self._token


class AccountSession(Session):
    """The session of an account: begins at the first question, and is renewed before its access token ends."""

    def __init__(self, post: Post, email: str, password: str) -> None:
        super().__init__()
        self._post, self._email, self._password = post, email, password
        self._session: dict[str, str] | None = None

    def token(self) -> str:
        """Return an access token that is good for 45 seconds at least; raises RefusedByApiError, UnreachedError."""
        session = self._session
        if session is None or _ends_soon(session):
            session = self._session = self._renewed(session)
        return session["accessToken"]

    def _renewed(self, session: dict[str, str] | None) -> dict[str, str]:
        if session is not None:
            fresh = self._begin(REFRESH, {"refreshToken": session["refreshToken"]})
            if "accessToken" in fresh:
                return fresh
        begun = self._begin(SIGN_IN, {"email": self._email, "password": self._password})
        if "accessToken" not in begun:
            raise RefusedByApiError(f"{self._email} cannot sign in: {begun['code']}: {begun['message']}")
        return begun

    def _begin(self, document: str, values: dict[str, str]) -> dict[str, str]:
        """Return the session, or the code and the message of the refusal."""
        answer = self._post(document, {"input": values})
        if errors := answer.get("errors"):
            extensions = errors[0].get("extensions") or {}
            return {"code": str(extensions.get("code", "ERROR")), "message": errors[0]["message"]}
        [result] = answer["data"].values()
        found: dict[str, str] = result.get("session", result)
        return found


def _ends_soon(session: dict[str, str]) -> bool:
    return datetime.fromisoformat(session["accessTokenExpiresAt"]) < datetime.now(UTC) + RENEW_BEFORE
