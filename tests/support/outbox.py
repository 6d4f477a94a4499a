"""An outbox for facts that a test publishes by itself."""

from navswap.events.outbox import Outbox
from navswap.kit.clock import SystemClock
from navswap.kit.ids import TimeOrderedIds

OUTBOX = Outbox(TimeOrderedIds(SystemClock()))
