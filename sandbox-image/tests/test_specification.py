"""The agent's tables and codec against the files that the daemon is held to as well."""

from __future__ import annotations

import unittest
from typing import Any

from agent import _framing, _protocol, _turns
from agent._framing import Assembler, Frame, FrameReader, FramingError, Message, encode_frame
from agent._protocol import RULES, Kind, Payload, ProtocolError, Sender, limits_of

from .specification import read, transcripts

FRAME_BYTES = {
    Sender.DAEMON: _framing.FRAME_BYTES,
    Sender.SUPERVISOR: _framing.FRAME_BYTES,
    Sender.WORKER: _framing.WORKER_FRAME_BYTES,
}


class TablesTest(unittest.TestCase):
    def test_kinds_are_those_of_the_specification(self) -> None:
        specified = read("kinds.json")
        ours = [
            {
                "number": int(kind),
                "name": kind.name.lower(),
                "sender": rule.sender.value,
                "payload": rule.payload.value,
                "limit": rule.limit,
                "ordered": rule.ordered,
            }
            for kind, rule in RULES.items()
        ]
        self.assertEqual(specified["kinds"], ours)

    def test_numbers_are_those_of_the_specification(self) -> None:
        specified = read("kinds.json")
        self.assertEqual(specified["protocol"], _protocol.PROTOCOL)
        self.assertEqual(specified["more_bit"], _framing.MORE)
        self.assertEqual(specified["worker_frame_bytes"], _framing.WORKER_FRAME_BYTES)
        self.assertEqual(specified["frame_bytes"], _framing.FRAME_BYTES)
        self.assertEqual(specified["json_depth"], _protocol.JSON_DEPTH)

    def test_turns_are_those_of_the_specification(self) -> None:
        specified = read("turns.json")
        self.assertEqual(specified["initial"], _turns.INITIAL)
        self.assertEqual({(state, kind): after for state, kind, after in specified["turns"]}, _turns.TURNS)


class Replay:
    """The daemon's view of one transcript: decoders for all three senders and the state."""

    def __init__(self) -> None:
        self.readers = {sender: FrameReader(limits_of(sender), FRAME_BYTES[sender]) for sender in Sender}
        self.assemblers = {sender: Assembler(limits_of(sender)) for sender in Sender}
        self.state = _turns.INITIAL

    def feed(self, sender: Sender, data: bytes) -> tuple[list[Frame], list[Message]]:
        """The frames and messages of some bytes; moves the state on."""
        frames: list[Frame] = []
        messages: list[Message] = []
        for frame in self.readers[sender].feed(data):
            frames.append(frame)
            message = self.assemblers[sender].add(frame)
            if message is not None:
                header, _bulk = self.decode(message)
                self.turn(sender, Kind(message.kind).name.lower())
                if message.kind == Kind.ENDED and header is not None and header.get("settled"):
                    self.turn(sender, "drained")
                messages.append(message)
        return frames, messages

    def turn(self, sender: Sender, kind: str) -> None:
        """What the daemon sends may come at any time, but for a run."""
        if sender is not Sender.DAEMON or kind in ("run", "reset"):
            self.state = _turns.next_state(self.state, kind)

    @staticmethod
    def decode(message: Message) -> tuple[dict[str, Any] | None, bytes]:
        """Header and bulk as a transcript writes them."""
        match RULES[Kind(message.kind)].payload:
            case Payload.JSON:
                return _protocol.decode_json(message.payload), b""
            case Payload.HEADED:
                return _protocol.decode_headed(message.payload)
            case _:
                return None, message.payload


def bulk_of(fields: dict[str, Any]) -> bytes:
    return bytes.fromhex(fields["bulk_hex"]) if "bulk_hex" in fields else str(fields.get("bulk", "")).encode()


def encode(fields: dict[str, Any], whole: bool) -> bytes:
    """The bytes that the fields stand for."""
    kind = Kind[fields["kind"].upper()]
    payload = bulk_of(fields)
    if whole and RULES[kind].payload is Payload.JSON:
        payload = _protocol.encode_json(fields["header"])
    elif whole and RULES[kind].payload is Payload.HEADED:
        payload = _protocol.encode_headed(fields["header"], payload)
    return encode_frame(kind, fields["stream"], payload, fields.get("more", False))


class TranscriptsTest(unittest.TestCase):
    def test_there_are_good_and_bad_ones(self) -> None:
        kinds = [transcript["expect"] for transcript in transcripts().values()]
        self.assertGreaterEqual(kinds.count("ok"), 6)
        self.assertGreaterEqual(kinds.count("violation"), 6)

    def test_every_transcript_replays_to_its_states(self) -> None:
        for name, transcript in transcripts().items():
            with self.subTest(name):
                self.replay(transcript)

    def replay(self, transcript: dict[str, Any]) -> None:
        replay = Replay()
        for fields in transcript["frames"]:
            sender = Sender(fields["from"])
            data = bytes.fromhex(fields["hex"])
            if fields["state"] == "violation":
                self.assertIs(fields, transcript["frames"][-1])
                self.assertEqual("violation", transcript["expect"])
                with self.assertRaises((FramingError, ProtocolError)):
                    replay.feed(sender, data)
                return
            frames, messages = replay.feed(sender, data)
            self.check_frame(fields, frames, messages)
            self.assertEqual(fields["state"], replay.state)
        self.assertEqual("ok", transcript["expect"])

    def check_frame(self, fields: dict[str, Any], frames: list[Frame], messages: list[Message]) -> None:
        [frame] = frames
        self.assertEqual(fields["kind"], Kind(frame.kind).name.lower())
        self.assertEqual(fields["stream"], frame.stream)
        self.assertEqual(fields.get("more", False), frame.more)
        is_whole = bool(messages) and messages[0].payload == frame.payload
        if is_whole:
            self.assertEqual((fields.get("header"), bulk_of(fields)), Replay.decode(messages[0]))
        else:
            self.assertEqual(bulk_of(fields), frame.payload)
        self.assertEqual(fields["hex"], encode(fields, is_whole).hex())

    def test_the_split_of_the_bytes_makes_no_difference(self) -> None:
        for name, transcript in transcripts().items():
            with self.subTest(name):
                self.assertEqual(self.outcome(transcript, 1 << 20), self.outcome(transcript, 1))
                self.assertEqual(self.outcome(transcript, 1 << 20), self.outcome(transcript, 7))

    def outcome(self, transcript: dict[str, Any], step: int) -> list[Any]:
        replay = Replay()
        seen: list[Any] = []
        for fields in transcript["frames"]:
            data = bytes.fromhex(fields["hex"])
            try:
                for start in range(0, len(data), step):
                    frames, _messages = replay.feed(Sender(fields["from"]), data[start : start + step])
                    seen += frames
            except (FramingError, ProtocolError) as error:
                return [*seen, type(error)]
            seen.append(replay.state)
        return seen
