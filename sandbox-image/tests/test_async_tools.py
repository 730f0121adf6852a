"""Tools in asynchronous code: who gets an awaitable, and what it does."""

from __future__ import annotations

from typing import Any

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

    def test_an_awaitable_given_to_a_tool_says_so(self) -> None:
        kind, message = self.error_of("await my_math.add(my_math.add(1, 1), 2)")
        self.assertEqual("ToolArgumentError", kind)
        self.assertIn("got an awaitable as argument 'a', not its value: write `await my_math.add(...)`", message)

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

    def test_a_call_whose_task_never_began_is_cancelled_too(self) -> None:
        self.toolbox.together = 2
        source = """
            import asyncio
            task = asyncio.create_task(my_math.slow(1))
            task.cancel()
            await asyncio.wait([task])
            """
        finished = self.run_code(source)
        self.assertEqual([finished.calls[-1]["number"]], finished.cancelled)

    def test_the_time_outs_of_asyncio_cancel_the_call(self) -> None:
        self.toolbox.together = 9
        for source in (
            "async with asyncio.timeout(0.01):\n        await my_math.slow(1)",
            "await asyncio.wait_for(my_math.slow(1), 0.01)",
            "await asyncio.wait_for(my_math.slow(1), 0)",
        ):
            with self.subTest(source):
                self.toolbox.held.clear()
                finished = self.run_code(f"import asyncio\ntry:\n    {source}\nexcept TimeoutError:\n    print('late')")
                self.assertEqual(("late\n", 1), (finished.output, len(finished.cancelled)))

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


