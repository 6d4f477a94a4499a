"""Packs: what state they are in, where each one is, and for whom it is held.

Owns `packs`; a pack is in exactly one place, and a slot holds at most one pack (a unique index).
Publishes `packs.pack.moved`, `packs.pack.retired`, `.recalled`, `.released` and `.hold_broken`. Reacts to nothing.
"""
