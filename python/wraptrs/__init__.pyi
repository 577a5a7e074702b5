"""Every public name of wraptrs, wherever it lives; at run time most load on first use."""

# What can be called like a function and is a module has a private type.
# pyright: reportPrivateUsage=false

from typing import Final

from . import __wrapt__ as __wrapt__
from . import arguments as arguments
from . import cachepatch as cachepatch
from . import caching as caching
from . import decorators as decorators
from . import doc as doc
from . import exceptions as exceptions
from . import helpers as helpers
from . import importer as importer
from . import injection as injection
from . import inplace as inplace
from . import instruments as instruments
from . import proxies as proxies
from . import references as references
from . import rewriting as rewriting
from . import signature as signature
from . import spies as spies
from . import synchronization as synchronization
from . import typepatch as typepatch
from . import weakrefs as weakrefs
from . import wrappers as wrappers
from ._active import _Patches, revert_all
from ._checks import UnfitReplacementError
from ._dropin import install_as_wrapt
from ._failures import RevertError
from ._forms import patch_method, runtime_patch
from ._guards import GuardError, fingerprint, only_if
from ._native import (
    BaseObjectProxy,
    BoundFunctionWrapper,
    CallableObjectProxy,
    FunctionWrapper,
    ObjectProxy,
    PartialCallableObjectProxy,
    PathResolutionError,
    TargetModuleNotFoundError,
    WrapperChainTooDeepError,
    WrapperNotFoundError,
    WrapperNotInitializedError,
    WrapperNotOutermostError,
    apply_patch,
    resolve_owner,
    resolve_path,
    wrap_object,
)
from ._native import PartialCallableObjectProxy as partial
from ._patch import owned_by
from ._sets import PatchSet, PatchSetError
from ._verbs import replace, wrap
from .cachepatch import cached
from .caching import lru_cache
from .decorators import AdapterFactory, adapter_factory, bind_state_to_wrapper, decorator
from .doc import with_doc
from .helpers import issubclass_of, json_default, unwrap_deep
from .importer import (
    PostImportHook,
    discover_post_import_hooks,
    notify_module_loaded,
    post_import_hooks,
    register_post_import_hook,
    when_imported,
)
from .injection import (
    Injection,
    InjectionReport,
    InjectionWarning,
    import_patched,
    inject,
    original,
    patch_function,
    patch_of,
    register_green_modules,
    unregister_green_modules,
)
from .inplace import Patch, PatchBusyError, PatchConflictError, UnpatchableError, hotpatch, hotwrap
from .patches import (
    MISSING,
    AttributeWrapper,
    find_wrapper,
    function_wrapper,
    is_wrapped_by,
    patch_function_wrapper,
    scoped_function_wrapper,
    transient_function_wrapper,
    unwrap_object,
    unwrapped,
    wrap_function_wrapper,
    wrap_object_attribute,
    wrapper_chain,
)
from .proxies import AutoObjectProxy, LazyObjectProxy, lazy_import
from .references import Reference, find_references, rebind
from .rewriting import closure_of, drop_calls, replace_code, rewrite
from .signature import with_signature
from .spies import Spy
from .synchronization import async_to_sync, mark_as_async, mark_as_sync, sync_to_async, synchronized
from .typepatch import patch_type
from .weakrefs import WeakFunctionProxy

__all__ = (
    "MISSING",
    "WRAPT_VERSION",
    "AdapterFactory",
    "AttributeWrapper",
    "AutoObjectProxy",
    "BaseObjectProxy",
    "BoundFunctionWrapper",
    "CallableObjectProxy",
    "FunctionWrapper",
    "GuardError",
    "Injection",
    "InjectionReport",
    "InjectionWarning",
    "LazyObjectProxy",
    "ObjectProxy",
    "PartialCallableObjectProxy",
    "Patch",
    "PatchBusyError",
    "PatchConflictError",
    "PatchSet",
    "PatchSetError",
    "PathResolutionError",
    "PostImportHook",
    "Reference",
    "RevertError",
    "Spy",
    "TargetModuleNotFoundError",
    "UnfitReplacementError",
    "UnpatchableError",
    "WeakFunctionProxy",
    "WrapperChainTooDeepError",
    "WrapperNotFoundError",
    "WrapperNotInitializedError",
    "WrapperNotOutermostError",
    "adapter_factory",
    "apply_patch",
    "async_to_sync",
    "bind_state_to_wrapper",
    "cached",
    "closure_of",
    "decorator",
    "discover_post_import_hooks",
    "drop_calls",
    "find_references",
    "find_wrapper",
    "fingerprint",
    "function_wrapper",
    "hotpatch",
    "hotwrap",
    "import_patched",
    "inject",
    "install_as_wrapt",
    "is_wrapped_by",
    "issubclass_of",
    "json_default",
    "lazy_import",
    "lru_cache",
    "mark_as_async",
    "mark_as_sync",
    "notify_module_loaded",
    "only_if",
    "original",
    "owned_by",
    "partial",
    "patch_function",
    "patch_function_wrapper",
    "patch_method",
    "patch_of",
    "patch_type",
    "patches",
    "post_import_hooks",
    "rebind",
    "register_green_modules",
    "register_post_import_hook",
    "replace",
    "replace_code",
    "resolve_owner",
    "resolve_path",
    "revert_all",
    "rewrite",
    "runtime_patch",
    "scoped_function_wrapper",
    "sync_to_async",
    "synchronized",
    "transient_function_wrapper",
    "unregister_green_modules",
    "unwrap_deep",
    "unwrap_object",
    "unwrapped",
    "when_imported",
    "with_doc",
    "with_signature",
    "wrap",
    "wrap_function_wrapper",
    "wrap_object",
    "wrap_object_attribute",
    "wrapper_chain",
)

patches: _Patches

__version_info__: tuple[str, ...]
__version__: str
WRAPT_VERSION: Final = "2.5.2"

def _format_version(parts: tuple[str, ...]) -> str: ...