class AsyncioTest(ToolCase):
    """Calls that stand where asyncio takes what is to be awaited."""

    def setUp(self) -> None:
        super().setUp()
        # Each of these programs would wait for ever if its calls were not open at once.
        self.toolbox.together = 3

    def assert_at_once(self, expected: object, source: str) -> None:
        with self.subTest(source):
            self.assertEqual(expected, self.value_of("import asyncio\n" + source))
            self.assertEqual(3, self.toolbox.most_in_flight)

    def test_tasks_of_calls_run_at_the_same_time(self) -> None:
        group = (
            "async with asyncio.TaskGroup() as group:\n    made = [{} for i in range(3)]\n[t.result() for t in made]"
        )
        for make in (
            "group.create_task(my_math.slow(i))",
            "group.create_task(coro=my_math.slow(n=i), name='x')",
            "begin(i)",
            "(lambda: group.create_task(my_math.slow(i)))()",
        ):
            begin = "def begin(n):\n    return group.create_task(\n        my_math\n        .slow(n)\n    )\n"
            self.assert_at_once([0, 1, 2], begin + group.format(make))
        for make in (
            "asyncio.create_task", "asyncio.ensure_future", "asyncio.get_running_loop().create_task",
            "asyncio.shield", "asyncio.gather", "Held.loop.create_task",
        ):  # fmt: skip
            held = "class Held: loop = asyncio.get_running_loop()\nawait asyncio.sleep(0)\n"
            result = "(await t)[0]" if "gather" in make else "await t"
            self.assert_at_once(
                [0, 1, 2], f"{held}made = [{make}(my_math.slow(i)) for i in range(3)]\n[{result} for t in made]"
            )
        self.assert_at_once(
            [0, 1, 2],
            "from asyncio import create_task\nmade = [create_task(my_math.slow(i)) for i in range(3)]\n[await t for t in made]",
        )

    def test_gathered_calls_run_at_the_same_time_wherever_they_are_awaited(self) -> None:
        for calls in (
            "*[my_math.slow(i) for i in range(3)]",
            "*(my_math.slow(i) for i in range(3))",
            "*map(my_math.slow, range(3))",
            "*[my_math.slow(0), my_math.slow(1), my_math.slow(2)]",
            "my_math.slow(0), my_math.slow(1) if 1 else 0, *(x := my_math.slow(2),)",
        ):
            self.assert_at_once([0, 1, 2], f"all = asyncio.gather({calls})\nawait all")

    def test_calls_as_they_are_completed(self) -> None:
        for calls in (
            "[my_math.slow(i) for i in range(3)]",
            "{my_math.slow(i) for i in range(3)}",
            "(my_math.slow(i) for i in range(3))",
            "map(my_math.slow, range(3))",
        ):
            self.assert_at_once(
                [0, 1, 2],
                f"found = []\nfor next in asyncio.as_completed({calls}):\n    found.append(await next)\nsorted(found)",
            )

    def test_all_of_it_works_in_functions(self) -> None:
        for body in (
            "return await asyncio.gather(*[my_math.slow(i) for i in range(3)])",
            "return sorted([await c for c in asyncio.as_completed([my_math.slow(i) for i in range(3)])])",
            "tasks = [asyncio.create_task(my_math.slow(i)) for i in range(3)]\n    return [await t for t in tasks]",
            "async with asyncio.TaskGroup() as g:\n        t = [g.create_task(my_math.slow(i)) for i in range(3)]\n    return [x.result() for x in t]",
            "return await asyncio.gather(*[asyncio.to_thread(my_math.slow, i) for i in range(3)])",
            "return await asyncio.gather(*[asyncio.wait_for(my_math.slow(i), 60) for i in range(3)])",
        ):
            for call in ("await main()", "asyncio.run(main())", "with asyncio.Runner() as r: v = r.run(main())\nv"):
                self.assert_at_once([0, 1, 2], f"async def main():\n    {body}\n{call}")

    def test_values_that_are_there_already_may_be_awaited_by_asyncio(self) -> None:
        self.toolbox.together = 1
        source = """
            import asyncio
            values = [my_math.add(1, 1), {"a": my_math.add(1, 1)}, my_math.add(1, 1)]
            async with asyncio.TaskGroup() as group:
                task = group.create_task(values[1])
            [
                task.result(),
                [await one for one in asyncio.as_completed(values)].count(2),
                await asyncio.gather(*values),
                [await wait(values[1]) for wait in (asyncio.shield, asyncio.ensure_future, asyncio.create_task)],
                await asyncio.wait_for(values[1], 5),
            ]
            """
        self.assertEqual([{"a": 2}, 2, [2, {"a": 2}, 2], [{"a": 2}] * 3, {"a": 2}], self.value_of(source))

    def test_values_may_be_awaited_where_another_file_or_run_has_named_asyncio(self) -> None:
        source = "v = my_math.add(1, 1)\nawait __import__('async' + 'io').gather(v, 5)"
        self.assertEqual([2, 5], self.value_of(source, entry="main.py"))
        self.value_of("import asyncio\n0", keep=True)
        self.assertEqual([2, 5], self.value_of(source, keep=True))
        self.renew()

    def test_without_tools_asyncio_is_as_it_is(self) -> None:
        source = """
            import asyncio
            found = []
            async with asyncio.TaskGroup() as group:
                for take in (asyncio.gather, asyncio.ensure_future, asyncio.create_task, asyncio.shield, group.create_task):
                    try:
                        take(5)
                    except TypeError:
                        found.append(take.__name__)
            found
            """
        everything = ["gather", "ensure_future", "create_task", "shield", "create_task"]
        self.value_of("import asyncio\nmy_math.add(1, 2)")
        self.assertEqual(everything, self.value_of(source, servers=[]))
        self.assertEqual([], self.value_of(source))

    def test_what_only_looks_like_asyncio_gets_the_value(self) -> None:
        self.toolbox.together = 1
        for source in (
            "class tracker:\n    def create_task(title): return title\ntracker.create_task(my_math.slow(7))",
            "def gather(x): return x\ngather(my_math.slow(7))",
            "create_task = lambda x: x\n[create_task(my_math.slow(7)) for _ in (1,)][0]",
            "import subprocess as asyncio\nasyncio.run = lambda x: x\nasyncio.run(my_math.slow(7))",
            "import asyncio\nclass Odd:\n    def __getattr__(self, name): return lambda x: x\nOdd().create_task(my_math.slow(7))",
            "import asyncio\nclass Odd:\n    def get_running_loop(self): return self\n    def create_task(self, x): return x\nOdd().get_running_loop().create_task(my_math.slow(7))",
        ):
            with self.subTest(source):
                self.assertEqual(7, self.value_of(source))

    def test_a_place_counts_in_its_own_program_only(self) -> None:
        self.toolbox.together = 1
        self.value_of("import asyncio\ndef f(asyncio_run):\n    return asyncio_run(my_math.slow(7))\n0", keep=True)
        source = "import asyncio\ndef g(take):\n    return asyncio.run(my_math.slow(7))\nf(type).__name__"
        self.assertEqual("int", self.value_of(source, keep=True))
        self.renew()

    def test_asyncio_run_works_beside_top_level_await(self) -> None:
        self.toolbox.together = 1
        source = """
            import asyncio
            async def main(n):
                await asyncio.sleep(0)
                return [await my_math.slow(n), asyncio.current_task() is not outer]
            outer = asyncio.current_task()
            first = asyncio.run(main(1))
            second = await my_math.slow(2)
            task = asyncio.create_task(main(3))
            third = asyncio.run(main(4))
            [first, second, await task, third, asyncio.current_task() is outer, asyncio.get_event_loop() is asyncio.get_running_loop()]
            """
        self.assertEqual([[1, True], 2, [3, True], [4, True], True, True], self.value_of(source))

    def test_asyncio_run_within_a_loop_of_the_programs_own_is_refused_as_ever(self) -> None:
        source = """
            import asyncio
            async def inner(): pass
            async def main(): asyncio.run(inner())
            await asyncio.sleep(0)
            asyncio.run(main())
            """
        described = self.run_code(source).exception
        self.assertEqual("asyncio.run() cannot be called from a running event loop", described["message"])

    def test_an_interrupt_reaches_what_asyncio_runs_beside_top_level_await(self) -> None:
        source = "import asyncio\nasync def main(): return await my_math.slow(1)\nawait asyncio.sleep(0)\nasyncio.run(main())"
        self.daemon.start(source, servers=SERVERS)
        self.daemon.pump_until(lambda: bool(self.toolbox.held))
        self.daemon.send(Kind.INTERRUPT, stream=self.daemon.stream)
        self.assertEqual("KeyboardInterrupt", self.daemon.finish().exception["type"])

    def test_two_hundred_at_once_are_right(self) -> None:
        self.toolbox.together = 200
        for source in (
            "await asyncio.gather(*[my_math.slow(i) for i in range(200)])",
            "async with asyncio.TaskGroup() as g: t = [g.create_task(my_math.slow(i)) for i in range(200)]\n[x.result() for x in t]",
            "sorted([await c for c in asyncio.as_completed([my_math.slow(i) for i in range(200)])])",
            "from concurrent.futures import ThreadPoolExecutor\nmy_math.slow.__signature__\nwith ThreadPoolExecutor(200) as p: v = list(p.map(my_math.slow, range(200)))\nv",
        ):
            with self.subTest(source):
                self.toolbox.most_in_flight = 0
                self.assertEqual(list(range(200)), self.value_of("import asyncio\n" + source, in_flight=200))
                self.assertEqual(200, self.toolbox.most_in_flight)

    def test_a_thousand_one_after_the_other_are_right_wherever_they_stand(self) -> None:
        for source in (
            "found = []\nfor i in range(1000): found.append(await my_math.add(i, 0))\nfound",
            "async def main():\n    return [await my_math.add(i, 0) for i in range(1000)]\nimport asyncio\nasyncio.run(main())",
            "def f(i): return my_math.add(i, 0)\nlist(map(f, range(1000)))",
        ):
            with self.subTest(source):
                self.assertEqual(list(range(1000)), self.value_of(source))


