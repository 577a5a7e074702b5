"""The registry of post-import hooks: which hooks wait for which modules, and whose turn it is."""

from _thread import allocate_lock

_LIMIT = 1024


class HandleBase:
    """What the registry knows of one hook."""

    __slots__ = ("_order", "_round", "_running", "_state", "module", "priority", "repeat")

    def __init__(self, module, priority, repeat):
        self.module, self.priority, self.repeat = module, priority, repeat
        self._order = self._round = 0
        self._running, self._state = False, "pending"

    @property
    def state(self):
        return self._state

    @property
    def _waits(self):
        return self._state in ("pending", "failed") or (self._state == "fired" and self.repeat)


class HookRegistry:
    def __init__(self):
        self.lock, self.modules, self.done, self.firing = allocate_lock(), {}, [], []
        self.orders = self.rounds = 0

    def add(self, handle):
        with self.lock:
            self.orders += 1
            handle._order = self.orders
            hooks = self.modules.setdefault(handle.module, [])
            hooks.append(handle)
            hooks.sort(key=lambda each: (-each.priority, each._order))

    def waits(self, name):
        return name in self.modules

    def claim(self, handle):
        with self.lock:
            free = handle in self.modules.get(handle.module, ()) and not handle._running
            if free and handle._state != "fired":
                handle._running = True
                return True
            return False

    def cancel(self, handle):
        with self.lock:
            if handle not in self.modules.get(handle.module, ()) or not handle._waits:
                return False
            handle._state = "cancelled"
            self._remove(handle)
            return True

    def begin(self, name):
        with self.lock:
            if not any(handle._waits for handle in self.modules.get(name, ())):
                return 0
            self.rounds += 1
            self.firing.append(name)
            return self.rounds

    def next(self, name, turn):
        with self.lock:
            for handle in self.modules.get(name, ()):
                if handle._waits and not handle._running and handle._round < turn:
                    handle._running, handle._round = True, turn
                    return handle
            return None

    def finish(self, handle, good):
        with self.lock:
            handle._running = False
            if handle._state == "cancelled":
                return
            handle._state = "fired" if good else "failed"
            if good and not handle._round:
                self._settle(handle)

    def end(self, name, turn, undone):
        with self.lock:
            self.firing.remove(name)
            fired = [
                handle
                for handle in self.modules.get(name, ())
                if handle._round == turn and handle._state == "fired"
            ]
            for handle in fired:
                if undone:
                    handle._state = "pending"
                else:
                    self._settle(handle)
            return fired

    def is_firing(self, name):
        return name in self.firing

    def waiting(self, name):
        return [handle for handle in self.modules.get(name, ()) if handle._waits]

    def names(self):
        return [name for name in list(self.modules) if self.waiting(name)]

    def all(self):
        hooks = [handle for hooks in list(self.modules.values()) for handle in hooks]
        return sorted([*hooks, *self.done], key=lambda handle: handle._order)

    def _settle(self, handle):
        if not handle.repeat:
            self._remove(handle)
            self.done = [*self.done[1 - _LIMIT :], handle]

    def _remove(self, handle):
        hooks = self.modules[handle.module]
        hooks.remove(handle)
        if not hooks:
            del self.modules[handle.module]


registry = HookRegistry()
