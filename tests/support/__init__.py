"""The plumbing of the tests: servers for the whole run, and the tools that some tests need."""
