"""Both sides of ``attach``, the queue between them and what is done in the other process.

On every version: what stands in for `sys.remote_exec` is in support/attached.py.
"""

from __future__ import annotations

import marshal
import os
import threading

import pytest

from support.attached import PATCH, PATCHED, PLAIN

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="no signals to stand in for sys.remote_exec"),
]


class TestRequests:
    def test_applied_and_taken_back(self, target, places):
        assert target.behaviour() == PLAIN
        answer = target.apply(PATCH)
        assert [patch["state"] for patch in answer["patches"]] == ["active", "active", "pending"]
        # Those of the functions of wrapt's interface too.
        owners = [patch["owner"] for patch in answer["patches"]]
        assert owners == ["patch"] * 3
        assert answer["hooks"] == 1
        assert target.behaviour() == PATCHED
        assert target.names() == ["served:answer", "served:Thing.method", "later:thing"]
        assert target.revert() == {"reverted": 3, "hooks": 1}
        assert target.behaviour() == PLAIN
        assert target.ask("list")["patches"] == target.ask("list")["hooks"] == []
        assert target.eval("'attached_patch' in sys.modules") is False
        assert not list(places.iterdir())

    def test_its_main_is_left_alone(self, target):
        before = target.eval("sorted(globals())")
        target.apply(PATCH)
        assert target.eval("sorted(globals())") == before

    def test_several_runs_are_reverted_together(self, target):
        target.apply(PATCH)
        target.apply(PATCH)
        target.apply("import wraptrs; wraptrs.replace('served:other', lambda: 'new')", "another")
        assert target.behaviour() == (*PATCHED[:3], "new")
        assert target.revert()["reverted"] == 6
        assert target.behaviour() == (*PLAIN[:3], "new")
        assert target.revert("another")["reverted"] == 1
        assert target.revert("another")["reverted"] == 0

    def test_owners_that_the_file_names_are_its_own_too(self, target):
        change = "wraptrs.replace('served:other', lambda: 'new')"
        source = f"import wraptrs\nwith wraptrs.owned_by('else'):\n    {change}"
        assert target.apply(source)["patches"][0]["owner"] == "else"
        assert target.revert()["reverted"] == 1
        assert target.behaviour() == PLAIN

    def test_what_the_program_patched_stays(self, target):
        target.eval("__import__('wraptrs').replace('served:other', lambda: 'its') and 1")
        target.apply(PATCH)
        target.apply("raise ValueError", "bad")
        target.revert()
        assert target.behaviour() == (*PLAIN[:3], "its")

    def test_classes_that_look_for_their_module(self, target):
        source = """
            import dataclasses
            @dataclasses.dataclass
            class Point:
                x: "int"
            assert Point.__module__ == __name__ and __file__.endswith("patch.py")
        """
        assert target.apply(source) == {"patches": [], "hooks": 0}


class TestFailures:
    @pytest.mark.parametrize(
        ("end", "error"),
        [
            ("1 / 0", "ZeroDivisionError: division by zero"),
            ("import sys; sys.exit(3)", "SystemExit: 3"),
            ("raise KeyboardInterrupt", "KeyboardInterrupt: "),
            ("wraptrs.replace('served:absent', 1)", "served"),
        ],
    )
    def test_nothing_stays_of_a_file_that_fails(self, target, end, error):
        answer = target.apply(f"{PATCH}\n    def last():\n        {end}\n    last()")
        assert error in answer["error"] and answer["problems"] == []
        assert 'patch.py", line 13, in last' in answer["traceback"]
        assert "_attached" not in answer["traceback"]
        assert target.behaviour() == PLAIN
        found = target.ask("list")
        assert found["patches"] == found["hooks"] == []
        assert target.eval("'attached_patch' in sys.modules") is False

    def test_code_that_cannot_be_compiled(self, target):
        answer = target.apply("def f(:\n    pass")
        assert "SyntaxError" in answer["error"] and "def f(:" in answer["traceback"]

    def test_a_conflict_is_told_and_forced(self, target):
        target.apply("import wraptrs; wraptrs.replace('served:other', lambda: 'new')")
        target.eval("setattr(served, 'other', lambda: 'foreign')")
        answer = target.revert()
        assert "PatchConflictError" in answer["error"]
        assert target.eval("served.other()") == "foreign"
        assert target.revert(force=True)["reverted"] == 1
        assert target.behaviour() == PLAIN

    def test_no_wraptrs_there(self, start, tmp_path, places):
        """Nothing but a folder in which the import fails, before any other."""
        hidden = tmp_path / "hidden"
        hidden.joinpath("wraptrs").mkdir(parents=True)
        hidden.joinpath("wraptrs", "__init__.py").write_text("raise ImportError('none here')")
        target = start(path=[str(hidden)])
        from wraptrs._attaching import UnreachableError

        message = f"process {target.pid} cannot import wraptrs .*none here.*install"
        with pytest.raises(UnreachableError, match=message):
            target.ask("list")
        assert not list(places.iterdir())


