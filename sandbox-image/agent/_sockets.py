"""Plain sockets of user code, led to the network gate: lookups and connects ask before they go.

A convenience for clients that know no proxy. It is no boundary: the sandbox has no network device,
so code that goes around this meets nothing at all.

A lookup gives an address that stands for the name within this run. A connect announces the port
that it comes from and goes to the supervisor's loopback listener instead; the gate knows the
connection by that port, so no byte is added to what the code sends, and a socket that does not
block needs no second step.
"""

from __future__ import annotations

import _socket
import errno
import json
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

_LOOPBACK = "127.0.0.1"
_MAPPED_LOOPBACK = "::ffff:127.0.0.1"
_ANSWER_BYTES = 64 * 1024
_PATIENCE_SECONDS = 60.0
_FAILURES: Mapping[str, tuple[type[OSError], int]] = {
    "refused": (ConnectionRefusedError, errno.ECONNREFUSED),
    "timed_out": (TimeoutError, errno.ETIMEDOUT),
    "unreachable": (OSError, errno.EHOSTUNREACH),
    "unresolved": (socket.gaierror, socket.EAI_NONAME),
}
# They ask about the machine's own addresses or are answered by the gate already.
_DROPPED_FLAGS = socket.AI_ADDRCONFIG | socket.AI_CANONNAME | socket.AI_V4MAPPED | socket.AI_ALL

# Before any run has replaced it: runs of a session would stack theirs on each other.
_getaddrinfo = socket.getaddrinfo


def install(entrances: Mapping[str, Any]) -> None:
    """From here on sockets of this process, and of those forked from it, ask the gate."""
    sockets = _Sockets(entrances["ask_port"], entrances["direct_port"])
    module: Any = socket
    module.getaddrinfo = sockets.getaddrinfo
    module.gethostbyname = sockets.gethostbyname
    module.gethostbyname_ex = sockets.gethostbyname_ex
    module.socket.connect = _method(sockets.connect)
    module.socket.connect_ex = _method(sockets.connect_ex)


def rehearse() -> None:
    """Installs and takes it back, for nobody: what is done for the first time is slow."""
    module: Any = socket
    names = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")
    originals = [getattr(module, name) for name in names]
    install({"ask_port": 0, "direct_port": 0})
    for name, original in zip(names, originals, strict=True):
        setattr(module, name, original)
    # The class had none of its own: those of the extension type come into view again.
    del module.socket.connect, module.socket.connect_ex


