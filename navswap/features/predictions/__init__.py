"""Predictions: what the models forecast now, to whom it may concern, with where it comes from and why.

Owns nothing and publishes nothing: it asks the forecaster of the process (`navswap/ml`), which keeps the history of all facts,
and joins forecasts to what they are about. Reacts to no fact itself.
"""