class TestQueue:
    def test_two_requests_before_it_looks(self, target, monkeypatch):
        """The first script is lost in the slot; the request is not."""
        monkeypatch.setattr("wraptrs._attaching._AGAIN", 30)
        begun, sent = threading.Event(), []

        def hold(pid, script):
            sent.append(script)
            if len(sent) == 2:
                begun.set()

        def both(pid, script):
            hold(pid, script)
            begun.wait(10)
            if script == sent[-1]:
                target.send(pid, script)
                target.behaviour()  # it may just have begun to wait, and would not look

        answers = []

        def call(owner, name):
            source = f"import wraptrs; wraptrs.replace('served:{name}', lambda: {owner!r})"
            answers.append(target.apply(source, owner, send=both))

        threads = [
            threading.Thread(target=call, args=pair) for pair in (("a", "answer"), ("b", "other"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert [len(answer["patches"]) for answer in answers] == [1, 1]
        assert target.eval("served.answer(), served.other()") == ("a", "b")
        assert len(sent) == 2

    def test_many_callers(self, target, places):
        def call(number):
            source = "import wraptrs; wraptrs.wrap('served:other', lambda w, i, a, k: w() + '+')"
            answers.append(target.apply(source, f"owner{number}", timeout=60))

        answers = []
        threads = [threading.Thread(target=call, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(90)
        assert [len(answer.get("patches", ())) for answer in answers] == [1] * 12
        assert target.eval("served.other()") == "plain" + "+" * 12
        assert not list(places.iterdir())

    def test_a_script_that_got_lost_is_sent_again(self, target):
        sent = []

        def lossy(pid, script):
            sent.append(script)
            if len(sent) > 1:
                target.send(pid, script)

        assert target.ask("list", send=lossy)["pid"] == target.pid
        assert len(sent) == 2

    def test_no_answer_in_time_and_nothing_done_later(self, target, places):
        from wraptrs._attaching import UnreachableError

        scripts = []
        with pytest.raises(UnreachableError, match=r"did not get to it in 0\.3 seconds"):
            target.apply(PATCH, timeout=0.3, send=lambda pid, script: scripts.append(script))
        # It may still be looked for; what waits with it is withdrawn.
        (folder,) = places.iterdir()
        assert [str(path) for path in folder.iterdir()] == scripts
        target.send(target.pid, scripts[0])
        assert target.behaviour() == PLAIN
        assert not list(places.iterdir())

    def test_what_was_never_looked_for_goes_with_the_process(self, target, start, places):
        from wraptrs._attaching import UnreachableError

        with pytest.raises(UnreachableError, match="did not get to it"):
            target.ask("list", timeout=0.1, send=lambda pid, script: None)
        other = start()
        other.ask("list")
        (left,) = places.iterdir()
        assert f"-{target.pid}-" in left.name
        target.process.kill()
        os.waitid(os.P_PID, target.pid, os.WEXITED | os.WNOWAIT)  # it stays a zombie
        other.ask("list")
        assert not list(places.iterdir())

    def test_scripts_that_come_after_the_answer(self, target, places, monkeypatch):
        """Another caller's script did what was asked for before ours was looked for."""
        from wraptrs._attached import ANSWER

        monkeypatch.setattr("wraptrs._attaching._SOON", 30)

        def run(script):
            target.send(target.pid, script)
            target.behaviour()  # it may just have begun to wait, and would not look

        def through_another(pid, script):
            other = f"{script}.copy"
            with open(script) as ours, open(other, "w") as theirs:
                theirs.write(ours.read().replace(script, other))
            run(other)
            assert any(path.endswith(ANSWER) for path in os.listdir(os.path.dirname(script)))
            late.append(threading.Timer(0.2, run, (script,)))
            late[0].start()

        late = []
        assert target.ask("list", send=through_another)["pid"] == target.pid
        late[0].join()
        assert not list(places.iterdir())
        assert target.behaviour() == PLAIN

    def test_a_file_that_takes_longer(self, target):
        from wraptrs._attaching import UnreachableError

        target.ask("list")  # it has imported what that takes
        source = "import time, wraptrs; time.sleep(1); wraptrs.replace('served:other', lambda: 1)"
        with pytest.raises(UnreachableError, match=r"did not finish in 0\.5 seconds, and goes on"):
            target.apply(source, timeout=0.5)
        assert target.eval("time.sleep(1) or served.other()") == 1

    def test_a_request_whose_caller_was_killed(self, target, places):
        from wraptrs import _attaching

        request = {"action": "apply", "owner": "old", "file": "old.py", "source": PATCH, "until": 0}
        with _attaching._queue_of(target.pid) as queue:
            queue.write("0-1.request", marshal.dumps(request))
        assert target.names() == []
        assert target.behaviour() == PLAIN

    def test_a_process_that_ended(self, target):
        from wraptrs._attaching import UnreachableError

        target.process.kill()
        target.process.wait()
        with pytest.raises(UnreachableError, match=f"there is no process {target.pid}"):
            target.ask("list")

    def test_the_folder_is_private(self, target, places):
        seen = []

        def look(pid, script):
            seen.extend(os.stat(path).st_mode & 0o777 for path in (os.path.dirname(script), script))
            target.send(pid, script)

        target.ask("list", send=look)
        assert seen[:2] == [0o700, 0o600]

    @pytest.mark.parametrize("make", ["open", "link", "file"])
    def test_a_folder_of_somebody_elses_making_is_not_used(self, target, places, make):
        from wraptrs import _attaching

        with _attaching._queue_of(target.pid) as queue:
            folder = queue.path
        if make == "open":
            os.chmod(folder, 0o777)
        else:
            os.rmdir(folder)
            elsewhere = places / "elsewhere"
            elsewhere.mkdir(0o700)
            os.symlink(elsewhere, folder) if make == "link" else open(folder, "w").close()
        with pytest.raises(_attaching.UnreachableError, match="not only ours"):
            target.ask("list")
        assert make != "link" or not list(elsewhere.iterdir())

    def test_a_link_that_takes_the_place_of_the_folder_is_not_followed(self, target, places):
        """Neither writing nor removing: root does both in a folder that a user may exchange."""
        from wraptrs import _attaching

        valued = places / "valued"
        valued.mkdir(0o700)
        valued.joinpath("kept").touch()
        with _attaching._queue_of(target.pid) as queue:
            os.rename(queue.path, places / "moved")
            os.symlink(valued, queue.path)
            queue.write("written", b"")
            assert queue.names() == ["written"] and not queue.has("kept")
            queue.remove("kept")
            queue.remove_folder()
        assert os.listdir(valued) == ["kept"]

    def test_what_ended_processes_left_is_removed_without_following_links(
        self, target, places, monkeypatch
    ):
        from wraptrs import _attaching

        valued = places / "valued"
        valued.mkdir(0o700)
        valued.joinpath("kept").touch()
        left = places / f"wraptrs-{os.getuid()}-{2**31 - 1}-1"
        left.mkdir(0o700)
        left.joinpath("old.py").touch()

        def exchange(*args):
            """What somebody does between the look at it and the removal."""
            if not left.is_symlink():
                left.rename(places / "moved")
                left.symlink_to(valued)
            return False

        monkeypatch.setattr(_attaching, "_is", exchange)
        _attaching._sweep()
        assert os.listdir(valued) == ["kept"]
        left.unlink()
        (places / "moved").rename(left)
        monkeypatch.undo()
        monkeypatch.setattr("tempfile.tempdir", str(places))
        _attaching._sweep()
        assert sorted(path.name for path in places.iterdir()) == ["valued"]

    def test_an_answer_that_cannot_be_read(self, target):
        from wraptrs import _attaching

        for data in (b"", b"nonsense", marshal.dumps(3)[:2]):
            with pytest.raises(_attaching.UnreachableError, match="no answer that can be read"):
                _attaching._answer(target.pid, data)
