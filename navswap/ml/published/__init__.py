"""Real data sets with published results: the same learners and tuning as the catalog's, on the protocols of others.

A module a set reads the files, computes features that an expert of the field would use, and learns. Settings, rounds and
thresholds are chosen on validation parts; the test part is read once, at the end.
"""
