"""The functions that wrap by name, take off again, and wait for imports."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any, Callable, Optional

from typing_extensions import assert_type

import wraptrs
from wraptrs import MISSING, AttributeWrapper, FunctionWrapper, PostImportHook


class Session:
    timeout: int = 3

    def get(self, url: str) -> bytes:
        return url.encode()


def wrapper(
    wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    return wrapped(*args, **kwargs)


def narrow(
    wrapped: Callable[[str], bytes],
    instance: Session,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> bytes:
    return wrapped(*args)


def too_short(wrapped: Callable[..., Any]) -> Any:
    return wrapped()


layer = wraptrs.wrap_function_wrapper(Session, "get", wrapper)
assert_type(layer, "FunctionWrapper[..., Any]")
assert_type(layer(1), Any)
wraptrs.wrap_function_wrapper(math, "floor", wrapper)
wraptrs.wrap_function_wrapper(Session(), "get", narrow)
wraptrs.wrap_function_wrapper(Session, "get", wraptrs.function_wrapper(wrapper))
wraptrs.wrap_function_wrapper(Session, "get", wraptrs.decorator(wrapper))
assert_type(
    wraptrs.wrap_function_wrapper("requests?", "Session.get", wrapper),
    Optional["FunctionWrapper[..., Any]"],
)
wraptrs.wrap_function_wrapper(Session, "get", too_short)  # type: ignore[arg-type]  # 4 wanted
wraptrs.wrap_function_wrapper(Session, 1, wrapper)  # type: ignore[call-overload]  # name is a str


@wraptrs.patch_function_wrapper(Session, "get", enabled=lambda: True)
def patched(
    wrapped: Callable[[str], bytes],
    instance: Session,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> bytes:
    return wrapped(*args)


assert_type(patched(Session().get, Session(), (), {}), bytes)  # it is the function that it was
wraptrs.patch_function_wrapper(Session, "get")(too_short)  # type: ignore[type-var]  # 4 wanted
wraptrs.patch_function_wrapper(Session, "get", enabled="x")  # type: ignore[arg-type]  # no switch


@wraptrs.transient_function_wrapper(Session, "get")
def for_a_while(
    wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    return wrapped(*args, **kwargs)


@for_a_while
def program(x: int) -> str:
    return str(x)


assert_type(program(1), str)
program("a")  # type: ignore[arg-type]  # x is an int

with wraptrs.scoped_function_wrapper(Session, "get", wrapper) as scope:
    assert_type(scope, None)


@wraptrs.scoped_function_wrapper(Session, "get", wrapper)
def scoped(x: int) -> str:
    return str(x)


assert_type(scoped(1), str)

assert_type(wraptrs.unwrap_object(Session, "get", layer), "FunctionWrapper[..., Any]")
assert_type(
    wraptrs.unwrap_object(Session, "get", layer, missing_ok=True),
    Optional["FunctionWrapper[..., Any]"],
)
parent, attribute, original = wraptrs.resolve_path("math", "floor")
assert_type(parent, Any)
assert_type(attribute, str)
assert_type(original, Any)
owner, *_ = wraptrs.resolve_owner(Session, "get")
wraptrs.apply_patch(owner, "get", original)
wraptrs.resolve_path(Session, None)  # type: ignore[arg-type]  # name is a str


def factory(value: Any, extra: int = 0) -> wraptrs.ObjectProxy[Any]:
    return wraptrs.ObjectProxy(value)


assert_type(
    wraptrs.wrap_object(Session, "timeout", factory, (1,), {"extra": 1}), "wraptrs.ObjectProxy[Any]"
)
assert_type(wraptrs.wrap_object_attribute(Session, "Session.timeout", factory), AttributeWrapper)
assert_type(
    wraptrs.wrap_object_attribute("module?", "Session.timeout", factory), Optional[AttributeWrapper]
)

assert_type([*wraptrs.wrapper_chain(layer, limit=3)], "list[Any]")
assert_type(wraptrs.unwrapped(layer), Any)
assert_type(wraptrs.find_wrapper(Session.get, layer), Optional["FunctionWrapper[..., Any]"])
assert_type(wraptrs.find_wrapper(Session.get, predicate=callable), Any)
assert_type(wraptrs.is_wrapped_by(Session.get, layer), bool)
wraptrs.find_wrapper(Session.get)  # type: ignore[call-overload]  # nothing to look for
wraptrs.is_wrapped_by(Session.get)  # type: ignore[call-overload]  # nothing to look for
missing: object = MISSING


@wraptrs.when_imported("math")
def hook(module: ModuleType) -> int:
    return len(module.__name__)


assert_type(hook(math), int)
wraptrs.register_post_import_hook(hook, "math")
wraptrs.register_post_import_hook("package.module:function", "math")
wraptrs.notify_module_loaded(math)
assert_type(wraptrs.discover_post_import_hooks("group", lazy=True), "tuple[PostImportHook, ...]")
handle = wraptrs.register_post_import_hook(hook, "math", priority=1, on_error="warn", repeat=True)
assert_type(handle, PostImportHook)
assert_type(handle.cancel(), bool)
assert_type(handle.error, Optional[BaseException])
assert_type(wraptrs.post_import_hooks("math", hook=hook), "tuple[PostImportHook, ...]")


def on_error(failed: PostImportHook, error: Exception) -> None: ...


wraptrs.register_post_import_hook("package.module:function", "math", on_error=on_error)
wraptrs.register_post_import_hook(hook, "math", on_error="ignore")  # type: ignore[arg-type]  # no policy
wraptrs.register_post_import_hook(int.bit_length, "math")  # type: ignore[arg-type]  # takes no module
wraptrs.register_post_import_hook(1, "math")  # type: ignore[arg-type]  # no hook
wraptrs.when_imported(math)  # type: ignore[arg-type]  # its name is wanted
