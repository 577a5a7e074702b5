"""The package itself: its names, what an import of it costs, and what it leaves for later."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from support.child import modules_loaded_by, run_child
from support.lib import IS_WRAPT
from support.lib import package as wraptrs

if IS_WRAPT:
    pytest.skip("about this package, not about what it shares with wrapt", allow_module_level=True)


def names(text):
    return text.split()


# What wrapt 2.5.2 exports, and what this package adds.
WRAPT = [
    "AdapterFactory",
    "adapter_factory",
    "apply_patch",
    "async_to_sync",
    "AttributeWrapper",
    "AutoObjectProxy",
    "BaseObjectProxy",
    "bind_state_to_wrapper",
    "BoundFunctionWrapper",
    "CallableObjectProxy",
    "decorator",
    "discover_post_import_hooks",
    "find_wrapper",
    "function_wrapper",
    "FunctionWrapper",
    "is_wrapped_by",
    "lazy_import",
    "LazyObjectProxy",
    "lru_cache",
    "mark_as_async",
    "mark_as_sync",
    "MISSING",
    "notify_module_loaded",
    "ObjectProxy",
    "partial",
    "PartialCallableObjectProxy",
    "patch_function_wrapper",
    "PathResolutionError",
    "register_post_import_hook",
    "resolve_owner",
    "resolve_path",
    "scoped_function_wrapper",
    "sync_to_async",
    "synchronized",
    "TargetModuleNotFoundError",
    "transient_function_wrapper",
    "unwrap_object",
    "unwrapped",
    "WeakFunctionProxy",
    "when_imported",
    "with_doc",
    "with_signature",
    "wrap_function_wrapper",
    "wrap_object",
    "wrap_object_attribute",
    "WrapperChainTooDeepError",
    "wrapper_chain",
    "WrapperNotFoundError",
    "WrapperNotInitializedError",
    "WrapperNotOutermostError",
]
OURS = ["WRAPT_VERSION", "install_as_wrapt", "issubclass_of", "json_default", "unwrap_deep"]
OURS += ["Injection", "InjectionReport", "InjectionWarning", "import_patched", "inject", "original"]
OURS += ["patch_function", "patch_of", "register_green_modules", "unregister_green_modules"]
OURS += ["Patch", "PatchConflictError", "UnpatchableError", "hotpatch", "hotwrap"]
OURS += names("GuardError PatchSet PatchSetError RevertError UnfitReplacementError fingerprint")
OURS += names("only_if owned_by patches replace revert_all wrap")
OURS += ["PatchBusyError", "PostImportHook", "post_import_hooks"]
OURS += names("Reference find_references rebind Spy patch_method runtime_patch")
OURS += names("cached closure_of drop_calls patch_type replace_code rewrite")
SUBMODULES = [
    "__wrapt__",
    "_wrappers",
    "arguments",
    "caching",
    "decorators",
    "doc",
    "exceptions",
    "importer",
    "patches",
    "proxies",
    "signature",
    "synchronization",
    "weakrefs",
    "wrappers",
]
BANNED = {
    "asyncio", "collections", "concurrent", "contextlib", "functools", "importlib", "inspect",
    "logging", "re", "threading", "types", "typing", "warnings", "weakref",
}  # fmt: skip


class TestNames:
    def test_all_is_wrapts_and_ours(self):
        assert len(WRAPT) == 50
        assert sorted(wraptrs.__all__) == sorted(WRAPT + OURS)

    @pytest.mark.parametrize("name", WRAPT + OURS + SUBMODULES)
    def test_each_name_is_there_and_listed(self, name):
        assert getattr(wraptrs, name) is getattr(wraptrs, name)
        assert name in dir(wraptrs)

    @pytest.mark.parametrize("name", SUBMODULES)
    def test_submodules(self, name):
        module = importlib.import_module(f"wraptrs.{name}")
        assert getattr(wraptrs, name) is module
        for exported in getattr(module, "__all__", ()):
            assert hasattr(module, exported)

    def test_unknown_name(self):
        with pytest.raises(AttributeError, match="module 'wraptrs' has no attribute 'nonsense'"):
            wraptrs.nonsense
        with pytest.raises(ImportError, match="nonsense"):
            exec("from wraptrs import nonsense")

    def test_star_import_gives_all(self):
        namespace = {}
        exec("from wraptrs import *", namespace)
        assert set(wraptrs.__all__) <= set(namespace)

    def test_errors_are_the_same_classes_everywhere(self):
        for name in wraptrs.exceptions.__all__:
            assert getattr(wraptrs, name) is getattr(wraptrs.exceptions, name)

    def test_wrappers_module_recognises_every_wrapper(self):
        wrapper = wraptrs.FunctionWrapper(len, lambda *args: None)
        assert isinstance(wrapper, wraptrs.wrappers.FunctionWrapper)
        assert isinstance(wrapper, wraptrs.wrappers.ObjectProxy)
        assert wraptrs._wrappers.FunctionWrapper is wraptrs.FunctionWrapper
        assert wraptrs.__wrapt__._using_c_extension is True

    def test_adapter_classes_are_reached_through_decorators(self):
        assert issubclass(wraptrs.decorators._AdapterFunctionWrapper, wraptrs.FunctionWrapper)
        with pytest.raises(AttributeError, match="nonsense"):
            wraptrs.decorators.nonsense


class TestVersion:
    def test_numbers_agree(self):
        assert ".".join(wraptrs.__version_info__) == wraptrs.__version__
        assert wraptrs.WRAPT_VERSION == "2.5.2"

    @pytest.mark.parametrize(
        "parts, text",
        [
            (("1", "2", "3"), "1.2.3"),
            (("1", "2", "3", "rc1"), "1.2.3rc1"),
            (("1", "2", "3", "dev4"), "1.2.3.dev4"),
            (("1", "2", "3", "post1"), "1.2.3.post1"),
        ],
    )
    def test_format(self, parts, text):
        assert wraptrs._format_version(parts) == text


class TestImport:
    def test_cost_of_the_package(self):
        modules = modules_loaded_by("import wraptrs")
        assert {"wraptrs", "wraptrs._native"} <= modules
        assert not {name.partition(".")[0] for name in modules} & BANNED
        assert len(modules) <= 12, sorted(modules)

    @pytest.mark.parametrize(
        "name, banned",
        [
            ("wrap_function_wrapper", {"asyncio", "inspect", "functools", "typing", "contextlib"}),
            ("decorator", {"asyncio", "inspect", "functools", "typing", "contextlib"}),
        ],
    )
    def test_cost_of_a_name(self, name, banned):
        modules = modules_loaded_by(f"import wraptrs; wraptrs.{name}")
        assert any(module.startswith("wraptrs.") for module in modules - {"wraptrs._native"})
        assert not modules & banned

    def test_submodules_wait_until_they_are_asked_for(self):
        code = """
        import wraptrs, sys
        assert "wraptrs.patches" not in sys.modules
        dir(wraptrs)
        assert "wraptrs.patches" not in sys.modules
        wraptrs.patches.resolve_path
        assert "wraptrs.patches" in sys.modules
        """
        run_child("-S", code=code)

    def test_init_has_no_logic(self):
        """Names, two hooks and the version's format: a function more belongs into a submodule."""
        source = Path(wraptrs.__file__).read_text(encoding="utf-8")
        functions = [n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
        assert functions == ["_format_version", "__getattr__", "__dir__"]


def test_typed():
    assert Path(wraptrs.__file__).with_name("py.typed").exists()
    assert re.search(r"wraptrs[/\\]__init__\.py$", wraptrs.__file__)
