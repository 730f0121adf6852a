"""`tools`, and one namespace for each server; both are filled when they are first looked into."""

from __future__ import annotations

import builtins
import functools
import importlib.abc
import importlib.machinery
import pydoc
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from ._asyncio import take_no_values, take_values
from ._display import Displays
from ._errors import NotAwaitedError, ToolArgumentError, ToolError, ToolTimeoutError
from ._hints import closest
from ._tools import Caller, DeniedTool, Tool, UnavailableTool
from ._values import Answer, Audio, Blob, Image, Record, Resource


class ServerNamespace(ModuleType):
    """The tools of one server. A module, so that `import weather` can give it too."""

    def __init__(self, caller: Caller, server: dict[str, Any]) -> None:
        super().__init__(server["python"])
        self.__dict__.update(_caller=caller, _server=server["name"], _python=server["python"], _found=None)

    def _listed(self) -> dict[str, Any]:
        """The daemon's list, asked for once."""
        if self._found is None:
            found = self._caller.ask("server", server=self._server)
            self.__dict__["_found"] = found
            self.__dict__["__doc__"] = found.get("doc") or ""
        listed: dict[str, Any] = self._found
        return listed

    def _names(self) -> list[str]:
        return [tool["python"] for tool in self._listed()["tools"]]

    def _all_names(self) -> list[str]:
        return [*self._names(), *(tool["python"] for tool in self._listed().get("denied", ()))]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            if name == "__all__":
                return self._names()
            if not any(python == name for python in (self._all_names() if not name.startswith("__") else ())):
                raise AttributeError(name)
        why = self._listed().get("unavailable")
        if why and not name.startswith("_"):
            return UnavailableTool(self._caller, self._server, name, f"{self._python}.{name}", why)
        for tool in self._listed().get("denied", ()):
            if name in (tool["python"], tool["name"]):
                return DeniedTool(self._caller, self._server, tool["name"], f"{self._python}.{tool['python']}")
        for tool in self._listed()["tools"]:
            if name in (tool["python"], tool["name"]):
                made = Tool(self._caller, self._server, tool["name"], f"{self._python}.{tool['python']}")
                self.__dict__[name] = made
                return made
        hint = closest(name, self._names(), "there are", "there are none")
        raise AttributeError(f"the server {self._python!r} has no tool {name!r}{hint}", name=name, obj=None)

    def __getitem__(self, name: str) -> Any:
        try:
            return getattr(self, name)
        except AttributeError as error:
            raise KeyError(str(error)) from None

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, name) for name in self._names())

    def __dir__(self) -> Iterable[str]:
        return self._names()

    def _help_text(self) -> str:
        """What `help` shows."""
        listed = self._listed()
        parts = [f"{self._python}: {listed.get('doc') or 'the tools of a server'}\n"]
        return "\n".join(parts + [tool.help_text() for tool in self])

    def __repr__(self) -> str:
        return f"<tools of the server {self._python!r}>"


class Tools:
    """All servers: `tools.weather`, `tools["weather"]`, `tools.search("rain")`."""

    def __init__(self, caller: Caller, servers: list[dict[str, Any]]) -> None:
        self._caller = caller
        self._servers = servers
        self._spaces: dict[str, ServerNamespace] = {}

    def search(self, query: str = "", limit: int = 10) -> list[Any]:
        """Finds tools by words of their names and descriptions; best first."""
        found: list[Any] = self._caller.ask("search", query=str(query), limit=int(limit))
        return found

    def __getattr__(self, name: str) -> ServerNamespace:
        if name.startswith("__"):
            raise AttributeError(name)
        for server in self._servers:
            if name in (server["python"], server["class"], server["name"]):
                python = server["python"]
                if python not in self._spaces:
                    self._spaces[python] = ServerNamespace(self._caller, server)
                return self._spaces[python]
        names = [server["python"] for server in self._servers]
        hint = closest(name, names, "there are", "there are none")
        raise AttributeError(f"there is no tool server {name!r}{hint}", name=name, obj=None)

    def __getitem__(self, name: str) -> ServerNamespace:
        try:
            return self.__getattr__(name)
        except AttributeError as error:
            raise KeyError(str(error)) from None

    def __iter__(self) -> Iterator[ServerNamespace]:
        return (getattr(self, server["python"]) for server in self._servers)

    def __len__(self) -> int:
        return len(self._servers)

    def __dir__(self) -> Iterable[str]:
        return ["search", *(server["python"] for server in self._servers)]

    def _help_text(self) -> str:
        """What `help` shows."""
        names = [f"    tools.{server['python']}" for server in self._servers]
        return "\n".join(["The tool servers of this run:", *names, "", "tools.search(words) finds tools.", ""])

    def __repr__(self) -> str:
        return f"<tools of {', '.join(server['python'] for server in self._servers) or 'no servers'}>"


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """`import weather`, when nothing else is called that."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def find_spec(self, name: str, _path: Any, _target: Any = None) -> importlib.machinery.ModuleSpec | None:
        servers = self._tools._servers
        if any(name in (server["python"], server["class"]) for server in servers):
            return importlib.machinery.ModuleSpec(name, self)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return self._tools.__getattr__(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


_help = pydoc.help


@functools.wraps(pydoc.Helper.__call__)
def _help_with_tools(*subjects: Any) -> None:
    if len(subjects) == 1 and isinstance(subjects[0], Tools | ServerNamespace | Tool):
        subject = subjects[0]
        print(subject.help_text() if isinstance(subject, Tool) else subject._help_text())
    else:
        _help(*subjects)


class InstalledTools:
    """The tools of one run in builtins and `sys.modules`; taken out again when the run is over."""

    def __init__(
        self, caller: Caller, servers: list[dict[str, Any]], displays: Displays, for_asyncio: bool = False
    ) -> None:
        """`for_asyncio`: the code may give to asyncio what tools have given."""
        tools = Tools(caller, servers)
        self._names: list[str] = []
        self._finder = _Finder(tools)
        module = ModuleType("caisson", "What Caisson gives to the code that it runs.")
        errors = (ToolError, ToolTimeoutError, ToolArgumentError, NotAwaitedError)
        public = (*errors, Record, Blob, Image, Audio, Resource, Answer)
        module.__dict__.update(tools=tools, display=displays.display, **{kind.__name__: kind for kind in public})
        sys.modules["caisson"] = module
        sys.meta_path.append(self._finder)
        vars(builtins)["help"] = _help_with_tools
        self._put("tools", tools)
        self._put("display", displays.display)
        self._put("ToolError", ToolError)
        self._put("ToolArgumentError", ToolArgumentError)
        self._takes_values = for_asyncio and bool(servers)
        if self._takes_values:
            take_values()
        for server in servers:
            self._put(server["python"], getattr(tools, server["python"]))
            self._put(server["class"], getattr(tools, server["python"]))

    def _put(self, name: str, value: Any) -> None:
        """At builtins level, where any name of the user's wins; and never in a builtin's place."""
        if not hasattr(builtins, name):
            setattr(builtins, name, value)
            self._names.append(name)

    def remove(self) -> None:
        """Takes the names out again."""
        for name in self._names:
            vars(builtins).pop(name, None)
        if self._takes_values:
            take_no_values()
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self._finder]
