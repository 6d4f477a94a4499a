"""Packs: what state they are in, where each one is, and for whom it is held.

Owns `packs`; a pack is in exactly one place, and a slot holds at most one pack (a unique index).
Publishes `packs.pack.moved`, `packs.pack.retired`, `.recalled` and `.released`. Reacts to nothing; holds that a change
of a pack breaks move in the same transaction (`service/broken_holds.py`).
"""
