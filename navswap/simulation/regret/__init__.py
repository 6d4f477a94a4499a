"""Regret: what a run cost above the least that the same day could have cost, had all of it been known in advance."""
