"""Memory stays flat however often each operation is repeated."""

import tracemalloc

from _operations import OPERATIONS
from _tools import check_flat

tracemalloc.start()
for name, operation in OPERATIONS.items():
    check_flat(name, operation, rounds=600)
