"""Pure helpers that import nothing else of NavSwap: time, identifiers, geometry."""
