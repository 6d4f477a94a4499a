"""The accounts of the demonstration city, signed in as any client would."""

import json
from urllib.error import URLError
from urllib.request import Request, urlopen

from navswap.cli.welcome import ReadyAccount
from navswap.seeding.city import load_demo_city
from navswap.seeding.files import demo_password, seeds_dir
from navswap.settings import Settings

SIGN_IN = """
mutation SignIn($input: SignInInput!) {
  signIn(input: $input) { ... on SignInPayload { session { accessToken accessTokenExpiresAt } } }
}
"""
TIMEOUT_SECONDS = 10.0


def sign_in_all(graphql_url: str, settings: Settings) -> list[ReadyAccount]:
    """Return the demonstration accounts, signed in; one that the network does not know is left out.

    Raises SeedsUnreadableError and PublishedPasswordError.
    """
    city = load_demo_city(seeds_dir(settings))
    password = demo_password(settings, city)
    return [
        ReadyAccount(
            role=account.role,
            name=account.name,
            email=account.email,
            password=password,
            access_token=session["accessToken"],
            expires_at=session["accessTokenExpiresAt"],
        )
        for account in city.accounts.accounts
        if (session := _sign_in(graphql_url, account.email, password))
    ]


def _sign_in(graphql_url: str, email: str, password: str) -> dict[str, str]:
    body = json.dumps({"query": SIGN_IN, "variables": {"input": {"email": email, "password": password}}})
    request = Request(graphql_url, body.encode(), {"content-type": "application/json"})  # noqa: S310 - our own http URL
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - our own http URL
            answer = json.load(response)
    except URLError:
        return {}
    payload = (answer.get("data") or {}).get("signIn") or {}
    session: dict[str, str] = payload.get("session", {})
    return session
