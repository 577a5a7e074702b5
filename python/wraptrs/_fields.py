"""Where the parts of a function's state stand in the tuple that `_native._function_state` gives."""

CODE, GLOBALS, BUILTINS, DEFAULTS, KEYWORDS, CLOSURE = range(6)
ANNOTATIONS, ANNOTATE, TYPE_PARAMETERS = range(6, 9)
HOOK = 9  # what the calls of the function go through, in vectorcall mode
