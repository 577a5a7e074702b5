"""Reference counts of targets, wrappers and types stay flat however often each operation runs."""

from _operations import MAKES_TYPES, OPERATIONS, WITNESSES
from _tools import FREE_THREADED, check_references, skip

if FREE_THREADED:
    skip("reference counts are split per thread on a free-threaded build")
for name, operation in OPERATIONS.items():
    witnesses = WITNESSES if name in MAKES_TYPES else [None, *WITNESSES]
    check_references(name, operation, witnesses)
