"""Idempotency keys: a request that is repeated with its key is carried out once, and answered alike each time.

What was asked and what came of it is stored under (principal, operation, key) in the transaction of the change itself:
there is no change without its record, and no record without its change.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar

import orjson
from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from navswap.infra.mongo import Mongo, Session, Stored
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError, NavSwapError

MAX_KEY_CHARACTERS = 100
KEEP_SECONDS = 7 * 24 * 3600
"""How long a key is remembered; a retry that comes later is a new request."""


class HasId(Protocol):
    """A stored value."""

    @property
    def id(self) -> str:
        """Return the identifier."""
        ...


V = TypeVar("V", bound=HasId)


class IdempotencyConflictError(NavSwapError):
    """The idempotency key was used for another request; use a new key for a new request."""

    code = "IDEMPOTENCY_CONFLICT"


class KeyedAnswer(Stored):
    """What came of a keyed request; its id holds principal, operation and key."""

    request_hash: str
    answer_id: str
    answered_at: datetime

    class Settings:
        name = "idempotency_keys"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("answered_at", ASCENDING)], name="forget", expireAfterSeconds=KEEP_SECONDS)
        ]


def checked_key(key: str) -> str:
    """Return a key; raises InvalidInputError, for the field `idempotency_key`, unless it has 1 to 100 characters."""
    if not 1 <= len(key) <= MAX_KEY_CHARACTERS:
        raise InvalidInputError(
            "idempotency_key", f"An idempotency key has 1 to {MAX_KEY_CHARACTERS} characters."
        )
    return key


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request under a key: who asks, for what (the mutation's name), and everything that shapes the answer.

    `content` holds plain JSON values. Raises InvalidInputError for a key of less than 1 or more than 100 characters.
    """

    principal_id: str
    operation: str
    key: str
    content: Mapping[str, Any]

    def __post_init__(self) -> None:
        checked_key(self.key)

    @property
    def id(self) -> str:
        """Return the id of the record; the parts are length-prefixed, so that no two requests share one."""
        return "".join(f"{len(part)}:{part}" for part in (self.principal_id, self.operation, self.key))

    @property
    def hash(self) -> str:
        """Return the hash of what is asked."""
        return hashlib.sha256(orjson.dumps(dict(self.content), option=orjson.OPT_SORT_KEYS)).hexdigest()


class Idempotency:
    """Carries keyed requests out once."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock

    async def find_answer(self, request: KeyedRequest) -> str | None:
        """Return the id that the request was answered with, None where it is new; raises IdempotencyConflictError."""
        found = await KeyedAnswer.collection().find_one({"_id": request.id})
        if found is None:
            return None
        if found["request_hash"] != request.hash:
            raise IdempotencyConflictError(
                "This idempotency key was used for another request; use a new key for a new request."
            )
        return str(found["answer_id"])

    async def once(
        self,
        request: KeyedRequest,
        work: Callable[[Session], Awaitable[str]],
        *,
        seldom_repeated: bool = False,
    ) -> str:
        """Run `work` in a transaction and return the id that it returns; a repeated request returns the first id.

        Where a twin of the request wins the race, its answer is the answer of both, also if `work` was refused because
        of what the twin did. A request that is `seldom_repeated` is not looked up before: a repeated one runs in vain,
        for its record is there, and the first answer is found then. Raises IdempotencyConflictError, and what `work`
        raises.
        """
        if not seldom_repeated and (earlier := await self.find_answer(request)) is not None:
            return earlier

        async def keyed(session: Session) -> str:
            answer_id = await work(session)
            await self.record(request, answer_id, session)
            return answer_id

        try:
            return await self._mongo.in_transaction(keyed)
        except (DuplicateKeyError, NavSwapError):
            if (earlier := await self.find_answer(request)) is not None:
                return earlier
            raise

    async def answer(
        self,
        request: KeyedRequest,
        work: Callable[[Session], Awaitable[V]],
        load: Callable[[str], Awaitable[V]],
        *,
        seldom_repeated: bool = False,
    ) -> V:
        """Do as `once` with work that returns a value: `load` reads it by its id where the request is a repeated one."""
        fresh: dict[str, V] = {}

        async def kept(session: Session) -> str:
            value = await work(session)
            fresh[value.id] = value
            return value.id

        answer_id = await self.once(request, kept, seldom_repeated=seldom_repeated)
        return fresh[answer_id] if answer_id in fresh else await load(answer_id)

    async def record(self, request: KeyedRequest, answer_id: str, session: Session) -> None:
        """Store what the request was answered with, in the transaction of the change; raises DuplicateKeyError."""
        await KeyedAnswer.collection().insert_one(
            {
                "_id": request.id,
                "request_hash": request.hash,
                "answer_id": answer_id,
                "answered_at": self._clock.now(),
            },
            session=session,
        )