def _method(function: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
    """A plain function, because a bound method would not receive the socket."""

    def method(self: socket.socket, address: Any, /) -> Any:
        return function(self, address)

    return method


class _Sockets:
    """The replacements, with the originals that they lead to."""

    def __init__(self, ask_port: int, direct_port: int) -> None:
        self._ask_port = ask_port
        self._direct_port = direct_port
        self._getaddrinfo = _getaddrinfo
        self._gethostbyname = _socket.gethostbyname
        self._gethostbyname_ex = _socket.gethostbyname_ex
        self._connect = _socket.socket.connect
        self._connect_ex = _socket.socket.connect_ex

    # Lookups

    def getaddrinfo(
        self, host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> list[Any]:
        """As the original; the address of a host outside is one that stands for it."""
        name = _name(host)
        if name is None or flags & socket.AI_NUMERICHOST:
            return self._getaddrinfo(host, port, family, type, proto, flags)
        if family not in (socket.AF_UNSPEC, socket.AF_INET):
            raise socket.gaierror(socket.EAI_FAMILY, f"hosts have addresses of IPv4 only in a sandbox: {name}")
        address = self._resolve(name, _port(port))
        return self._getaddrinfo(address, port, socket.AF_INET, type, proto, flags & ~_DROPPED_FLAGS)

    def gethostbyname(self, host: Any, /) -> str:
        """As the original."""
        name = _name(host)
        return self._gethostbyname(host) if name is None else self._resolve(name, 0)

    def gethostbyname_ex(self, host: Any, /) -> tuple[str, list[str], list[str]]:
        """As the original."""
        name = _name(host)
        return self._gethostbyname_ex(host) if name is None else (name, [], [self._resolve(name, 0)])

    def _resolve(self, name: str, port: int) -> str:
        answer = self._ask({"ask": "resolve", "host": name, "port": port}, _PATIENCE_SECONDS)
        return str(answer["address"])

    # Connects

    def connect(self, connecting: socket.socket, address: Any) -> None:
        """As the original."""
        target = _outside(connecting, address)
        self._connect(connecting, address if target is None else self._announce(connecting, *target))

    def connect_ex(self, connecting: socket.socket, address: Any) -> int:
        """As the original, which gives errors of the system as a number and raises others."""
        target = _outside(connecting, address)
        if target is None:
            return self._connect_ex(connecting, address)
        try:
            announced = self._announce(connecting, *target)
        except socket.gaierror:
            raise
        except OSError as error:
            return error.errno or errno.EACCES
        return self._connect_ex(connecting, announced)

    def _announce(self, connecting: socket.socket, host: str, port: int) -> tuple[str, int]:
        """Asks, and gives the address to connect to instead."""
        loopback = _LOOPBACK if connecting.family == socket.AF_INET else _MAPPED_LOOPBACK
        if not connecting.getsockname()[1]:
            connecting.bind((loopback, 0))
        timeout = connecting.gettimeout()
        question = {
            "ask": "connect",
            "host": host,
            "port": port,
            "source": connecting.getsockname()[1],
            "wait": timeout != 0,
        }
        self._ask(question, timeout or _PATIENCE_SECONDS)
        return loopback, self._direct_port

    # Questions

    def _ask(self, question: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        # Of the extension type, whose methods nobody has replaced.
        asking = _socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            asking.settimeout(timeout)
            asking.connect((_LOOPBACK, self._ask_port))
            asking.sendall(json.dumps(question).encode() + b"\n")
            line = b""
            while not line.endswith(b"\n") and len(line) < _ANSWER_BYTES:
                piece = asking.recv(4096)
                if not piece:
                    raise ConnectionResetError(errno.ECONNRESET, "the network gate gave no answer")
                line += piece
        finally:
            asking.close()
        answer: dict[str, Any] = json.loads(line)
        if "denied" in answer:
            raise PermissionError(errno.EACCES, f"denied by the network policy: {answer['denied']}")
        if "failed" in answer:
            kind, number = _FAILURES.get(answer["failed"], (OSError, errno.EHOSTUNREACH))
            raise kind(number, answer.get("message", ""))
        return answer


def _name(host: Any) -> str | None:
    """The name to ask the gate for; None for what is of this sandbox, or an address."""
    if host is None:
        return None
    if isinstance(host, bytes | bytearray):
        name = bytes(host).decode("ascii", "replace")
    elif isinstance(host, str):
        name = host if host.isascii() else host.encode("idna").decode()
    else:
        return None
    plain = name.rstrip(".").lower()
    if plain in ("", "localhost", "ip6-localhost", os.uname().nodename.lower()) or plain.endswith(".localhost"):
        return None
    return None if _is_address(name) else name


def _is_address(text: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError, ValueError):
            socket.inet_pton(family, text.partition("%")[0])
            return True
    return False


def _is_of_this_sandbox(host: str) -> bool:
    address = host.lower().removeprefix("::ffff:")
    return address in ("::1", "::", "0.0.0.0", "<broadcast>") or address.startswith("127.")


def _outside(connecting: socket.socket, address: Any) -> tuple[str, int] | None:
    """Host and port when this is a connection to somewhere else; what is wrong the original says."""
    if connecting.family not in (socket.AF_INET, socket.AF_INET6) or connecting.type != socket.SOCK_STREAM:
        return None
    if not isinstance(address, tuple) or len(address) < 2 or not isinstance(address[1], int):
        return None
    if not 0 < address[1] < 65536:
        return None
    host = address[0]
    if isinstance(host, bytes | bytearray):
        host = bytes(host).decode("ascii", "replace")
    if not isinstance(host, str):
        return None
    if _is_address(host):
        return None if _is_of_this_sandbox(host) else (host.partition("%")[0], address[1])
    name = _name(host)
    return None if name is None else (name, address[1])


def _port(port: Any) -> int:
    """The number of a port, 0 when the lookup is for no port in particular."""
    if isinstance(port, bytes | bytearray):
        port = bytes(port).decode("ascii", "replace")
    if isinstance(port, str):
        if port.isdecimal():
            return int(port)
        with suppress(OSError):
            return socket.getservbyname(port, "tcp")
        return 0
    return port if isinstance(port, int) else 0
