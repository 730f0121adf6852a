"""The agent's decoders under bytes that are nearly right. One invariant: what comes out does not
depend on how the bytes were cut, and it is frames, or one FramingError or ProtocolError, and nothing
else. CAISSON_FUZZ_SEEDS=FROM:TO tries other seeds than the fixed ones."""

from __future__ import annotations

import os
import random
import unittest
from collections.abc import Callable, Iterable

from agent._framing import (
    FRAME_BYTES,
    HEADER,
    MORE,
    WORKER_FRAME_BYTES,
    Assembler,
    FrameReader,
    FramingError,
    Message,
    encode_message,
)
from agent._protocol import (
    ProtocolError,
    Sender,
    decode_credit,
    decode_headed,
    decode_json,
    decode_output,
    limits_of,
)

HEADERS = [
    b"{}",
    b"null",
    b"[1",
    b'{"a":' + b"[" * 70 + b"]" * 70 + b"}",
    b'{"a":NaN}',
    b'{"protocol":1,"worker_window":-1,"stdin_window":99999999999999999999}',
    b'{"shape":"value"}',
    b'{"reason":null,"message":["\\ud800"]}',
    b"\xff\xfe{}",
]
DECODERS: list[Callable[[bytes], object]] = [decode_headed, decode_json, decode_credit, decode_output]


def seeds() -> Iterable[int]:
    first, last = os.environ.get("CAISSON_FUZZ_SEEDS", "0:1500").split(":")
    return range(int(first), int(last))


def nearly_right(source: random.Random, kinds: list[int]) -> bytes:
    data = bytearray()
    for _ in range(source.randrange(1, 10)):
        payload = source.choice(HEADERS)
        if source.random() < 0.5:
            payload = (len(payload) + source.choice((0, 0, 0, -1, 1, 2**31))).to_bytes(4, "big") + payload
        if source.random() < 0.2:
            payload = source.randbytes(source.randrange(200))
        kind = source.choice(kinds) | (MORE if source.random() < 0.1 else 0)
        length = len(payload) + 5 + (source.randrange(-3, 4) if source.random() < 0.05 else 0)
        stream = source.choice((0, 1, 1, 1, 2**32 - 1))
        data += HEADER.pack(max(0, length), kind, stream) + payload
    for _ in range(max(0, source.randrange(10) - 7)):
        data[source.randrange(len(data))] ^= 1 << source.randrange(8)
    return bytes(data)


def read(sender: Sender, pieces: Iterable[bytes]) -> tuple[list[Message], str]:
    """Messages, and why there were no more."""
    limits = limits_of(sender)
    reader = FrameReader(limits, WORKER_FRAME_BYTES if sender is Sender.WORKER else FRAME_BYTES)
    assembler = Assembler(limits)
    messages: list[Message] = []
    try:
        for piece in pieces:
            for frame in reader.feed(piece):
                message = assembler.add(frame)
                if message is not None:
                    messages.append(message)
    except FramingError as error:
        return messages, str(error)
    return messages, ""


def cut_at_random(data: bytes, source: random.Random) -> Iterable[bytes]:
    at = 0
    while at < len(data):
        size = source.randrange(1, 30)
        yield data[at : at + size]
        at += size


class FuzzTest(unittest.TestCase):
    def test_b24_what_comes_out_does_not_depend_on_how_the_bytes_were_cut(self) -> None:
        for seed in seeds():
            source = random.Random(seed)
            for sender in (Sender.DAEMON, Sender.WORKER):
                data = nearly_right(source, list(limits_of(sender)))
                whole = read(sender, [data])
                with self.subTest(seed=seed, sender=sender):
                    self.assertEqual(read(sender, (bytes([byte]) for byte in data)), whole)
                    self.assertEqual(read(sender, cut_at_random(data, source)), whole)

    def test_b24_a_message_is_read_as_it_was_written(self) -> None:
        for seed in seeds():
            source = random.Random(seed)
            data = nearly_right(source, list(limits_of(Sender.DAEMON)))
            for message in read(Sender.DAEMON, [data])[0]:
                again = encode_message(*message, FRAME_BYTES)
                with self.subTest(seed=seed):
                    self.assertEqual(read(Sender.DAEMON, again), ([message], ""))

    def test_b24_a_payload_is_decoded_or_refused_and_nothing_else(self) -> None:
        for seed in seeds():
            source = random.Random(seed)
            payload = source.choice(HEADERS)
            if source.random() < 0.6:
                payload = source.randrange(0, 60).to_bytes(4, "big") + payload
            if source.random() < 0.3:
                payload = source.randbytes(source.randrange(40))
            for decode in DECODERS:
                with self.subTest(seed=seed, decode=decode.__name__):
                    try:
                        decode(payload)
                    except ProtocolError:
                        pass


if __name__ == "__main__":
    unittest.main()
