"""The public names of the library and their signatures, as they are written down in tests/data/public_api.txt.

After a change that is meant, `python tests/test_public_api.py` rewrites the file.
"""

import difflib
import doctest
import inspect
import re
from pathlib import Path

import pytest

import protestspread as ps

FILE = Path(__file__).with_name("data") / "public_api.txt"
COMMAND = "python tests/test_public_api.py"


def default(value):
    """Return a default as text that is the same in every process."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{default(key)}: {default(item)}" for key, item in value.items()) + "}"
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(map(default, value))) + "}"
    text = repr(value)
    return getattr(value, "__qualname__", type(value).__qualname__) if " at 0x" in text else text


class Default:
    """A default whose repr has no address in memory."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return default(self.value)


def signature(function):
    """Return the parameters of a function with their kinds and defaults, without annotations."""
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return "(...)"
    empty = inspect.Parameter.empty
    parameters = [
        parameter.replace(annotation=empty, default=empty if parameter.default is empty else Default(parameter.default))
        for parameter in found.parameters.values()
    ]
    return str(found.replace(parameters=parameters, return_annotation=inspect.Signature.empty))


def ours(owner):
    return owner.__module__.partition(".")[0] == ps.__name__


def member(cls, name):
    """Return a public method, property or value of a class as text; what other libraries' classes hand down is left out."""
    owner = next(base for base in cls.__mro__ if name in vars(base))
    if not ours(owner):
        return None
    found = vars(owner)[name]
    if isinstance(found, classmethod | staticmethod):
        return f"{type(found).__name__} {signature(getattr(cls, name))}"
    if inspect.isfunction(found):
        return f"method {signature(found)}"
    if inspect.isdatadescriptor(found) or hasattr(found, "__get__"):
        return "property"
    return f"value {default(found)}"


def described(name):
    """Return the lines of one public name."""
    value = getattr(ps, name)
    if inspect.ismodule(value):
        classes = [line for at, found in sorted(vars(value).items()) if inspect.isclass(found) and found.__module__ == value.__name__
                   and not inspect.isabstract(found) for line in described_class(at, found)]  # fmt: skip
        return [f"{name}: module", *(f"  {line}" for line in classes)]
    if inspect.isclass(value):
        return described_class(name, value)
    if callable(value):
        return [f"{name}: function {signature(value)}"]
    if name == "__version__":
        return [f"{name}: constant"]
    return [f"{name}: constant {default(list(value) if isinstance(value, dict) else value)}"]  # the words may change


def described_class(name, value):
    """Return the lines of a class: its constructor and its public members."""
    kind = "exception" if issubclass(value, BaseException) else "class"
    members = {at: member(value, at) for at in sorted(dir(value)) if not at.startswith("_")}
    members |= {at: "field" for at in getattr(value, "__dataclass_fields__", {}) if not at.startswith("_")}
    parts = [f"    .{at}: {text}" for at, text in sorted(members.items()) if text is not None]
    return [f"{name}: {kind} {signature(value)}", *parts]


def public_api():
    names = sorted({*ps.__all__, "__version__"})
    return "".join(f"{line}\n" for name in names for line in described(name))


def test_the_public_api_is_the_one_written_down():
    stored, found = FILE.read_text(encoding="utf-8"), public_api()
    changes = difflib.unified_diff(
        stored.splitlines(), found.splitlines(), "public_api.txt", "the library", lineterm=""
    )
    assert stored == found, f"the public API changed; if it is meant, run `{COMMAND}`:\n" + "\n".join(changes)


@pytest.mark.parametrize("name", sorted(set(ps.__all__) - {"EVENT_TYPES", "schemes"}))
def test_examples_call_public_names_as_a_reader_would(name):
    """Examples run what a reader can paste: `ps.name(...)`, never a bare name of the module it happens to stand in."""
    code = [example.source for example in doctest.DocTestParser().get_examples(inspect.getdoc(getattr(ps, name)) or "")]
    bare = [
        line for line in code for called in re.findall(r"(?<![\w.'\"])([A-Za-z_]\w*)\(", line) if called in ps.__all__
    ]
    assert not bare


if __name__ == "__main__":
    FILE.write_text(public_api(), encoding="utf-8")
    print(f"{FILE}: {len(ps.__all__)} names")
