"""Judging a model: its figures beside those of its baselines, and what its decisions cost."""
