"""What a file says of whether its stations are in service."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from navswap.seeding.formats.records import Record
from navswap.seeding.formats.values import is_empty, yes_or_no
from navswap.seeding.formats.words import DATES, FREE_TEXT_WORDS, NEGATED, STATE_WORDS, State, normal, tokens

_LETTERS = frozenset({"e", "p", "t"})
"""Codes of the Alternative Fuels Data Center: existing, planned, temporarily unavailable."""
_TRUE_OR_FALSE = {"t": True, "f": False}
_FLAGS = frozenset(
    normal(name)
    for name in (
        "active",
        "is_active",
        "activo",
        "activa",
        "ativo",
        "ativa",
        "attivo",
        "actif",
        "enabled",
        "installed",
        "operational",
        "open",
        "aktiv",
    )
)
_UNKNOWN = frozenset(
    {
        "unknown",
        "unbekannt",
        "inconnu",
        "desconocido",
        "sconosciuto",
        "desconhecido",
        "onbekend",
        "未知",
        "不明",
        "notspecified",
    }
)
_WORD = 4
"""Letters from which on a text is taken for a state by itself."""
_WORST = (State.PLANNED, State.CLOSED, State.OUT_OF_SERVICE, State.IN_SERVICE)


class States:
    """Reads the state of each record from the columns that turn out to say it."""

    def __init__(self, records: Sequence[Record], candidates: Sequence[str]) -> None:
        self.columns = [name for name in candidates if _says_states(name, records)]
        """The columns that say a state."""
        if not self.columns and records:
            self.columns = [name for name in records[0].fields if _holds_only_states(name, records)][:1]
        self._letters = {name for name in self.columns if _holds_true_and_false(name, records)}

    def of(self, record: Record) -> State | None:
        """Return the state of a record, the worst where several columns say one; None where none is understood."""
        said = {self._read(name, record.fields.get(name)) for name in self.columns}
        return next((state for state in _WORST if state in said), None)

    def _read(self, name: str, value: object) -> State | None:
        return _read(name, _TRUE_OR_FALSE.get(str(value).strip().lower()) if name in self._letters else value)

    def unknown_word(self, record: Record) -> str | None:
        """Return what a column of states says that is not understood."""
        values = (record.fields.get(name) for name in self.columns)
        written = [
            str(value) for value in values if not is_empty(value) and normal(str(value)) not in _UNKNOWN
        ]
        return written[0][:40] if written else None


def _holds_true_and_false(name: str, records: Sequence[Record]) -> bool:
    """Return whether a column of states says T for true and F for false; T alone may mean temporarily unavailable."""
    letters = {
        str(value).strip().lower() for record in records if not is_empty(value := record.fields.get(name))
    }
    is_flag = normal(name.rsplit(".", 1)[-1]) in _FLAGS
    return bool(letters) and letters <= _TRUE_OR_FALSE.keys() and ("f" in letters or is_flag)


def _holds_only_states(name: str, records: Sequence[Record]) -> bool:
    """Return whether a column, whatever it is called, holds states in words and nothing else, not all in service."""
    if set(tokens(name)) & FREE_TEXT_WORDS:
        return False
    found: set[State] = set()
    for record in records:
        value = record.fields.get(name)
        if is_empty(value):
            continue
        word = normal(value) if isinstance(value, str) else ""
        if len(word) < (_WORD if word.isascii() else 2) or word not in STATE_WORDS:
            return False
        found.add(STATE_WORDS[word])
    return bool(found - {State.IN_SERVICE})


def _says_states(name: str, records: Sequence[Record]) -> bool:
    """Return whether the values of a column are states, at least half of them."""
    values = [value for record in records if not is_empty(value := record.fields.get(name))]
    values = [value for value in values if not isinstance(value, dict | list)]
    if _holds_true_and_false(name, records):
        return True
    understood = sum(_read(name, value) is not None for value in values)
    if not understood or understood * 2 < len(values):
        return False
    letters = {normal(str(value)) for value in values}
    if letters <= _LETTERS or not letters & _LETTERS:
        return True
    return not all(len(letter) == 2 or letter in _LETTERS for letter in letters)


def _read(name: str, value: object) -> State | None:
    if is_empty(value) or isinstance(value, dict | list):
        return None
    if normal(name.rsplit(".", 1)[-1]) in DATES:
        return State.CLOSED
    is_negated = normal(name.rsplit(".", 1)[-1]) in NEGATED
    answer = yes_or_no(value)
    if answer is not None:
        if not is_negated:
            return State.IN_SERVICE if answer else State.OUT_OF_SERVICE
        planned = normal(name.rsplit(".", 1)[-1]) in {"planned", "isplanned", "comingsoon"}
        return (State.PLANNED if planned else State.OUT_OF_SERVICE) if answer else State.IN_SERVICE
    if is_negated and normal(name) in {"planned", "comingsoon"}:
        return None
    return _of_words(str(value))


@lru_cache(maxsize=65_536)
def _of_words(text: str) -> State | None:
    """Return the state of a text: the whole of it, else a part before a bracket or a dash, else a phrase in it."""
    whole = normal(text)
    if whole in STATE_WORDS:
        return STATE_WORDS[whole]
    for separator in ("(", " - ", ":", "/", ","):
        head = normal(text.split(separator, 1)[0])
        if head in STATE_WORDS:
            return STATE_WORDS[head]
    return _longest(whole, STATE_WORDS)


def _longest(whole: str, words: Mapping[str, State]) -> State | None:
    """Return the state of the longest phrase, of six letters or more, that a text holds."""
    held = [word for word in words if len(word) >= (6 if word.isascii() else 2) and word in whole]
    return words[max(held, key=len)] if held and len(whole) <= 80 else None
