"""Recorded and surrogate results on which searches are measured in seconds instead of nights."""
