"""The channel as data: kinds, turns and the codecs of payloads. Pure.

The tests hold this file equal to ``kinds.json`` and ``turns.json`` of the specification.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from enum import Enum, IntEnum
from typing import Any, NamedTuple

PROTOCOL = 1
JSON_DEPTH = 64

_U32 = struct.Struct(">I")
_CREDIT = struct.Struct(">BI")
_OUTPUT = struct.Struct(">BI")
OUTPUT_PREFIX = _OUTPUT.size


class ProtocolError(Exception):
    """A frame that the specification does not allow."""


class Sender(str, Enum):
    """Who may send a kind."""

    DAEMON = "daemon"
    WORKER = "worker"
    SUPERVISOR = "supervisor"


class Payload(str, Enum):
    """How the payload of a kind is built."""

    EMPTY = "empty"
    JSON = "json"
    HEADED = "headed"
    RAW = "raw"


class Kind(IntEnum):
    """The number of each kind of frame."""

    HELLO = 1
    RUN = 2
    INTERRUPT = 3
    KILL = 4
    RESET = 5
    RESULT = 6
    ERROR = 7
    PROGRESS = 8
    STDIN = 9
    STDIN_EOF = 10
    CREDIT = 11
    PING = 12
    SHUTDOWN = 13
    FILE_LIST = 32
    FILE_STAT = 33
    FILE_READ = 34
    FILE_WRITE = 35
    FILE_PUT = 36
    FILE_PUT_END = 37
    FILE_DELETE = 38
    FILE_MKDIR = 39
    FILE_CREDIT = 40
    FILE_CANCEL = 41
    NET_RECEIVE = 48
    NET_RECEIVE_END = 49
    NET_CUT = 50
    NET_CREDIT = 51
    OUTPUT = 64
    DISPLAY = 65
    CALL = 66
    CALL_CANCEL = 67
    ENDED = 68
    AGENT_HELLO = 96
    READY = 97
    CAPTURED_OUTPUT = 98
    WORKER_EXITED = 99
    DRAINED = 100
    AGENT_CREDIT = 101
    PONG = 102
    WORKER_REPLACED = 103
    FILE_FOUND = 104
    FILE_DATA = 105
    FILE_DONE = 106
    FILE_ERROR = 107
    FILE_AGENT_CREDIT = 108
    NET_OPEN = 112
    NET_SEND = 113
    NET_SEND_END = 114
    NET_CLOSED = 115
    NET_AGENT_CREDIT = 116


class Lane(IntEnum):
    """What a credit is for."""

    WORKER_OUTPUT = 1
    SUPERVISOR_OUTPUT = 2
    WORKER_BOUND = 3
    STDIN = 4


class KindRule(NamedTuple):
    """What holds for one kind: its sender, payload, limit in bytes, and whether it is ordered."""

    sender: Sender
    payload: Payload
    limit: int
    ordered: bool = False


_KIB = 1024
_MIB = 1024 * _KIB

RULES: Mapping[Kind, KindRule] = {
    Kind.HELLO: KindRule(Sender.DAEMON, Payload.JSON, _MIB),
    Kind.RUN: KindRule(Sender.DAEMON, Payload.HEADED, 4 * _MIB),
    Kind.INTERRUPT: KindRule(Sender.DAEMON, Payload.EMPTY, 0),
    Kind.KILL: KindRule(Sender.DAEMON, Payload.EMPTY, 0),
    Kind.RESET: KindRule(Sender.DAEMON, Payload.EMPTY, 0),
    Kind.RESULT: KindRule(Sender.DAEMON, Payload.HEADED, 64 * _MIB),
    Kind.ERROR: KindRule(Sender.DAEMON, Payload.JSON, _MIB),
    Kind.PROGRESS: KindRule(Sender.DAEMON, Payload.JSON, _MIB),
    Kind.STDIN: KindRule(Sender.DAEMON, Payload.RAW, 64 * _KIB),
    Kind.STDIN_EOF: KindRule(Sender.DAEMON, Payload.EMPTY, 0),
    Kind.CREDIT: KindRule(Sender.DAEMON, Payload.RAW, _CREDIT.size),
    Kind.PING: KindRule(Sender.DAEMON, Payload.RAW, 64),
    Kind.SHUTDOWN: KindRule(Sender.DAEMON, Payload.EMPTY, 0),
    Kind.FILE_LIST: KindRule(Sender.DAEMON, Payload.JSON, 32 * _KIB),
    Kind.FILE_STAT: KindRule(Sender.DAEMON, Payload.JSON, 32 * _KIB),
    Kind.FILE_READ: KindRule(Sender.DAEMON, Payload.JSON, 32 * _KIB),
    Kind.FILE_WRITE: KindRule(Sender.DAEMON, Payload.JSON, 32 * _KIB),
    Kind.FILE_PUT: KindRule(Sender.DAEMON, Payload.RAW, 65527),
    Kind.FILE_PUT_END: KindRule(Sender.DAEMON, Payload.EMPTY, 0),
    Kind.FILE_DELETE: KindRule(Sender.DAEMON, Payload.JSON, 32 * _KIB),
    Kind.FILE_MKDIR: KindRule(Sender.DAEMON, Payload.JSON, 32 * _KIB),
    Kind.FILE_CREDIT: KindRule(Sender.DAEMON, Payload.RAW, _U32.size),
    Kind.FILE_CANCEL: KindRule(Sender.DAEMON, Payload.EMPTY, 0),
    Kind.NET_RECEIVE: KindRule(Sender.DAEMON, Payload.RAW, 65527),
    Kind.NET_RECEIVE_END: KindRule(Sender.DAEMON, Payload.EMPTY, 0),
    Kind.NET_CUT: KindRule(Sender.DAEMON, Payload.EMPTY, 0),
    Kind.NET_CREDIT: KindRule(Sender.DAEMON, Payload.RAW, _U32.size),
    Kind.OUTPUT: KindRule(Sender.WORKER, Payload.RAW, 4087, ordered=True),
    Kind.DISPLAY: KindRule(Sender.WORKER, Payload.HEADED, 4 * _MIB, ordered=True),
    Kind.CALL: KindRule(Sender.WORKER, Payload.HEADED, 16 * _MIB),
    Kind.CALL_CANCEL: KindRule(Sender.WORKER, Payload.EMPTY, 0),
    Kind.ENDED: KindRule(Sender.WORKER, Payload.HEADED, 4 * _MIB),
    Kind.AGENT_HELLO: KindRule(Sender.SUPERVISOR, Payload.JSON, 64 * _KIB),
    Kind.READY: KindRule(Sender.SUPERVISOR, Payload.JSON, 64 * _KIB),
    Kind.CAPTURED_OUTPUT: KindRule(Sender.SUPERVISOR, Payload.RAW, 65527, ordered=True),
    Kind.WORKER_EXITED: KindRule(Sender.SUPERVISOR, Payload.JSON, 64 * _KIB),
    Kind.DRAINED: KindRule(Sender.SUPERVISOR, Payload.RAW, 4),
    Kind.AGENT_CREDIT: KindRule(Sender.SUPERVISOR, Payload.RAW, _CREDIT.size),
    Kind.PONG: KindRule(Sender.SUPERVISOR, Payload.RAW, 64),
    Kind.WORKER_REPLACED: KindRule(Sender.SUPERVISOR, Payload.JSON, 64 * _KIB),
    Kind.FILE_FOUND: KindRule(Sender.SUPERVISOR, Payload.JSON, 4 * _KIB),
    Kind.FILE_DATA: KindRule(Sender.SUPERVISOR, Payload.RAW, 65527),
    Kind.FILE_DONE: KindRule(Sender.SUPERVISOR, Payload.JSON, 65527),
    Kind.FILE_ERROR: KindRule(Sender.SUPERVISOR, Payload.JSON, _KIB),
    Kind.FILE_AGENT_CREDIT: KindRule(Sender.SUPERVISOR, Payload.RAW, _U32.size),
    Kind.NET_OPEN: KindRule(Sender.SUPERVISOR, Payload.JSON, _KIB),
    Kind.NET_SEND: KindRule(Sender.SUPERVISOR, Payload.RAW, 65527),
    Kind.NET_SEND_END: KindRule(Sender.SUPERVISOR, Payload.EMPTY, 0),
    Kind.NET_CLOSED: KindRule(Sender.SUPERVISOR, Payload.EMPTY, 0),
    Kind.NET_AGENT_CREDIT: KindRule(Sender.SUPERVISOR, Payload.RAW, _U32.size),
}


def limits_of(sender: Sender) -> dict[int, int]:
    """The payload limits of the kinds that `sender` may send."""
    return {int(kind): rule.limit for kind, rule in RULES.items() if rule.sender is sender}


# `json.dumps` makes one for each text.
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def encode_json(value: Mapping[str, Any]) -> bytes:
    """One JSON object, compact and in ASCII, keys in the order given."""
    return _ENCODER.encode(value).encode("ascii")


def decode_json(payload: bytes) -> dict[str, Any]:
    """The object of a json payload; anything else is a violation."""
    _check_depth(payload)
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("the payload is not JSON") from error
    if not isinstance(value, dict):
        raise ProtocolError("the payload is not a JSON object")
    return value


def _check_depth(payload: bytes) -> None:
    """Refuses deep nesting before it is parsed. Brackets inside of texts do not count."""
    if payload.count(b"{") + payload.count(b"[") <= JSON_DEPTH:
        return
    depth = 0
    in_text = False
    escaped = False
    for byte in payload:
        if in_text:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_text = False
        elif byte == 0x22:
            in_text = True
        elif byte in b"{[":
            depth += 1
            if depth > JSON_DEPTH:
                raise ProtocolError(f"JSON is nested deeper than {JSON_DEPTH}")
        elif byte in b"}]":
            depth -= 1


def encode_headed(header: Mapping[str, Any], bulk: bytes = b"") -> bytes:
    """A JSON object followed by bulk bytes."""
    encoded = encode_json(header)
    return _U32.pack(len(encoded)) + encoded + bulk


def decode_headed(payload: bytes) -> tuple[dict[str, Any], bytes]:
    """The header and the bulk of a headed payload."""
    if len(payload) < _U32.size:
        raise ProtocolError("a headed payload is shorter than its length")
    end = _U32.size + _U32.unpack_from(payload)[0]
    if end > len(payload):
        raise ProtocolError("a header passes the end of its payload")
    return decode_json(payload[_U32.size : end]), payload[end:]


def encode_credit(lane: Lane, count: int) -> bytes:
    """`count` more bytes on `lane`."""
    return _CREDIT.pack(lane, count)


def decode_credit(payload: bytes) -> tuple[Lane, int]:
    """The lane and the bytes of a credit."""
    if len(payload) != _CREDIT.size:
        raise ProtocolError(f"a credit of {len(payload)} bytes")
    lane, count = _CREDIT.unpack(payload)
    if lane not in Lane._value2member_map_:
        raise ProtocolError(f"lane {lane} does not exist")
    return Lane(lane), count


def encode_output(descriptor: int, after: int, data: bytes) -> bytes:
    """Output of fd 1 or 2 that comes after so many ordered frames of the other side."""
    return _OUTPUT.pack(descriptor, after & 0xFFFFFFFF) + data


def decode_output(payload: bytes) -> tuple[int, int, bytes]:
    """Descriptor, after and bytes of an output."""
    if len(payload) < _OUTPUT.size:
        raise ProtocolError("an output is shorter than its prefix")
    descriptor, after = _OUTPUT.unpack_from(payload)
    if descriptor not in (1, 2):
        raise ProtocolError(f"output of descriptor {descriptor}")
    return descriptor, after, payload[_OUTPUT.size :]


def encode_net_credit(count: int) -> bytes:
    """`count` more bytes for one connection."""
    return _U32.pack(count)


def decode_net_credit(payload: bytes) -> int:
    """The bytes that a connection may send on top."""
    if len(payload) != _U32.size:
        raise ProtocolError(f"a credit of {len(payload)} bytes for a connection")
    count: int = _U32.unpack(payload)[0]
    return count


def encode_file_credit(count: int) -> bytes:
    """`count` more bytes for one file."""
    return _U32.pack(count)


def decode_file_credit(payload: bytes) -> int:
    """The bytes of a file that may be sent on top."""
    if len(payload) != _U32.size:
        raise ProtocolError(f"a credit of {len(payload)} bytes for a file")
    count: int = _U32.unpack(payload)[0]
    return count


def encode_after(after: int) -> bytes:
    """The payload of `drained`."""
    return _U32.pack(after & 0xFFFFFFFF)
