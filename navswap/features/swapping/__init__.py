"""Swapping: recommend, hold, arrive, verify, swap.

Owns `queues` (entries) and `swaps`. Publishes `swapping.queue_entry.*` and `swapping.swap.completed`.
Reacts to `tracking.fence.entered` (the rider of the entry has arrived) and to `faults.*` (holds that rest on what is
faulty move or are compensated).
"""
