"""A set of patches on requests, one of them waiting for an import, against a server on loopback:
applied, looked at, rolled back; and after that the process does what one does that never had it.

Run by ``./dev demo``. Exits with 1 if anything differs.
"""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import wraptrs


class Server(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_GET(self):
        """Tell path and headers that the client chose."""
        seen = {"path": self.path, "trace": self.headers.get("X-Trace")}
        body = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing."""


def behaviour(port):
    """What a user of requests sees, errors included, and what its classes hold."""
    import requests
    import requests.adapters

    def attempt(action):
        try:
            return action()
        except Exception as error:
            return type(error).__name__

    url = f"http://127.0.0.1:{port}"
    session = requests.Session()
    return {
        "get": attempt(lambda: requests.get(f"{url}/a", timeout=5).json()),
        "session": attempt(lambda: session.get(f"{url}/b", params={"q": 1}, timeout=5).json()),
        "refused": attempt(lambda: requests.get("http://127.0.0.1:9/", timeout=5).status_code),
        "schema": attempt(lambda: requests.get("nowhere://x", timeout=5)),
        "kinds": [
            type(vars(owner)[name]).__name__
            for owner, name in (
                (requests.Session, "request"),
                (requests.adapters.HTTPAdapter, "send"),
                (requests.Response, "ok"),
            )
        ],
        "class": sorted(vars(requests.Session)),
        "code": requests.get.__code__.co_name,
    }


def build(calls):
    """The patches: by name, in place, a property, an item, and one that waits for an import."""

    def traced(wrapped, instance, args, kwargs):
        headers = dict(kwargs.pop("headers", None) or {}, **{"X-Trace": "yes"})
        calls.append("request")
        return wrapped(*args, headers=headers, **kwargs)

    def watched(wrapped, instance, args, kwargs):
        calls.append("get")
        return wrapped(*args, **kwargs)

    patches = wraptrs.PatchSet("rollback example")
    patches.wrap("requests?", "Session.request", traced)
    patches.hotwrap("requests.api?:get", watched)
    patches.replace("requests.models?", "Response.ok", lambda self: "patched")
    patches.item(CONFIG, "timeout", 1)
    patches.env("REQUESTS_EXAMPLE", "on")
    return patches


CONFIG = {"timeout": 5}


def main():
    """Patch before the import, use, roll back, compare with a process that was never patched."""
    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_port

    calls = []
    patches = build(calls).apply()
    waiting = [patch.state for patch in patches.patches]
    patched = behaviour(port)
    print("waiting before the import:", waiting)
    for patch in wraptrs.patches("rollback example"):
        print(f"  {patch!r} by {patch.location}")
    assert waiting == ["pending", "pending", "pending", "active", "active"]
    assert patched["get"]["trace"] == "yes" and "get" in calls and "request" in calls

    patches.revert()
    assert wraptrs.patches() == ()
    calls.clear()
    ours = behaviour(port)
    command = [sys.executable, __file__, "--unpatched", str(port)]
    theirs = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    server.shutdown()
    assert ours == theirs, (ours, theirs)
    assert calls == [] and CONFIG == {"timeout": 5}
    print("rolled back: the same as a process that was never patched, in", len(ours), "respects")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--unpatched"]:
        print(json.dumps(behaviour(int(sys.argv[2]))))
    else:
        main()
