"""The names of wraptrs: those of the native core at once, all others when first asked for.

Only the native module is loaded with the package, so that ``import wraptrs`` stays cheap however
many subjects the package grows. There is no logic here beyond the two module-level hooks.

PYTEST_DONT_REWRITE: there are no assertions here, and pytest would warn where this is imported
before it begins, as by ``python -m wraptrs run -m pytest``.
"""

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


def _format_version(parts):
    """The version string of three numbers and, possibly, a suffix such as rc1, dev3 or post1."""
    release, suffix = ".".join(parts[:3]), "".join(parts[3:4])
    separator = "." if suffix.startswith(("dev", "post")) else ""
    return release + separator + suffix


__version_info__ = ("0", "1", "0")
__version__ = _format_version(__version_info__)

WRAPT_VERSION = "2.5.2"
"""The release of wrapt whose names and behaviour this package serves."""

_SUBMODULES = {
    "_active": ("revert_all",),
    "_checks": ("UnfitReplacementError",),
    "_forms": ("patch_method", "runtime_patch"),
    "_dropin": ("install_as_wrapt",),
    "_failures": ("RevertError",),
    "_guards": ("GuardError", "fingerprint", "only_if"),
    "_patch": ("owned_by",),
    "_sets": ("PatchSet", "PatchSetError"),
    "_verbs": ("replace", "wrap"),
    "cachepatch": ("cached",),
    "caching": ("lru_cache",),
    "decorators": ("AdapterFactory", "adapter_factory", "bind_state_to_wrapper", "decorator"),
    "doc": ("with_doc",),
    "helpers": ("issubclass_of", "json_default", "unwrap_deep"),
    "importer": (
        "PostImportHook",
        "discover_post_import_hooks",
        "notify_module_loaded",
        "post_import_hooks",
        "register_post_import_hook",
        "when_imported",
    ),
    "injection": (
        "Injection",
        "InjectionReport",
        "InjectionWarning",
        "import_patched",
        "inject",
        "original",
        "patch_function",
        "patch_of",
        "register_green_modules",
        "unregister_green_modules",
    ),
    "inplace": (
        "Patch",
        "PatchBusyError",
        "PatchConflictError",
        "UnpatchableError",
        "hotpatch",
        "hotwrap",
    ),
    "patches": (
        "MISSING",
        "AttributeWrapper",
        "find_wrapper",
        "function_wrapper",
        "is_wrapped_by",
        "patch_function_wrapper",
        "scoped_function_wrapper",
        "transient_function_wrapper",
        "unwrap_object",
        "unwrapped",
        "wrap_function_wrapper",
        "wrap_object_attribute",
        "wrapper_chain",
    ),
    "instruments": (),
    "proxies": ("AutoObjectProxy", "LazyObjectProxy", "lazy_import"),
    "references": ("Reference", "find_references", "rebind"),
    "rewriting": ("closure_of", "drop_calls", "replace_code", "rewrite"),
    "signature": ("with_signature",),
    "spies": ("Spy",),
    "synchronization": (
        "async_to_sync",
        "mark_as_async",
        "mark_as_sync",
        "sync_to_async",
        "synchronized",
    ),
    "typepatch": ("patch_type",),
    "weakrefs": ("WeakFunctionProxy",),
    "__wrapt__": (),
    "_wrappers": (),
    "arguments": (),
    "exceptions": (),
    "wrappers": (),
}
_HOME = {name: module for module, names in _SUBMODULES.items() for name in names}

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


def __getattr__(name):
    """A name that is not loaded yet: a submodule, or what a submodule holds (PEP 562)."""
    submodule = _HOME.get(name, name)
    if submodule not in _SUBMODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # A non-empty list of names makes __import__ return the submodule, and importlib stays unloaded.
    value = __import__(f"{__name__}.{submodule}", fromlist=("*",))
    if submodule is not name:
        value = getattr(value, name)
    globals()[name] = value
    return value


def __dir__():
    """What is loaded, and what would be on first access."""
    return sorted({*globals(), *_HOME, *_SUBMODULES})
