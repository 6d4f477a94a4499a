"""What is asked of a model: one row for each entity, moment and horizon."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Self

import numpy as np

from navswap.kit.errors import NavSwapError
from navswap.ml.history.keys import Integers
from navswap.ml.history.tables import EVERYWHERE, Floats

if TYPE_CHECKING:
    from navswap.ml.history.history import History


class BadQuestionError(NavSwapError):
    """A question that no model can be asked: the message says what is wrong with it."""

    code = "BAD_QUESTION"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one model: arrays of one length.

    `as_of_ms` is the moment whose knowledge is used, in milliseconds since 1970; `horizon_ms` how far ahead the target lies,
    0 where the model has no horizon. `entities` are the numbers of a row's entities by key (`History.entities`).
    `given` is what the question itself says, such as the distance of a hold; the same in training, where the fact said it.
    """

    as_of_ms: Integers
    horizon_ms: Integers
    entities: Mapping[str, Integers]
    given: Mapping[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that all arrays have one length; raises BadQuestionError."""
        lengths = {
            len(array)
            for array in (self.as_of_ms, self.horizon_ms, *self.entities.values(), *self.given.values())
        }
        if len(lengths) > 1:
            raise BadQuestionError(
                f"The columns of the rows have {sorted(lengths)} values: one length is needed."
            )

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.as_of_ms)

    def entity(self, key: str) -> Integers:
        """Return the numbers of the entities of a key."""
        if key == EVERYWHERE:
            return np.zeros(len(self), dtype=np.int64)
        return self.entities[key]

    def target_ms(self) -> Integers:
        """Return the moment that each row looks ahead to."""
        return self.as_of_ms + self.horizon_ms

    def take(self, chosen: Integers | Sequence[int]) -> Self:
        """Return some of the rows: by number, or where a mask is true."""
        mask = np.asarray(chosen)
        return type(self)(
            self.as_of_ms[mask],
            self.horizon_ms[mask],
            {key: numbers[mask] for key, numbers in self.entities.items()},
            {name: values[mask] for name, values in self.given.items()},
        )


def rows_at(history: "History", ids: Mapping[str, Sequence[str]], as_of_ms: int, horizon: timedelta) -> Rows:
    """Return a row of each entity at one moment; `ids` are by key, all of one length."""
    entities = {key: history.entities(key).find(named) for key, named in ids.items()}
    count = len(next(iter(entities.values()), ()))
    return Rows(
        np.full(count, as_of_ms, dtype=np.int64),
        np.full(count, horizon // timedelta(milliseconds=1), dtype=np.int64),
        entities,
    )
