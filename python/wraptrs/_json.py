"""JSON for what commands report, made by hand: the program may have patched the module `json`."""


def as_json(value):
    """Plain data as one line of JSON, anything else in it as its text."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if type(value) in (int, float):
        return repr(value)
    if isinstance(value, dict):
        pairs = (f"{_quoted(str(key))}: {as_json(each)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(as_json, value))}]"
    return _quoted(str(value))


def _quoted(text):
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character):
    if " " <= character <= "~":
        return f"\\{character}" if character in '"\\' else character
    # Beyond the first plane, JSON has two halves.
    halves = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{halves[at : at + 4]}" for at in range(0, len(halves), 4))
