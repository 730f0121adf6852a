"""Tools in asynchronous code: who gets an awaitable, and what it does."""

from __future__ import annotations

from agent._protocol import Kind

from .test_tools import ToolCase
from .toolbox import SERVERS


class AwaitablesTest(ToolCase):
    def test_await_works_wherever_it_may_stand(self) -> None:
        for source, expected in {
            "await my_math.add(1, 2)": 3,
            "x = await my_math.add(1, 2)\nx": 3,
            "[await my_math.add(i, i) for i in range(3)]": [0, 2, 4],
            "import asyncio\nawait asyncio.gather(*[my_math.add(i, i) for i in range(3)])": [0, 2, 4],
            "import asyncio\nawait asyncio.gather(*(my_math.add(i, i) for i in range(3)))": [0, 2, 4],
            "import asyncio\nawait asyncio.gather(my_math.add(1, 1), my_math.add(2, 2))": [2, 4],
            "async def f(n):\n    return await my_math.add(n, 1)\nawait f(2)": 3,
            "import asyncio\nasync def f(n):\n    return await my_math.add(n, 1)\nasyncio.run(f(2))": 3,
            "import asyncio\nasync def f():\n    return await asyncio.gather(*[my_math.add(i, 1) for i in range(2)])\nasyncio.run(f())": [
                1,
                2,
            ],
            "await my_math.add(await my_math.add(1, 1), my_math.add.sync(2, 2))": 6,
            "my_math.add(1, 2) + my_math.add(3, 4)": 10,
            "x = [my_math.add(i, 1) for i in range(2)]\nawait __import__('asyncio').sleep(0)\nx": [1, 2],
            "def f():\n    return my_math.add(1, 2)\nawait f()": 3,
            "call = my_math.add.aio(1, 2)\nawait call": 3,
            "import asyncio\ntask = asyncio.create_task(my_math.add.aio(1, 2))\nawait task": 3,
            "import asyncio\nawait asyncio.wait_for(my_math.add(1, 2), 30)": 3,
            "import asyncio\nasync with asyncio.TaskGroup() as group:\n    t = group.create_task(my_math.add.aio(1, 2))\nt.result()": 3,
            "import asyncio\nawait asyncio.gather(1, my_math.add(1, 1), None)": [1, 2, None],
            "v = my_math.add(1, 2)\nawait v": 3,
        }.items():
            with self.subTest(source):
                self.assertEqual(expected, self.value_of(source))

    def test_calls_run_at_the_same_time(self) -> None:
        self.toolbox.together = 20
        source = "import asyncio\nawait asyncio.gather(*[my_math.slow(i) for i in range(20)])"
        self.assertEqual(list(range(20)), self.value_of(source))
        self.assertEqual(20, self.toolbox.most_in_flight)

    def test_no_more_are_in_flight_than_allowed(self) -> None:
        self.toolbox.together = 4
        source = "import asyncio\nawait asyncio.gather(*[my_math.slow(i) for i in range(20)])"
        self.assertEqual(list(range(20)), self.value_of(source, in_flight=4))
        self.assertEqual(4, self.toolbox.most_in_flight)

    def test_an_awaitable_that_is_used_as_a_value_says_so(self) -> None:
        for use in (
            "x + 1",
            "x['a']",
            "x.city",
            "str(x)",
            "for _ in x: pass",
            "len(x)",
            "x > 1",
            "if x: pass",
            "f'{x}'",
            "int(x)",
        ):
            with self.subTest(use):
                kind, message = self.error_of(f"async def f():\n    x = my_math.add(1, 2)\n    {use}\nawait f()")
                self.assertEqual("NotAwaitedError", kind)
                self.assertIn("await my_math.add(...)", message)

    def test_an_error_is_raised_at_the_await(self) -> None:
        source = "import asyncio\nr = await asyncio.gather(my_math.raw('failing'), my_math.add(1, 1), return_exceptions=True)\n[str(r[0]), r[1]]"
        self.assertEqual(["it is broken", 2], self.value_of(source))

    def test_the_traceback_of_an_awaited_failure_is_the_users(self) -> None:
        text = self.traceback_of("async def f():\n    await my_math.raw('failing')\nawait f()", servers=SERVERS)
        places = [line for line in text.splitlines() if line.startswith("  File")]
        self.assertEqual(['  File "main.py", line 3, in <module>', '  File "main.py", line 2, in f'], places)

    def test_a_cancelled_task_cancels_its_call(self) -> None:
        self.toolbox.together = 2
        source = """
            import asyncio
            async def call():
                return await my_math.slow(1)
            task = asyncio.create_task(call())
            while not (await my_math.add(1, 1)): pass
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                print("cancelled")
            """
        finished = self.run_code(source)
        self.assertEqual("cancelled\n", finished.output)
        self.assertEqual(
            [next(c["number"] for c in finished.calls if c.get("tool") == "slow" and c["service"] == "tools")],
            finished.cancelled,
        )

    def test_a_call_that_nobody_awaits_harms_nothing(self) -> None:
        self.assertEqual("", self.run_code("async def f():\n    my_math.add(1, 2)\nawait f()").output)

    def test_threads_and_tasks_may_wait_at_once(self) -> None:
        self.toolbox.together = 6
        source = """
            import asyncio
            my_math.slow
            def block(n):
                return my_math.slow.sync(n)
            await asyncio.gather(*[asyncio.to_thread(block, i) for i in range(3)], *[my_math.slow(i) for i in range(3, 6)])
            """
        self.assertEqual(list(range(6)), self.value_of(source))

    def test_two_loops_in_two_threads_get_their_own_answers(self) -> None:
        source = """
            import asyncio, threading
            found = {}
            async def work(name):
                found[name] = await asyncio.gather(*[my_math.add(i, 0) for i in range(50)])
            threads = [threading.Thread(target=lambda n=n: asyncio.run(work(n))) for n in "ab"]
            my_math.add
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            [found["a"] == found["b"] == list(range(50))]
            """
        self.assertEqual([True], self.value_of(source))

    def test_an_interrupt_reaches_code_that_awaits_a_tool(self) -> None:
        self.toolbox.together = 2
        self.daemon.start("await my_math.slow(1)", servers=SERVERS)
        self.daemon.pump_until(lambda: bool(self.toolbox.held))
        self.daemon.send(Kind.INTERRUPT, stream=self.daemon.stream)
        self.assertEqual("KeyboardInterrupt", self.daemon.finish().exception["type"])
