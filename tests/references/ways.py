"""Ways in which a module named user holds example.function, and the references that come of it."""

from __future__ import annotations

#: what can be changed: the source of the module, and each reference as it is shown
WAYS = {
    "global": ("held = function", ["user.held (global)"]),
    "two names": ("a = b = function", ["user.a (global)", "user.b (global)"]),
    "class": ("class C: held = function", ["user.C.held (class attribute)"]),
    "inner class": ("class C:\n class D: held = function", ["user.C.D.held (class attribute)"]),
    "subclass": ("class C: held = function\nclass D(C): pass", ["user.C.held (class attribute)"]),
    "static method": (
        "class C: held = staticmethod(function)",
        ["user.C.__dict__['held'].__func__ (static method)"],
    ),
    "class method": (
        "class C: held = classmethod(function)",
        ["user.C.__dict__['held'].__func__ (class method)"],
    ),
    "property": (
        "class C: held = property(function, function)",
        ["user.C.__dict__['held'].fget (property)", "user.C.__dict__['held'].fset (property)"],
    ),
    "metaclass": (
        "class M(type): held = function\nclass C(metaclass=M): pass",
        ["user.M.held (class attribute)"],
    ),
    "closure": (
        "def outer(inner):\n def c(): return inner\n return c\nc = outer(function)",
        ["user.outer.<locals>.c.__closure__[0].cell_contents (closure)"],
    ),
    "functools.wraps": (
        "import functools\n"
        "def d(inner):\n @functools.wraps(inner)\n def c(): return inner()\n return c\n"
        "c = d(function)",
        ["user.c.__closure__[0].cell_contents (closure)", "user.c.__wrapped__ (attribute)"],
    ),
    "default": ("def f(a, b=1, c=function): pass", ["user.f.__defaults__[1] (default)"]),
    "two defaults": (
        "def f(a=function, b=function): pass",
        ["user.f.__defaults__[0] (default)", "user.f.__defaults__[1] (default)"],
    ),
    "keyword default": (
        "def f(*, c=function): pass",
        ["user.f.__kwdefaults__['c'] (keyword default)"],
    ),
    "function attribute": ("def f(): pass\nf.held = function", ["user.f.held (attribute)"]),
    "instance": ("class C: pass\nc = C(); c.held = function", ["user.c.held (attribute)"]),
    "instance whose dict was used": (
        "class C: pass\nc = C(); c.held = function; c.__dict__",
        ["user.c.held (attribute)"],
    ),
    "instance with slots": (
        "class C: __slots__ = ('held',)\nc = C(); c.held = function",
        ["user.c.held (attribute)"],
    ),
    "slots and dict": (
        "class C: __slots__ = ('a', '__dict__')\nc = C(); c.a = c.b = function",
        ["user.c.a (attribute)", "user.c.b (attribute)"],
    ),
    "inherited slot": (
        "class C: __slots__ = ('a',)\nclass D(C): pass\nc = D(); c.a = function",
        ["user.c.a (attribute)"],
    ),
    "list": ("held = [0, function, function]", ["user.held[1] (list)", "user.held[2] (list)"]),
    "dict": ("held = {'x': function}", ["user.held['x'] (dict)"]),
    "deque": (
        "import collections\nheld = collections.deque([function])",
        ["user.held[0] (deque)"],
    ),
    "defaultdict": (
        "import collections\nheld = collections.defaultdict(list, x=function)",
        ["user.held['x'] (dict)"],
    ),
    "set": ("held = {function}", ["user.held (set)"]),
    "in an instance's dict's list": (
        "class C: pass\nc = C(); c.held = {'x': [function]}",
        ["user.c.held['x'][0] (list)"],
    ),
    "in a slot's list": (
        "class C: __slots__ = ('a',)\nc = C(); c.a = [function]",
        ["user.c.a[0] (list)"],
    ),
    "in a class's list": ("class C: held = [function]", ["user.C.held[0] (list)"]),
    "in a default's list": ("def f(a=[function]): pass", ["user.f.__defaults__[0][0] (list)"]),
}

_TELLS_INSIDE = "it tells what an object wraps, and that object keeps calling it"
_HASHED = "the class computes a hash, which may depend on the attribute"
_WAITS = "<locals of g> (local variable): the variables of a call that waits cannot be assigned"

#: what cannot be changed: the source, and the one reference
FIXED = {
    "tuple": ("held = (0, function)", "user.held[1] (tuple): a tuple cannot be changed"),
    "named tuple": (
        "import collections\nheld = collections.namedtuple('N', 'a')(function)",
        "user.held[0] (tuple): a tuple cannot be changed",
    ),
    "tuple in a dict": (
        "held = {'x': (function,)}",
        "user.held['x'][0] (tuple): a tuple cannot be changed",
    ),
    "frozenset": (
        "held = frozenset([function])",
        "user.held (frozenset): a frozenset cannot be changed",
    ),
    "bound method": (
        "import types\nheld = types.MethodType(function, 1)",
        "user.held.__func__ (bound method): a bound method cannot be changed",
    ),
    "partial": (
        "import functools\nheld = functools.partial(function)",
        "user.held.func (partial): a partial cannot be changed",
    ),
    "partial argument": (
        "import functools\nheld = functools.partial(print, function)",
        "user.held.args[0] (partial argument): a partial argument cannot be changed",
    ),
    "partial keyword": (
        "import functools\nheld = functools.partial(print, file=function)",
        "user.held.keywords['file'] (partial keyword): a partial keyword cannot be changed",
    ),
    "partial in a list": (
        "import functools\nheld = [functools.partial(function)]",
        "user.held[0].func (partial): a partial cannot be changed",
    ),
    "key": (
        "held = {function: 1}",
        "user.held (key): a key keeps its place in the dict only while it stays the same object",
    ),
    "cached": (
        "import functools\nheld = functools.lru_cache(function)",
        f"user.held.__wrapped__ (attribute): {_TELLS_INSIDE}",
    ),
    "static method outside of a class": (
        "held = [staticmethod(function)]",
        "user.held[0].__func__ (static method): a static method cannot be changed",
    ),
    "hash by value": (
        "class C:\n def __hash__(self): return hash(self.held)\nc = C(); c.held = function",
        f"user.c.held (attribute): {_HASHED}",
    ),
    "waiting generator": ("def g():\n held = function\n yield\nheld = g(); next(held)", _WAITS),
    "waiting coroutine": (
        "class A:\n def __await__(self): yield\n"
        "async def g():\n held = function\n await A()\nheld = g(); held.send(None)",
        _WAITS,
    ),
}
