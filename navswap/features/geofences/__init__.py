"""Geofences: the visits of one subject to a fenced place, once each.

Owns the watches of fences. Publishes `geofences.fence.entered` and `geofences.fence.left`. Reacts to logged positions.
"""
