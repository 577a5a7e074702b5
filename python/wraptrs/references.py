"""Who else holds an object, and giving them another: the public names of that subject."""

from ._references import Rebinding, find_references, rebind
from ._ways import Reference

__all__ = ("Rebinding", "Reference", "find_references", "rebind")
