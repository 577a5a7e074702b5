"""A program on the command line: where its part begins, and running it in this process.

What runs here sees what it would see under ``python script.py``, ``python -m module`` or ``python
-c code``: its own ``sys.argv``, ``__main__``, first entry of ``sys.path`` and exit status, and
tracebacks that begin with its own code.
"""

import os
import sys

FORM = "(script | -m module | -c code) ..."
_BEFORE = ("-m", "-c")


def add_to(parser):
    """Make the command of `parser` one that is followed by a program."""
    parser.set_defaults(program=())
    parser.allow_abbrev = False
    parser.usage = f"{parser.prog} [options] {FORM}"


def split(parser, arguments):
    """Cut the arguments of a command into its own and those of the program that follows.

    By hand, since argparse looks for options behind the program's name and swallows ``--``.
    """
    at = 0
    while at < len(arguments):
        argument = arguments[at]
        if argument == "--":
            return arguments[:at], arguments[at + 1 :]
        if argument in _BEFORE or not argument.startswith("-") or argument == "-":
            break
        action = parser._option_string_actions.get(argument)
        at += 1 if action is None or action.nargs == 0 else 2
    return arguments[:at], arguments[at:]


def check(parser, program, what):
    """End with a usage error where there is nothing to run."""
    if not program or (program[0] in _BEFORE and len(program) == 1):
        parser.error(f"{what} needs a script, or -m and a module")


def run_here(program, before=None):
    """Run a program in this process; returns when it ends, or exits as it does.

    `before` is called first, when ``sys.argv`` is the program's already.
    """
    kind = program[0] if program[0] in _BEFORE else None
    main = _fresh_main()
    sys.argv = list(program) if kind is None else [kind, *program[2:]]
    if before is not None:
        before()
    try:
        if kind == "-m":
            _set_first_path(os.getcwd())
            # As "python -m" does it, into the __main__ that is there.
            _runpy()._run_module_as_main(program[1])
        elif kind == "-c" or program[0] == "-":
            _set_first_path("")
            main.__loader__ = sys.__loader__  # as of the built-in modules, for what has no file
            text = (program[1], "<string>") if kind else (sys.stdin.buffer.read(), "<stdin>")
            exec(compile(*text, "exec", dont_inherit=True), main.__dict__)
        else:
            _run_script(os.path.join(os.getcwd(), program[0]), main)
    except SystemExit:
        raise
    except BaseException as error:
        _leave_us_out(error)
        raise


def _fresh_main():
    """A new ``__main__``, which stays when the program has ended: threads and exit functions of
    the program may still look there."""
    main = type(sys)("__main__")
    main.__builtins__ = sys.modules["builtins"]
    if sys.version_info < (3, 14):
        main.__annotations__ = {}
    sys.modules["__main__"] = main
    return main


def _set_first_path(place):
    # What stands there was put for this command line, unless -P (or -I) forbids such an entry.
    if not getattr(sys.flags, "safe_path", False) and not sys.flags.isolated:
        sys.path[:1] = [place]


def _runpy():
    import runpy

    return runpy


def _run_script(path, main):
    from pkgutil import get_importer

    if get_importer(path) is not None:
        # A folder or an archive; it is the first place to look for modules whatever -P says.
        sys.path[:1] = [path]
        _runpy()._run_module_as_main("__main__", alter_argv=False)
        return
    source = _read(path)
    _set_first_path(os.path.dirname(os.path.realpath(path)))
    main.__file__ = path
    main.__cached__ = main.__spec__ = None
    main.__loader__ = _loader(path)
    exec(compile(source, path, "exec", dont_inherit=True), main.__dict__)


def _loader(path):
    from importlib.machinery import SourceFileLoader

    return SourceFileLoader("__main__", path)


def _read(path):
    import io

    try:
        with io.open_code(path) as file:
            return file.read()
    except OSError as error:
        reason = f"[Errno {error.errno}] {error.strerror}"
        sys.stderr.write(f"{sys.executable}: can't open file {path!r}: {reason}\n")
        sys.exit(2)


def _leave_us_out(error):
    """Have an error that ends the program shown without the frames in front of its own.

    The rest is the interpreter's: after a KeyboardInterrupt, the process ends by that signal.
    """
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_globals.get("__name__") == __name__:
        traceback = traceback.tb_next
    hook = sys.excepthook

    def show(kind, value, everything):
        sys.excepthook = hook
        sys.last_traceback = traceback
        hook(kind, error.with_traceback(traceback), traceback)

    sys.excepthook = show
