"""The digital twin: a city that lives, offline at speed on the slices' domain, or live through the public API."""
