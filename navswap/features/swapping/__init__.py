"""Swapping: recommend, hold, arrive, verify, swap.

Owns `queues` (entries) and `swaps`. Publishes `swapping.queue_entry.*` and `swapping.swap.completed`.
Reacts to `geofences.fence.entered` (the rider of the entry has arrived). Holds that can no longer be kept move or are
compensated in the very transaction that breaks them: of a pack, a fault, a charging plan, a station that closes.
"""
