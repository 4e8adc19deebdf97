"""What a consumer can meet: a package that must not be used, or rows that cannot be predicted."""

from __future__ import annotations

__all__ = ["BadInput", "BadPackage"]


class BadPackage(Exception):
    """The package is altered, incomplete, foreign or of a newer format; nothing was run."""


class BadInput(ValueError):
    """The rows lack a required column, or a column holds what it cannot hold."""
