"""The page that supervisor and worker share."""

from __future__ import annotations

import os
import unittest

from agent._interrupts import Interrupts
from agent._page import Field, SharedPage
from agent._wire import Wire


class SharedPageTest(unittest.TestCase):
    def setUp(self) -> None:
        self.page = SharedPage()
        self.pauses = 0

    def pause(self, _seconds: float) -> None:
        self.pauses += 1
        if self.pauses == 3:
            self.page.fields[Field.NETWORK_SETTLED] = 1

    def test_waiting_ends_when_the_field_is_set(self) -> None:
        self.page.wait_for(Field.NETWORK_SETTLED, self.pause)

        self.assertEqual(3, self.pauses)

    def test_waiting_is_not_for_ever(self) -> None:
        self.page.wait_for(Field.ENDED, self.pause)

        self.assertGreater(self.pauses, 1000)

    def test_a_run_begins_unended_even_when_the_one_before_said_its_end_late(self) -> None:
        wire = Wire(-1, self.page, lambda: 0, Interrupts(self.page))
        self.page.start_run(7)
        self.page.fields[Field.ENDED] = 1  # of the run before, after the supervisor's clearing

        wire.begin_run(2)

        self.assertEqual(0, self.page.fields[Field.ENDED])

    def test_a_display_that_began_in_a_run_is_not_shown_in_the_next(self) -> None:
        reading, writing = os.pipe()

        def standing() -> int:
            # Here a thread of a session waits while its run ends and the next one begins.
            wire.end_run()
            wire.begin_run(2)
            return 0

        wire = Wire(writing, self.page, standing, Interrupts(self.page))
        wire.begin_run(1)

        wire.display({"parts": []}, b"")

        os.close(writing)
        with open(reading, "rb") as written:
            self.assertEqual(b"", written.read())

    def test_a_new_run_finds_only_the_fields_of_the_sandbox_set(self) -> None:
        for field in Field:
            self.page.fields[field] = 1

        self.page.start_run(7)

        found = {field.name: self.page.fields[field] for field in Field}
        kept = {"BUNDLE_WRITTEN": 1, "BUNDLE_ERROR": 1}
        self.assertEqual({**{field.name: 0 for field in Field}, **kept, "GRANTED": 7}, found)
