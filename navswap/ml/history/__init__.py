"""What has become known, as tables of numbers that features are counted from."""

from navswap.ml.history.history import History
from navswap.ml.history.keys import NOWHERE, By, Integers
from navswap.ml.history.rows import BadQuestionError, Rows, rows_at
from navswap.ml.history.tables import (
    EVERYWHERE,
    Floats,
    Payload,
    Row,
    Table,
    TableSpec,
)
from navswap.ml.history.view import LooksAheadError, View

__all__ = [
    "EVERYWHERE",
    "NOWHERE",
    "BadQuestionError",
    "By",
    "Floats",
    "History",
    "Integers",
    "LooksAheadError",
    "Payload",
    "Row",
    "Rows",
    "Table",
    "TableSpec",
    "View",
    "rows_at",
]
