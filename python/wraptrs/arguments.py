"""``formatargspec``, which the standard library dropped in Python 3.11 and adapters still need."""


def _star(name):
    return "*" + name


def _double_star(name):
    return "**" + name


def _default(value):
    return "=" + repr(value)


def _returns(text):
    return " -> " + text


def formatargspec(
    args,
    varargs=None,
    varkw=None,
    defaults=None,
    kwonlyargs=None,
    kwonlydefaults=None,
    annotations={},  # noqa: B006 - the published default; it is only read
    formatarg=str,
    formatvarargs=_star,
    formatvarkw=_double_star,
    formatvalue=_default,
    formatreturns=_returns,
    formatannotation=None,
):
    """Write what ``inspect.getfullargspec`` returns as the text of a signature.

    The first seven arguments are the fields of the full argument specification, the others turn
    one part each into text. Returns a string such as ``"(a, b=1, *, c)"``; the separator of
    positional-only parameters is not part of an argument specification and so never appears.
    The behaviour is that of ``inspect.formatargspec`` up to Python 3.10.
    """
    if formatannotation is None:
        from inspect import formatannotation

    args = list(args)
    given = dict(zip(reversed(args), reversed(defaults or ())))
    given.update(kwonlydefaults or {})

    def parameter(name, write=formatarg):
        text = write(name)
        if name in annotations:
            text += ": " + formatannotation(annotations[name])
        if name in given:
            default = formatvalue(given[name])
            # As inspect writes it: spaces around the sign only behind an annotation.
            spaced = name in annotations and default.startswith("=")
            text += " = " + default[1:] if spaced else default
        return text

    parts = [parameter(name) for name in args]
    if varargs:
        parts.append(parameter(varargs, formatvarargs))
    elif kwonlyargs:
        parts.append("*")
    parts += [parameter(name) for name in kwonlyargs or ()]
    if varkw:
        parts.append(parameter(varkw, formatvarkw))
    text = "(" + ", ".join(parts) + ")"
    if "return" in annotations:
        text += formatreturns(formatannotation(annotations["return"]))
    return text
