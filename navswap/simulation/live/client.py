"""A client of the API over HTTP: shared connections, sessions that are renewed, and patience with a server that is away.

An agent asks and gets data, or a RefusedError that it can do something about. What a well-behaved client does not show its
user is done here: waiting as long as a rate limit says, waiting for a server that starts again, a new access token.
"""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from navswap.simulation.live.documents import REFRESH_SESSION, SIGN_IN, Operation
from navswap.simulation.live.errors import (
    NoAnswerError,
    OperationFailedError,
    RefusedError,
    SignInRefusedError,
)
from navswap.simulation.live.meter import Meter

TIMEOUT_SECONDS = 30.0
CONNECTIONS = 24
"""Shared by all agents: their operations are short, and few at a time."""
KEEP_ALIVE_SECONDS = 2.0
"""Less than the 5 s after which the server closes an idle connection, so that none is used that is being closed."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 5.0
RENEW_BEFORE = timedelta(seconds=30)
SIGN_INS = 3
"""Sign-ins at a time, so that one that a busy server answers late does not hold up all others."""
SIGN_IN_SECONDS = 0.5
"""Between the begins of two sign-ins of the process: argon2 costs the server tens of milliseconds of a core."""
SIGN_IN_LIMITED_SECONDS = 3.5
"""The same at a server that permits 20 a minute from one address, its default."""
SESSION_CODES = frozenset({"NOT_SIGNED_IN", "SESSION_ENDED"})
PASSING_CODES = frozenset({"UNAVAILABLE", "TOO_MANY_WAITING", "TIMED_OUT", "STREAM_UNAVAILABLE"})
"""Errors that say: the same again, a little later."""
NO_SUCH_ACCOUNT = "INVALID_CREDENTIALS"


class Api:
    """The endpoint of a server, `http://host:port/graphql` or the same over TLS; an asynchronous context manager."""

    def __init__(self, url: str, meter: Meter) -> None:
        self.url = url
        self.meter = meter
        self._limited_until = 0.0
        limits = httpx.Limits(
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
        )
        self._http = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False)
        self._signing_in = asyncio.Semaphore(SIGN_INS)
        self._sign_in_turns = asyncio.Lock()
        self._sign_in_seconds = SIGN_IN_SECONDS
        self._next_sign_in = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def send(self, operation: Operation, token: str | None, variables: Mapping[str, Any]) -> Any:
        """Return the value of the root field.

        Raises RefusedError, OperationFailedError, NoAnswerError after `operation.attempts` attempts.
        """
        pause, sent = FIRST_PAUSE_SECONDS, 0
        while True:
            if (limited := self._limited_until - time.monotonic()) > 0:
                await asyncio.sleep(limited)
            began = time.monotonic()
            answer = await self._post(operation, token, variables)
            sent += 1
            if answer is not None:
                self.meter.answered(operation.name, time.monotonic() - began)
                if not self._must_wait(operation, answer):
                    return self._value(operation, answer)
            if operation.attempts and sent >= operation.attempts:
                raise NoAnswerError(f"{operation.name}: no answer in {sent} attempts")
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_SECONDS, pause * 2)

    async def _post(
        self, operation: Operation, token: str | None, variables: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Return the answer, a refusal too; None where there was none."""
        headers = {"content-type": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        body = orjson.dumps({"query": operation.document, "variables": variables})
        try:
            answer = await self._http.post(self.url, content=body, headers=headers)
            read = orjson.loads(answer.content)
        except (httpx.TransportError, orjson.JSONDecodeError) as error:
            self.meter.failed(f"{operation.name} {type(error).__name__}")
            return None
        return read if isinstance(read, dict) else None

    def _must_wait(self, operation: Operation, answer: dict[str, Any]) -> bool:
        """Return whether the answer only says: later. A rate limit holds back all agents: they have one address."""
        code, extensions = _error(answer)
        if code == "RATE_LIMITED":
            wait = float(extensions.get("retryAfterSeconds", 1.0))
            self._limited_until = max(self._limited_until, time.monotonic() + wait)
        elif code not in PASSING_CODES:
            return False
        self.meter.failed(f"{operation.name} {code}")
        return True

    def _value(self, operation: Operation, answer: dict[str, Any]) -> Any:
        code, extensions = _error(answer)
        if code is not None:
            if code not in SESSION_CODES:
                self.meter.failed(f"{operation.name} {code}")
            raise OperationFailedError(operation.name, code, str(extensions.get("message", "")))
        value = answer["data"][operation.root]
        if isinstance(value, dict) and "code" in value and "message" in value:
            self.meter.refused(operation.name, value["code"])
            raise RefusedError(operation.name, value["code"], value["message"])
        return value

    async def sign_in(self, email: str, password: str) -> dict[str, Any]:
        """Return a new session; a few sign-ins at a time, and begun no faster than the server permits.

        Raises SignInRefusedError.
        """
        async with self._signing_in:
            while True:
                await self._turn_to_sign_in()
                try:
                    signed = await self.send(SIGN_IN, None, {"input": {"email": email, "password": password}})
                except RefusedError as refusal:
                    if refusal.code == NO_SUCH_ACCOUNT:
                        raise SignInRefusedError(
                            f"{email} cannot sign in: the network has no such account, or its password is another "
                            "one (NAVSWAP_DEMO_PASSWORD)."
                        ) from refusal
                    self._sign_in_seconds = SIGN_IN_LIMITED_SECONDS
                else:
                    self.meter.signed_in += 1
                    session: dict[str, Any] = signed["session"]
                    return session

    async def _turn_to_sign_in(self) -> None:
        """Return when the next sign-in may begin."""
        async with self._sign_in_turns:
            await asyncio.sleep(max(0.0, self._next_sign_in - time.monotonic()))
            self._next_sign_in = time.monotonic() + self._sign_in_seconds


class Account:
    """One account of the API, signed in when it is first needed; agents may share one, as the devices of one person do."""

    def __init__(self, api: Api, email: str, password: str) -> None:
        self.email = email
        self.api = api
        self._password = password
        self._session: dict[str, Any] | None = None
        self._renewing = asyncio.Lock()

    async def ask(self, operation: Operation, **variables: Any) -> Any:
        """Return the value of the root field; raises what `Api.send` raises, and SignInRefusedError."""
        token = await self.token()
        try:
            return await self.api.send(operation, token, variables)
        except OperationFailedError as error:
            if error.code not in SESSION_CODES:
                raise
            return await self.api.send(operation, await self.token(instead_of=token), variables)

    async def do(self, operation: Operation, **values: Any) -> Any:
        """Return the payload of a mutation whose input has these values."""
        return await self.ask(operation, input=values)

    async def user_id(self) -> str:
        """Return the id of the user."""
        await self.token()
        if self._session is None:
            raise NoAnswerError(f"{self.email} is not signed in")
        return str(self._session["user"]["id"])

    async def token(self, *, instead_of: str | None = None) -> str:
        """Return an access token that is good for half a minute at least, another one than `instead_of`."""
        async with self._renewing:
            session = self._session
            if session is None or session["accessToken"] == instead_of or _ends_soon(session):
                session = self._session = await self._renew(session)
            return str(session["accessToken"])

    async def _renew(self, session: dict[str, Any] | None) -> dict[str, Any]:
        if session is not None:
            # refused: the family was ended, because its answer was lost or the session was signed out
            with contextlib.suppress(RefusedError):
                renewed = await self.api.send(
                    REFRESH_SESSION, None, {"input": {"refreshToken": session["refreshToken"]}}
                )
                fresh: dict[str, Any] = renewed["session"]
                return fresh
        return await self.api.sign_in(self.email, self._password)


def _ends_soon(session: Mapping[str, Any]) -> bool:
    return datetime.fromisoformat(session["accessTokenExpiresAt"]) < datetime.now(UTC) + RENEW_BEFORE


def _error(answer: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Return the code of the first error and its extensions, with the message among them; None where there is no error."""
    errors = answer.get("errors")
    if not errors:
        return None, {}
    extensions = dict(errors[0].get("extensions") or {})
    return str(extensions.get("code", "ERROR")), {**extensions, "message": errors[0].get("message", "")}
