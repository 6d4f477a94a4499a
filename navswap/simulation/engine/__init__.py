"""The offline twin: discrete events of a city, each one a transition of a slice's domain."""
