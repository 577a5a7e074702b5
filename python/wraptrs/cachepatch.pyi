"""Types of caches put around functions that exist."""

# The statistics are those of functools, which gives their type no public name.
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Hashable
from functools import _CacheInfo

from ._patch import Patch

__all__ = ("cached",)

class _CachePatch(Patch):
    def cache_info(self, instance: object = None) -> _CacheInfo: ...
    def cache_clear(self, instance: object = None) -> None: ...

# The target is whatever holds a Python function; which holders there are, types cannot tell.
def cached(
    target: object,
    *,
    maxsize: int | None = 128,
    typed: bool = False,
    ttl: float | None = None,
    key: Callable[..., Hashable] | None = None,
    in_place: bool | None = None,
    unwrap: bool = True,
    owner: str | None = None,
) -> _CachePatch: ...
