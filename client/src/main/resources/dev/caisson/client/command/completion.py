"""What may stand at the end of a line. The prompt on a session runs this there, in names of its own."""

import importlib.util
import pkgutil
import re
import rlcompleter
import sys

_FROM = re.compile(r"from\s+([\w.]+)\s+import\s+\(?\s*(?:\w+(?:\s+as\s+\w+)?\s*,\s*)*\w*")
_AFTER_FROM = re.compile(r"from\s+[\w.]+\s+\w*")
_MODULE = re.compile(r"(?:from|import)\s+(?:[\w.]+(?:\s+as\s+\w+)?\s*,\s*)*[\w.]*")


def offers(line: str, session_names: dict[str, object]) -> list[str]:
    """The names, whole, that the word at the end of the line may become."""
    statement = re.split(r"[;:\n]", line)[-1].lstrip()
    word = re.search(r"[\w.]*\Z", line)[0]
    if source := _FROM.fullmatch(statement):
        return _shown(_members(source[1]), word)
    if _AFTER_FROM.fullmatch(statement):
        return _shown({"import"}, word)
    if _MODULE.fullmatch(statement):
        package = word.rpartition(".")[0]
        return _shown(_submodules(package) if package else _modules(), word)
    completer = rlcompleter.Completer(session_names)
    if "." in word:
        return completer.attr_matches(word)
    return completer.global_matches(word) if word else []


def _shown(names: set[str], word: str) -> list[str]:
    """Names that begin with an underscore are for who begins with one."""
    hidden = word.rpartition(".")[2].startswith("_")
    return sorted(
        name
        for name in names
        if name.startswith(word) and name.replace(".", "").isidentifier()
        if hidden or not name.rpartition(".")[2].startswith("_")
    )


def _modules() -> set[str]:
    return {*sys.builtin_module_names, *(module.name for module in pkgutil.iter_modules())}


def _submodules(package: str) -> set[str]:
    """Those of its folder, and those that are no files, as os.path."""
    found = importlib.util.find_spec(package)
    places = found.submodule_search_locations if found else None
    files = (f"{package}.{module.name}" for module in pkgutil.iter_modules(places or []))
    return {*files, *(name for name in sys.modules if name.rpartition(".")[0] == package)}


def _members(name: str) -> set[str]:
    """To look into a module imports it. That is done to Python's own: others may do anything then."""
    if name not in sys.modules and name.partition(".")[0] in sys.stdlib_module_names:
        importlib.import_module(name)
    inside = dir(sys.modules[name]) if name in sys.modules else []
    return {*inside, *(module.rpartition(".")[2] for module in _submodules(name))}
