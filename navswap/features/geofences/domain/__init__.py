"""Fences and the visits to them, worked out from positions: pure."""
