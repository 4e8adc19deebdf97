"""A smaller, faster model in place of the ensemble, where the problem limits time or size.

Fewer members, one model refitted on all rows, or a student that learned what the ensemble says:
each is measured, and the best of those that keep the limits goes on.
"""

from .compressing import Assembled, assemble
from .front import Point

__all__ = ["Assembled", "Point", "assemble"]
