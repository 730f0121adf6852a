"""What programs do on any machine."""

from __future__ import annotations

import unittest

from .agent_case import AgentCase
from .test_results import has

SPAWN = """
import multiprocessing as mp

def square(number):
    return number * number

if __name__ == "__main__":
    with mp.get_context({method!r}).Pool(2) as pool:
        print(pool.map(square, range(4)))
"""


class OrdinaryTest(AgentCase):
    def test_processes_of_every_kind_find_the_programs_functions(self) -> None:
        for keep in (False, True):
            for method in ("fork", "spawn", "forkserver"):
                with self.subTest(method, keep=keep):
                    self.renew()
                    source = SPAWN.format(method=method)
                    self.assertEqual("[0, 1, 4, 9]\n", self.output_of(source, keep=keep, file_name="<code>"))

    def test_each_run_of_a_session_spawns_its_own_program(self) -> None:
        self.renew()
        for factor in (2, 3):
            source = SPAWN.format(method="spawn").replace("number * number", f"number * {factor}")
            expected = str([number * factor for number in range(4)]) + "\n"
            self.assertEqual(expected, self.output_of(source, keep=True, file_name="same.py"))

    @unittest.skipUnless(has("tqdm"), "needs tqdm")
    def test_a_progress_bar_streams_as_it_is_drawn(self) -> None:
        finished = self.run_code("from tqdm import tqdm\nfor _ in tqdm(range(3), mininterval=0): pass")
        self.assertGreaterEqual(finished.stderr.count(b"\r"), 3)
        self.assertIn(b"| 3/3 [", finished.stderr)
