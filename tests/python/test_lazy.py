"""LazyObjectProxy and lazy_import: built once, on first use, by whoever comes first."""

import gc
import sys
import threading
import weakref

import pytest

from support.child import run_child
from support.lib import NAME, better
from support.lib import package as wraptrs


def run_all(*functions):
    """Run the functions in threads; whether all of them came back."""
    threads = [threading.Thread(target=function, daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return not any(thread.is_alive() for thread in threads)


@better("each proxy has a class of its own")
def test_proxies_with_the_same_interface_share_a_class():
    assert type(wraptrs.LazyObjectProxy(list)) is type(wraptrs.LazyObjectProxy(dict))


def test_interface_gives_way_to_the_object():
    proxy = wraptrs.LazyObjectProxy(lambda: 42, interface=list)
    assert hasattr(type(proxy), "__iter__")
    assert proxy == 42
    assert not hasattr(type(proxy), "__iter__")


@pytest.mark.parametrize("interface", [list[int], list], ids=str)
def test_interface_may_be_generic(interface):
    assert hasattr(type(wraptrs.LazyObjectProxy(list, interface=interface)), "__iter__")


def test_interface_may_be_anything_with_a_dir():
    class Described:
        def __dir__(self):
            return ["__call__"]

    assert callable(wraptrs.LazyObjectProxy(len, interface=Described()))


def test_without_a_callback_the_object_is_none():
    assert wraptrs.LazyObjectProxy().__wrapped__ is None


def test_building_one_touches_another_in_another_thread():
    inner = wraptrs.LazyObjectProxy(lambda: "inner")
    seen = []

    def build_outer():
        assert run_all(lambda: seen.append(str(inner)))
        return "outer"

    outer = wraptrs.LazyObjectProxy(build_outer)
    assert run_all(lambda: seen.append(str(outer)))
    assert seen == ["inner", "outer"]


def test_built_once_for_many_threads():
    built = []
    start = threading.Barrier(8)

    def build():
        built.append(1)
        return object()

    proxy = wraptrs.LazyObjectProxy(build)
    results = []

    def use():
        start.wait()
        results.append(proxy.__wrapped__)

    assert run_all(*[use] * 8)
    assert len(built) == 1
    assert len(set(map(id, results))) == 1


def test_a_failing_factory_is_tried_again():
    answers = [ValueError("not yet"), "there"]

    def build():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    proxy = wraptrs.LazyObjectProxy(build)
    with pytest.raises(ValueError, match="not yet"):
        str(proxy)
    assert str(proxy) == "there"


@better("the outer call of the factory overwrites it")
def test_what_the_factory_itself_was_given_stays_the_object():
    first = []
    depth = [0]

    def build():
        depth[0] += 1
        if depth[0] == 1:
            first.append(proxy.__wrapped__)  # as two modules importing each other do
        return object()

    proxy = wraptrs.LazyObjectProxy(build)
    assert proxy.__wrapped__ is first[0]


def test_no_lock_stays_behind():
    proxy = wraptrs.LazyObjectProxy(list)
    len(proxy)
    assert "_self_build_lock" not in proxy.__self_dict__


def test_a_built_proxy_can_be_collected():
    proxy = wraptrs.LazyObjectProxy(list)
    len(proxy)
    reference = weakref.ref(proxy)
    del proxy
    gc.collect()
    assert reference() is None


@better("each thread holds the lock the other one waits for")
def test_two_threads_importing_in_opposite_order(tmp_path):
    """The import system sees that the two wait for each other; no lock of ours stands around it."""
    sources = {
        "cross_a": "import cross\ncross.both.wait(5)\nseen = cross.b.__wrapped__.__name__\n",
        "cross_b": "import cross\ncross.both.wait(5)\nseen = cross.a.__wrapped__.__name__\n",
        "cross": f"import threading, {NAME} as wraptrs\nboth = threading.Barrier(2)\n"
        "a = wraptrs.lazy_import('cross_a')\nb = wraptrs.lazy_import('cross_b')\n",
    }
    for name, source in sources.items():
        (tmp_path / f"{name}.py").write_text(source)
    result = run_child(
        code="""
            import cross, os, threading

            seen = []
            uses = [lambda: seen.append(cross.a.seen), lambda: seen.append(cross.b.seen)]
            threads = [threading.Thread(target=use, daemon=True) for use in uses]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(3)
            print(*sorted(seen), flush=True)
            os._exit(0)  # threads that wait for each other would keep it from ending
        """,
        cwd=tmp_path,
    )
    assert result.stdout.split() == ["cross_a", "cross_b"]


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Writes modules that can be imported during the test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    written = []

    def write(**sources):
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source)
            written.append(name)

    yield write
    for name in written:
        sys.modules.pop(name, None)


def test_import_error_reaches_the_user_each_time(modules):
    proxy = wraptrs.lazy_import("lazy_not_there")
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="lazy_not_there"):
            _ = proxy.name
    modules(lazy_not_there="name = 'now'\n")
    assert proxy.name == "now"


def test_attribute_of_a_module(modules):
    modules(lazy_part="def double(x): return 2 * x\n")
    double = wraptrs.lazy_import("lazy_part", "double")
    assert callable(double)
    assert "lazy_part" not in sys.modules
    assert double(4) == 8


def test_interface_of_a_lazy_import(modules):
    modules(lazy_list="values = [1, 2]\n")
    values = wraptrs.lazy_import("lazy_list", "values", interface=list)
    assert not callable(values)
    assert list(values) == [1, 2]
