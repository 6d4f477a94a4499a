"""Forecasts: what the 13 models are, what they learn from, how they are trained, judged and served.

A model is a `ModelSpec` in `catalog`. Its features are computed from a `History` of facts as of a moment, by the same function
in training and in serving. Importing this loads neither LightGBM nor XGBoost: `serving` and `training` do where they are used.
"""
