"""Answers that are kept as bytes, by the very body of the request, for as long as what they depend on has not changed.

Lists and stations that many clients ask for change less often than they are asked for. Such an answer holds nothing of a client:
who it is, its limits and its correlation id are looked at for each request, and the request is counted and measured as any other.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from prometheus_client import Counter

from navswap.edge.execution.ready import ReadyOperation, Versions
from navswap.edge.http import WORTH_COMPRESSING, Answer, compress, lines_of
from navswap.infra.compression import Encoding, preferred_encoding

CACHED = Counter(
    "navswap_answer_cache_total", "Answers of the cache, by what was done with them", ["outcome"]
)
_HITS: Final = CACHED.labels("hit")
_STORED: Final = CACHED.labels("stored")
_EVICTED: Final = CACHED.labels("evicted")

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of all requests and answers that a process keeps, in each form in which one was sent."""
MOST_ANSWERS: Final = 2_048
LARGEST: Final = 2 * 1024 * 1024
"""Bytes of a request and its answer that are worth keeping."""


class Sent(NamedTuple):
    """A form of an answer: its headers as ASGI has them and as HTTP/1.1 has them, and its body."""

    headers: list[tuple[bytes, bytes]]
    lines: bytes
    body: bytes


@dataclass(slots=True, eq=False)
class CachedAnswer:
    """The answer to a request: JSON with status 200."""

    request: bytes
    body: bytes
    operation: ReadyOperation
    versions: Versions
    forms: dict[tuple[str, Encoding | None], Sent] = field(default_factory=dict)
    """By media type and coding."""

    @property
    def size(self) -> int:
        """Return how many bytes are kept."""
        coded = (form.body for form in self.forms.values() if form.body is not self.body)
        return len(self.request) + len(self.body) + sum(map(len, coded))


class AnswerCache:
    """The cached answers of an endpoint; those that were not asked for longest go first."""

    def __init__(self, *, most_bytes: int = MOST_BYTES, most_answers: int = MOST_ANSWERS) -> None:
        self._most_bytes = most_bytes
        self._most_answers = most_answers
        self._kept: OrderedDict[bytes, CachedAnswer] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Return how many bytes are kept."""
        return self._bytes

    def find(self, request: bytes) -> CachedAnswer | None:
        """Return the answer to a request with that body; None where there is none that is still right."""
        cached = self._kept.get(request)
        return cached if cached is not None and cached.versions.are_current() else None

    def use(self, cached: CachedAnswer, seconds: float) -> None:
        """Count and measure an operation that was answered from here."""
        if cached.request in self._kept:
            self._kept.move_to_end(cached.request)
        _HITS.inc()
        cached.operation.record(seconds, has_errors=False)

    def keep(self, cached: CachedAnswer) -> None:
        """Keep an answer, in place of one to the same request."""
        self._drop(cached.request)
        if cached.size > min(LARGEST, self._most_bytes):
            return
        self._kept[cached.request] = cached
        self._bytes += cached.size
        _STORED.inc()
        self._evict()

    def form_of(self, cached: CachedAnswer, media_type: str, accept_encoding: bytes) -> Sent:
        """Return an answer as a client takes it."""
        coding = (
            None
            if len(cached.body) < WORTH_COMPRESSING
            else preferred_encoding(accept_encoding.decode("latin-1"))
        )
        form = cached.forms.get((media_type, coding))
        if form is None:
            answer = Answer.of_body(cached.body, 200, media_type)
            compress(answer, accept_encoding)
            form = cached.forms[media_type, coding] = Sent(
                answer.headers, lines_of(answer.headers), answer.body
            )
            if form.body is not cached.body and self._kept.get(cached.request) is cached:
                self._bytes += len(form.body)
                self._evict()
        return form

    def _drop(self, request: bytes) -> None:
        gone = self._kept.pop(request, None)
        if gone is not None:
            self._bytes -= gone.size

    def _evict(self) -> None:
        while self._bytes > self._most_bytes or len(self._kept) > self._most_answers:
            self._drop(next(iter(self._kept)))
            _EVICTED.inc()
