"""Each submodule is reached by import and as an attribute, and gives the very same names."""

from __future__ import annotations

from typing_extensions import assert_type

import wraptrs
from wraptrs.arguments import formatargspec
from wraptrs.caching import lru_cache
from wraptrs.decorators import AdapterFactory, decorator
from wraptrs.doc import with_doc
from wraptrs.exceptions import PathResolutionError, WrapperNotFoundError
from wraptrs.helpers import json_default
from wraptrs.importer import ImportHookFinder
from wraptrs.patches import MISSING, function_wrapper
from wraptrs.proxies import LazyObjectProxy
from wraptrs.signature import with_signature
from wraptrs.synchronization import synchronized
from wraptrs.weakrefs import WeakFunctionProxy
from wraptrs.wrappers import FunctionWrapper, ObjectProxy

SAME = (
    (lru_cache, wraptrs.lru_cache, wraptrs.caching.lru_cache),
    (decorator, wraptrs.decorator, wraptrs.decorators.decorator),
    (with_doc, wraptrs.with_doc, wraptrs.doc.with_doc),
    (json_default, wraptrs.json_default, wraptrs.helpers.json_default),
    (MISSING, wraptrs.MISSING, wraptrs.patches.MISSING),
    (function_wrapper, wraptrs.function_wrapper, wraptrs.patches.function_wrapper),
    (LazyObjectProxy, wraptrs.LazyObjectProxy, wraptrs.proxies.LazyObjectProxy),
    (with_signature, wraptrs.with_signature, wraptrs.signature.with_signature),
    (synchronized, wraptrs.synchronized, wraptrs.synchronization.synchronized),
    (WeakFunctionProxy, wraptrs.WeakFunctionProxy, wraptrs.weakrefs.WeakFunctionProxy),
    (FunctionWrapper, wraptrs.FunctionWrapper, wraptrs.__wrapt__.FunctionWrapper),
    (ObjectProxy, wraptrs.BaseObjectProxy, wraptrs.wrappers.ObjectProxy),
    (PathResolutionError, wraptrs.PathResolutionError, wraptrs.exceptions.PathResolutionError),
    (ImportHookFinder, wraptrs.importer.ImportHookFinder),
)

assert_type(formatargspec(["a"], defaults=(1,)), str)
assert_type(wraptrs.__version__, str)
assert_type(wraptrs.install_as_wrapt(), None)
error: ValueError = WrapperNotFoundError("gone")
missing: AttributeError = PathResolutionError("gone")


class Factory(AdapterFactory):
    def __call__(self, wrapped: object) -> str:
        return "(a, b)"


decorator(adapter=Factory())
wraptrs.nothing  # type: ignore[attr-defined]  # there is no such name
