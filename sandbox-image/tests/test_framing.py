"""Framing and payload codecs as pure code."""

from __future__ import annotations

import random
import unittest

from agent._framing import (
    HEADER,
    WORKER_FRAME_BYTES,
    Assembler,
    Frame,
    FrameReader,
    FramingError,
    encode_frame,
    encode_message,
)
from agent._protocol import (
    Kind,
    Lane,
    ProtocolError,
    Sender,
    decode_credit,
    decode_headed,
    decode_json,
    decode_output,
    encode_credit,
    encode_headed,
    encode_json,
    encode_output,
    limits_of,
)

LIMITS = limits_of(Sender.WORKER)


def reader() -> FrameReader:
    return FrameReader(LIMITS, WORKER_FRAME_BYTES)


class FramingTest(unittest.TestCase):
    def test_a_message_of_any_length_survives_frames_of_any_split(self) -> None:
        choice = random.Random(4)
        for size in (0, 1, 4086, 4087, 4088, 8174, 8175, 50_000):
            payload = choice.randbytes(size)
            data = b"".join(encode_message(Kind.CALL, 7, payload, WORKER_FRAME_BYTES))
            for step in (1, 13, 4096, len(data)):
                found = []
                frames, assembler = reader(), Assembler(LIMITS)
                for start in range(0, len(data), step):
                    found += [assembler.add(frame) for frame in frames.feed(data[start : start + step])]
                whole = [message for message in found if message is not None]
                self.assertEqual([(Kind.CALL, 7, payload)], whole)

    def test_no_frame_passes_its_size(self) -> None:
        frames = list(encode_message(Kind.CALL, 1, bytes(20_000), WORKER_FRAME_BYTES))
        self.assertTrue(all(len(frame) <= WORKER_FRAME_BYTES for frame in frames))
        self.assertEqual([True] * 4 + [False], [bool(frame[4] & 0x80) for frame in frames])

    def test_a_bad_header_is_refused_before_its_payload_is_there(self) -> None:
        for header in (
            HEADER.pack(4, Kind.CALL, 1),
            HEADER.pack(4093, Kind.CALL, 1),
            HEADER.pack(2**32 - 1, Kind.CALL, 1),
            HEADER.pack(5, Kind.READY, 1),
            HEADER.pack(6, Kind.CALL_CANCEL, 1),
            HEADER.pack(5, 0, 1),
        ):
            with self.subTest(header.hex()), self.assertRaises(FramingError):
                list(reader().feed(header))

    def test_a_message_in_parts_is_held_to_its_limit(self) -> None:
        assembler = Assembler({Kind.CALL: 10})
        assembler.add(Frame(Kind.CALL, 1, True, b"123456"))
        with self.assertRaises(FramingError):
            assembler.add(Frame(Kind.CALL, 1, True, b"78901"))

    def test_an_empty_part_is_refused(self) -> None:
        with self.assertRaises(FramingError):
            Assembler(LIMITS).add(Frame(Kind.CALL, 1, True, b""))

    def test_parts_of_two_streams_may_alternate(self) -> None:
        assembler = Assembler(LIMITS)
        self.assertIsNone(assembler.add(Frame(Kind.CALL, 1, True, b"a")))
        self.assertIsNone(assembler.add(Frame(Kind.CALL, 2, True, b"x")))
        self.assertEqual((Kind.CALL, 1, b"ab"), assembler.add(Frame(Kind.CALL, 1, False, b"b")))
        self.assertEqual((Kind.CALL, 2, b"xy"), assembler.add(Frame(Kind.CALL, 2, False, b"y")))

    def test_random_bytes_never_raise_anything_else(self) -> None:
        choice = random.Random(5)
        for _ in range(2000):
            data = choice.randbytes(choice.randrange(60))
            if choice.random() < 0.7:
                data = encode_frame(choice.choice(list(LIMITS)), choice.randrange(3), data)
            frames, assembler = reader(), Assembler(LIMITS)
            try:
                for frame in frames.feed(data):
                    message = assembler.add(frame)
                    if message is not None:
                        decode_headed(message.payload)
            except (FramingError, ProtocolError):
                continue


class PayloadTest(unittest.TestCase):
    def test_codecs_turn_back(self) -> None:
        self.assertEqual({"a": [1, "é"]}, decode_json(encode_json({"a": [1, "é"]})))
        self.assertEqual(({"a": 1}, b"xyz"), decode_headed(encode_headed({"a": 1}, b"xyz")))
        self.assertEqual((Lane.STDIN, 70_000), decode_credit(encode_credit(Lane.STDIN, 70_000)))
        self.assertEqual((2, 9, b"data"), decode_output(encode_output(2, 9, b"data")))

    def test_json_is_an_object_no_deeper_than_64(self) -> None:
        depth_of = {63: True, 64: False}
        for depth, is_fine in depth_of.items():
            payload = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
            if is_fine:
                decode_json(payload)
            else:
                with self.assertRaises(ProtocolError):
                    decode_json(payload)
        for payload in (b"", b"[]", b"1", b"{", b"\xff", b"{}{}", b"nul"):
            with self.subTest(payload), self.assertRaises(ProtocolError):
                decode_json(payload)

    def test_brackets_in_texts_do_not_count_as_depth(self) -> None:
        text = '[{"' * 100
        self.assertEqual({"a": text}, decode_json(encode_json({"a": text})))

    def test_malformed_payloads_are_refused(self) -> None:
        for payload in (b"", b"\0\0\0", b"\0\0\0\5{}", b"\xff\xff\xff\xff{}"):
            with self.subTest(payload), self.assertRaises(ProtocolError):
                decode_headed(payload)
        for payload in (b"", b"\1\0\0\0", b"\0\0\0\0\1", b"\5\0\0\0\1", b"\1\0\0\0\1\1"):
            with self.subTest(payload), self.assertRaises(ProtocolError):
                decode_credit(payload)
        for payload in (b"", b"\1\0\0\0", b"\3\0\0\0\0x"):
            with self.subTest(payload), self.assertRaises(ProtocolError):
                decode_output(payload)
