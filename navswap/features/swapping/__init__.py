"""Swapping: recommend, hold, arrive, verify, swap.

Owns `queues` (entries) and `swaps`. Publishes `swapping.queue_entry.*` and `swapping.swap.completed`.
Reacts to `geofences.fence.entered` (the rider of the entry has arrived), and to `stations.station.closed` (holds
that can no longer be kept move or are compensated; those that a change of a pack or a fault breaks in its very transaction).
"""
