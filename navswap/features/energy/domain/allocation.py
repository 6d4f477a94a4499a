"""Energy allocated to steps of time: the most that fits, then at the least cost. Exact, in whole units.

A maximum flow of least cost: the packs are the sources of a network and the steps its sinks. Which step totals can be
reached is a polymatroid, and on a polymatroid the greedy choice is the best one: allocate as much as possible to the best
step along augmenting paths, which rearrange what other steps have without taking from it, then to the next best.
`docs/decisions` says why this and no linear programme.
"""

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

Flow = list[list[int]]
"""Units of energy by source and sink."""


def allocate(
    needs: Sequence[int], room: Sequence[Sequence[int]], capacity: Sequence[int], order: Sequence[int]
) -> Flow:
    """Return what each pack takes in each step.

    `needs` are by pack, the most important first; `room` bounds each pack in each step; `capacity` bounds all packs
    together in each step; `order` names the steps, the best one first. As much as possible is delivered; where it is
    not enough for all, each pack gets the most that the more important ones leave. Of all ways to deliver that, the
    best step takes the most that it can, then the next best.
    """
    flow, used_up = _max_flow(needs, room, capacity, order)
    if not used_up or [sum(row) for row in flow] == list(needs):
        return flow  # where no step is used up, no pack takes anything from another
    reachable, _ = _max_flow(capacity, list(zip(*room, strict=True)), needs, range(len(needs)))
    flow, _ = _max_flow([sum(column) for column in zip(*reachable, strict=True)], room, capacity, order)
    return flow


def _max_flow(
    supply: Sequence[int], room: Sequence[Sequence[int]], demand: Sequence[int], order: Sequence[int]
) -> tuple[Flow, list[int]]:
    """Give each sink, in order, the most that the sources can bring without taking from the sinks before it.

    Returns the flow, and the sinks that are used up. What sources have left goes straight into a sink first. More comes
    into it by rearranging only where a source with something left has room in a sink that is used up: in any other it
    has taken all its room.
    """
    flow = [[0] * len(demand) for _ in supply]
    left = list(supply)
    having = [source for source, has in enumerate(left) if has]
    used_up: list[int] = []
    for sink in order:
        if not having:
            break
        wanted = demand[sink] - _add_straight(sink, demand[sink], having, left, room, flow)
        having = [source for source in having if left[source]]
        while wanted and any(
            room[source][full] > flow[source][full] for source in having for full in used_up
        ):
            added = _rearrange(sink, wanted, left, room, flow)
            if not added:
                break
            wanted -= added
            having = [source for source in having if left[source]]
        if not wanted:
            used_up.append(sink)
    return flow, used_up


def _add_straight(
    sink: int, wanted: int, having: Sequence[int], left: list[int], room: Sequence[Sequence[int]], flow: Flow
) -> int:
    """Bring what sources have left into a sink that they have room in, in their order; returns how much."""
    added = 0
    for source in having:
        if added == wanted:
            break
        most = min(left[source], room[source][sink], wanted - added)
        if most > 0:
            flow[source][sink] = most
            left[source] -= most
            added += most
    return added


def _rearrange(sink: int, wanted: int, left: list[int], room: Sequence[Sequence[int]], flow: Flow) -> int:
    """Bring more into a sink along a shortest path of moves; returns how much, 0 where there is no such path."""
    path = _path(sink, left, room, flow)
    if not path:
        return 0
    added = min(wanted, left[path[0][0]], *_slack(path, room, flow))
    for position, (source, into) in enumerate(path):
        flow[source][into] += added
        if position + 1 < len(path):
            flow[path[position + 1][0]][into] -= added
    left[path[0][0]] -= added
    return added


def _slack(path: list[tuple[int, int]], room: Sequence[Sequence[int]], flow: Flow) -> list[int]:
    """Return what each edge of a path still takes: room of a source in a sink, and what may be moved out of it."""
    into = [room[source][sink] - flow[source][sink] for source, sink in path]
    out = [flow[after][sink] for (_, sink), (after, _) in pairwise(path)]
    return into + out


def _path(sink: int, left: Sequence[int], room: Sequence[Sequence[int]], flow: Flow) -> list[tuple[int, int]]:
    """Return a shortest way to bring more into a sink; empty where there is none.

    It is a chain of (source, sink): the first source still has something left and adds it to its sink, from where the
    next source moves as much to its own, and so on up to the sink asked for.
    """
    follows: dict[int, tuple[int, int | None]] = {}
    waiting: deque[int] = deque()

    def reach(into: int, after: int | None) -> int | None:
        """Remember the sources that could add to a sink; return one that has something left."""
        for source, has in enumerate(left):
            if source not in follows and room[source][into] > flow[source][into]:
                follows[source] = (into, after)
                if has:
                    return source
                waiting.append(source)
        return None

    found = reach(sink, None)
    while found is None and waiting:
        mover = waiting.popleft()
        for other, moved in enumerate(flow[mover]):
            if moved and other != sink and (found := reach(other, mover)) is not None:
                break
    path: list[tuple[int, int]] = []
    while found is not None:
        into, found_next = follows[found]
        path.append((found, into))
        found = found_next
    return path
