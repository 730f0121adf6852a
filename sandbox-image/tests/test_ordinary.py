"""What programs do on any machine."""

from __future__ import annotations

from .agent_case import AgentCase

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
