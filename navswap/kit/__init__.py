"""Pure helpers that import nothing of ours: time, identifiers, geometry."""
