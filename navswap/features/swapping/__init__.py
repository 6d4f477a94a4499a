"""Swapping: recommend, hold, arrive, verify, swap.

Owns `queues` (entries) and `swaps`. Publishes `swapping.queue_entry.*` and `swapping.swap.completed`.
Reacts to `geofences.fence.entered` (the rider of the entry has arrived), and to `faults.*`, `packs.pack.hold_broken` and `stations.station.closed` (holds that can no longer be kept move or are compensated).
"""