class NeverAwaitedTest(ToolCase):
    """What a program forgot to await is said on its standard error, with the tool and the line."""

    def errors_of(self, source: str, **changes: Any) -> str:
        return self.run_code(source, **changes).stderr.decode()

    def test_a_call_is_reported_with_its_line(self) -> None:
        source = "async def f():\n    my_math.add(1, 2)\n    return 5\nawait f()"
        expected = (
            "main.py:2: RuntimeWarning: my_math.add(...) was never awaited: write `await my_math.add(...)`\n"
            "  my_math.add(1, 2)\n"
        )
        finished = self.run_code(source)
        self.assertEqual((expected, b"5"), (finished.stderr.decode(), finished.value))

    def test_calls_of_one_line_are_counted(self) -> None:
        text = self.errors_of("async def f():\n    for i in range(1000): my_math.add(i, 2)\nawait f()")
        self.assertIn("my_math.add(...) was never awaited, 1000 times: write", text)
        self.assertEqual(1, text.count("RuntimeWarning"))

    def test_no_more_than_twenty_lines_are_told(self) -> None:
        text = self.errors_of("async def f():\n" + "    my_math.add(1, 2)\n" * 30 + "await f()")
        self.assertEqual(20, text.count("RuntimeWarning"))

    def test_what_still_exists_is_reported_when_the_program_has_ended_well(self) -> None:
        self.assertIn("main.py:1: RuntimeWarning: my_math.add(...)", self.errors_of("x = my_math.add.aio(1, 2)\n5"))
        self.assertEqual("", self.errors_of("x = my_math.add.aio(1, 2)\nraise SystemExit(0)"))

    def test_in_a_session_what_still_exists_may_be_awaited_yet(self) -> None:
        source = "x = my_math.add.aio(1, 2)\nasync def f(): pass\nc = f()\nc"
        self.assertEqual("", self.errors_of(source, keep=True))
        self.assertEqual("", self.errors_of("await c", keep=True))
        self.assertIn("f(...) was never awaited", self.errors_of("async def f(): pass\nf()", keep=True))
        self.renew()

    def test_the_error_of_a_failed_call_is_told(self) -> None:
        source = """
            import asyncio
            async def f():
                call = my_math.raw('failing')
                refused = my_math.raw('unavailable')
                await my_math.add(1, 1)
                await asyncio.sleep(0)
            await f()
            """
        self.assertIn("`await my_math.raw(...)`. The call failed: the server my-math is down\n", self.errors_of(source))

    def test_what_was_cancelled_or_given_to_a_task_is_not_reported(self) -> None:
        for source in (
            "task = asyncio.create_task(my_math.add(1, 2))\ntask.cancel()",
            "task = asyncio.create_task(my_math.add(1, 2))",
            "await asyncio.gather(my_math.add(1, 2), my_math.raw('failing'), return_exceptions=True)",
            "my_math.add.aio(1, 2).close()",
            "call = my_math.add.aio(1, 2)\nawait my_math.add(1, 2)\ncall.close()",
        ):
            with self.subTest(source):
                self.assertEqual("", self.errors_of(f"import asyncio\n{source}\nawait asyncio.sleep(0)"))

    def test_a_coroutine_of_the_programs_own_is_reported_with_its_line(self) -> None:
        told = "RuntimeWarning: f(...) was never awaited: write `await f(...)`\n  "
        for source, expected in {
            "f()": f"main.py:2: {told}f()\n",
            "x = f()\nx = [x]\n5": f"main.py:2: {told}x = f()\n",
            "x = {1: f()}\n5": f"main.py:2: {told}x = {{1: f()}}\n",
            "[f() for _ in (1, 2)]": "main.py:2: RuntimeWarning: f(...) was never awaited, 2 times: write `await f(...)`\n"
            "  [f() for _ in (1, 2)]\n",
            "x = f()\nawait x": "",
        }.items():
            with self.subTest(source):
                self.assertEqual(expected, self.errors_of(f"async def f(): return 3\n{source}"))

    def test_a_coroutine_that_is_gone_is_reported_by_the_interpreter_with_its_line(self) -> None:
        text = self.errors_of("async def f(): pass\nx = f()\nx = 5\nx")
        self.assertIn("coroutine 'f' was never awaited\nCoroutine created at", text)
        self.assertIn('File "main.py", line 2, in <module>', text)
