"""Fences, the visits to them, and what is remembered between two batches: pure."""
