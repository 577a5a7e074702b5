"""The registry of hooks written plainly, for the native one to be compared with."""

from __future__ import annotations


class Handle:
    """What the registry knows of one hook."""

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


class Registry:
    """As `wraptrs._native._hook_registry`, but for how many of those that fired are kept."""

    def __init__(self):
        self.modules, self.done, self.firing = {}, [], []
        self.orders = self.rounds = 0

    def add(self, handle):
        if handle._order:
            return
        self.orders += 1
        handle._order = self.orders
        hooks = self.modules.setdefault(handle.module, [])
        hooks.append(handle)
        hooks.sort(key=lambda each: (-each.priority, each._order))

    def waits(self, name):
        return name in self.modules

    def claim(self, handle):
        free = handle in self.modules.get(handle.module, ()) and not handle._running
        if not (free and handle._state in ("pending", "failed") and not handle._round):
            return False
        handle._running = True
        return True

    def cancel(self, handle):
        if handle not in self.modules.get(handle.module, ()) or not handle._waits:
            return False
        handle._state = "cancelled"
        self._remove(handle)
        return True

    def begin(self, name):
        if not self.waiting(name):
            return 0
        self.rounds += 1
        self.firing.append(name)
        return self.rounds

    def next(self, name, turn):
        for handle in self.modules.get(name, ()):
            if handle._waits and not handle._running and handle._round < turn:
                handle._running, handle._round = True, turn
                return handle
        return None

    def finish(self, handle, good):
        handle._running = False
        if handle._state == "cancelled":
            return
        handle._state = "fired" if good else "failed"
        if good and not handle._round:
            self._settle(handle)

    def end(self, name, turn, undone):
        if name in self.firing:
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
        return [] if undone else [handle for handle in fired if not handle.repeat]

    def is_firing(self, name):
        return name in self.firing

    def waiting(self, name):
        return [handle for handle in self.modules.get(name, ()) if handle._waits]

    def names(self):
        return [name for name in self.modules if self.waiting(name)]

    def all(self):
        hooks = [handle for hooks in self.modules.values() for handle in hooks]
        return sorted([*hooks, *self.done], key=lambda handle: handle._order)

    def _settle(self, handle):
        if not handle.repeat and handle in self.modules.get(handle.module, ()):
            self._remove(handle)
            self.done.append(handle)

    def _remove(self, handle):
        hooks = self.modules[handle.module]
        hooks.remove(handle)
        if not hooks:
            del self.modules[handle.module]
