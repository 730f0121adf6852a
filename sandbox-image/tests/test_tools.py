"""Tools as user code sees them, in ordinary code."""

from __future__ import annotations

import json
from typing import Any

from .agent_case import AgentCase
from .daemon_double import Finished
from .toolbox import DENIED, SERVERS, Toolbox


class ToolCase(AgentCase):
    """An agent with a toolbox."""

    toolbox: Toolbox

    def setUp(self) -> None:
        super().setUp()
        self.toolbox = Toolbox(self.daemon)

    def run_code(self, source: str, **changes: Any) -> Finished:
        return super().run_code(source, **{"servers": SERVERS, **changes})

    def value_of(self, source: str, **changes: Any) -> Any:
        finished = self.run_code(source, **changes)
        assert finished.ended is not None, finished
        self.assertEqual("completed", finished.ended["how"], finished.ended)
        return json.loads(finished.value) if finished.value else None

    def error_of(self, source: str) -> tuple[str, str]:
        described = self.run_code(source).exception
        return described["type"].removeprefix("caisson."), described["message"]


class CallsTest(ToolCase):
    def test_every_way_to_a_tool_leads_to_it(self) -> None:
        for way in (
            "my_math.add", "MyMath.add", "tools.my_math.add", "tools['my-math'].add", "tools.MyMath['add']",
            "__import__('caisson').tools.my_math.add", "__import__('my_math').add",
        ):  # fmt: skip
            with self.subTest(way):
                self.assertEqual(5, self.value_of(f"{way}(2, 3)"))

    def test_imports_of_tools_work(self) -> None:
        self.assertEqual(
            5,
            self.value_of(
                "from caisson import tools, ToolError, ToolArgumentError\nfrom my_math import add\nadd(2, b=3)"
            ),
        )

    def test_the_programs_own_names_win(self) -> None:
        self.assertEqual(7, self.value_of("my_math = 7\nmy_math"))
        self.assertTrue(self.value_of("import time\ntime.time() > 0"))
        self.assertEqual({}, self.value_of("time.now()"))
        self.assertEqual({}, self.value_of("import time\ntools.time.now()"))

    def test_names_of_a_run_are_gone_in_the_next(self) -> None:
        self.value_of("my_math.add(1, 2)")
        self.assertEqual("NameError", self.run_code("my_math", servers=[]).exception["type"])

    def test_arguments_have_their_python_names_or_their_own(self) -> None:
        expected = {"location": "Oslo", "units": "c", "max-days": 3}
        self.assertEqual(expected, self.value_of("weather.get_weather_v2('Oslo', units='c', max_days=3)"))
        self.assertEqual(expected, self.value_of("weather.get_weather_v2('Oslo', 'c', **{'max-days': 3})"))
        self.assertEqual({"from": "x"}, self.value_of("my_math.class_(from_='x')"))

    def test_none_for_an_optional_argument_is_as_if_not_given(self) -> None:
        self.assertEqual({"location": "Oslo"}, self.value_of("weather.get_weather_v2('Oslo', units=None)"))

    def test_wrong_arguments_name_the_parameter_and_nothing_is_called(self) -> None:
        for call, parts in {
            "get_weather_v2()": ["'location'", "missing"],
            "get_weather_v2('x', unit='c')": ["'unit'", "did you mean 'units'"],
            "get_weather_v2(5)": ["'location'", "must be string, not int"],
            "get_weather_v2('x', units='k')": ["'units'", "must be one of 'c', 'f', not 'k'"],
            "get_weather_v2('x', max_days=0)": ["'max_days'", "at least 1"],
            "get_weather_v2('x', max_days=True)": ["'max_days'", "must be integer, not bool"],
            "get_weather_v2('x', 'c', 1, 2)": ["takes 3 arguments, 4"],
            "get_weather_v2('x', location='y')": ["'location' twice"],
            "get_weather_v2({1, 2})": ["'location'"],
        }.items():
            with self.subTest(call):
                finished = self.run_code(f"weather.{call}")
                self.assertEqual("caisson.ToolArgumentError", finished.exception["type"])
                for part in (*parts, "Signature: weather.get_weather_v2(location: str"):
                    self.assertIn(part, finished.exception["message"])
                self.assertNotIn("tools", [call["service"] for call in finished.calls])

    def test_wrong_arguments_are_a_type_error(self) -> None:
        self.assertEqual("caught\n", self.output_of("try:\n    my_math.add(1)\nexcept TypeError:\n    print('caught')"))

    def test_what_json_cannot_say_is_refused_by_name(self) -> None:
        kind, message = self.error_of("my_math.add(1, float('nan'))")
        self.assertEqual("ToolArgumentError", kind)
        self.assertIn("'b'", message)

    def test_too_many_bytes_of_arguments_are_refused(self) -> None:
        finished = self.run_code("weather.get_weather_v2('x' * 5000)", argument_bytes=1000)
        self.assertEqual("caisson.ToolArgumentError", finished.exception["type"])

    def test_a_large_argument_arrives(self) -> None:
        self.assertEqual(
            500_000, self.value_of("len(weather.get_weather_v2('é' * 500_000).location)", argument_bytes=1 << 23)
        )

    def test_names_that_are_not_there_have_hints(self) -> None:
        for source, hint in {
            "my_math.ad": "did you mean 'add'",
            "tools.wether": "did you mean 'weather'",
            "tools.nothing_like_it": "there are 'weather'",
        }.items():
            with self.subTest(source):
                kind, message = self.error_of(source)
                self.assertEqual("AttributeError", kind)
                self.assertIn(hint, message)

    def test_any_tool_of_a_server_that_cannot_be_used_raises_the_reason(self) -> None:
        for call in ("gone.read('a', b=1)", "gone.read.sync()", "tools.Gone['read-file'](1)", "await gone.read()"):
            with self.subTest(call):
                finished = self.run_code(
                    f"try:\n    {call}\nexcept ToolError as error:\n    print(error.reason, error)"
                )
                self.assertEqual("unavailable the server gone did not start\n", finished.output)

    def test_a_tool_that_the_policy_denies_is_not_listed_and_says_why_when_it_is_called(self) -> None:
        self.assertFalse(self.value_of("'wipe' in dir(my_math)"))
        for call in ("my_math.wipe('a', b=1)", "tools['my-math']['wipe']()", "await my_math.wipe()"):
            with self.subTest(call):
                finished = self.run_code(
                    f"try:\n    {call}\nexcept ToolError as error:\n    print(error.reason, error)"
                )
                self.assertEqual(f"denied {DENIED}\n", finished.output)
        self.assertNotIn("wipe", self.output_of("help(my_math)"))

    def test_a_server_that_cannot_be_used_fails_alone_among_calls_at_once(self) -> None:
        source = """
            import asyncio
            both = await asyncio.gather(gone.read(), my_math.add(1, 2), return_exceptions=True)
            [type(both[0]).__name__, both[1]]
        """
        self.assertEqual(["ToolError", 3], self.value_of(source))

    def test_a_server_that_cannot_be_used_can_be_looked_at(self) -> None:
        self.assertIn("the server gone did not start", self.output_of("help(gone)\nhelp(gone.read)"))
        self.assertEqual([], self.value_of("dir(gone)"))
        self.assertEqual([False, False], self.value_of("[hasattr(gone, '_private'), hasattr(gone, '__wrapped__')]"))

    def test_a_tool_is_asked_about_once(self) -> None:
        finished = self.run_code("for i in range(5): my_math.add(i, i)")
        methods = [call["method"] for call in finished.calls]
        self.assertEqual(["server", "tool", *["call"] * 5], methods)

    def test_a_thousand_calls_get_their_own_answers(self) -> None:
        self.assertEqual(list(range(1000)), self.value_of("[my_math.add(i, 0) for i in range(1000)]"))

    def test_threads_call_at_the_same_time(self) -> None:
        self.toolbox.together = 8
        source = """
            from concurrent.futures import ThreadPoolExecutor
            my_math.slow
            with ThreadPoolExecutor(8) as pool:
                result = list(pool.map(my_math.slow, range(64)))
            result
            """
        self.assertEqual(list(range(64)), self.value_of(source))
        self.assertEqual(8, self.toolbox.most_in_flight)

    def test_a_forked_child_cannot_call_tools(self) -> None:
        source = """
            import os
            my_math.add(1, 1)
            if os.fork() == 0:
                try:
                    my_math.add(1, 2)
                except ToolError as error:
                    print(error.reason, flush=True)
                os._exit(0)
            os.wait()
            my_math.add(2, 3)
            """
        finished = self.run_code(source)
        self.assertEqual(("unavailable\n", b"5"), (finished.output, finished.value))

    def test_an_interrupted_call_is_cancelled_and_the_next_one_works(self) -> None:
        from agent._protocol import Kind

        self.toolbox.together = 2
        source = "try:\n    my_math.slow(1)\nexcept KeyboardInterrupt:\n    print('caught')\nmy_math.add(1, 2)"
        self.daemon.start(source, servers=SERVERS)
        self.daemon.pump_until(lambda: bool(self.toolbox.held))
        self.daemon.send(Kind.INTERRUPT, stream=self.daemon.stream)
        self.daemon.pump_until(lambda: bool(self.daemon.finished.cancelled))
        number, _ = self.toolbox.held.pop()
        self.daemon.reply(number, "error", {"reason": "tool_error", "message": "cancelled"})
        finished = self.daemon.finish()
        self.assertEqual(("caught\n", b"3", [number]), (finished.output, finished.value, finished.cancelled))

    def test_the_frames_of_the_agent_are_not_in_a_tools_traceback(self) -> None:
        text = self.traceback_of("my_math.raw('failing')", servers=SERVERS)
        self.assertEqual(
            'Traceback (most recent call last):\n  File "main.py", line 1, in <module>\n'
            "    my_math.raw('failing')\ncaisson.ToolError: it is broken\n",
            text,
        )


class ValuesTest(ToolCase):
    def test_answers_become_python_values(self) -> None:
        for what, expected in {
            "text": "plain", "json": {"a": [1, {"b": 2}]}, "structured": {"city": {"name": "Oslo"}},
            "many": ["one", "{}"], "nothing": None, "null": None,
        }.items():  # fmt: skip
            with self.subTest(what):
                self.assertEqual(expected, self.value_of(f"my_math.raw('{what}')"))

    def test_objects_can_be_read_by_attribute_and_are_dicts(self) -> None:
        source = "r = my_math.raw('structured')\n[isinstance(r, dict), r.city.name, r['city']['name'], type(r.city).__mro__[1] is dict]"
        self.assertEqual([True, "Oslo", "Oslo", True], self.value_of(source))

    def test_an_image_is_bytes_with_a_type(self) -> None:
        source = "i = my_math.raw('image')\nprint(i.data, i.mime_type, i)"
        self.assertEqual("b'\\x89PNG not really' image/png <Image image/png, 15 bytes>\n", self.output_of(source))

    def test_a_resource_has_its_text(self) -> None:
        self.assertEqual(
            "hi b'hi' text/plain\n", self.output_of("r = my_math.raw('resource')\nprint(r, r.data, r.mime_type)")
        )

    def test_failures_are_tool_errors_with_a_reason(self) -> None:
        source = "try:\n    my_math.raw('{}')\nexcept ToolError as error:\n    print(error.reason, error)"
        self.assertEqual("tool_error it is broken\n", self.output_of(source.format("failing")))
        self.assertEqual("unavailable the server my-math is down\n", self.output_of(source.format("unavailable")))
        self.assertEqual(("ToolArgumentError", "the tool wants more"), self.error_of("my_math.raw('refused')"))

    def output_of(self, source: str, **changes: Any) -> str:
        return super().output_of(source, **{"servers": SERVERS, **changes})


class LookingTest(ToolCase):
    def test_help_signature_dir_and_search_tell_what_there_is(self) -> None:
        source = """
            import inspect
            help(tools.my_math.add)
            help(my_math)
            help(tools)
            print(inspect.signature(my_math.add))
            print(dir(weather), [d for d in dir(tools)])
            print(tools.search("weather", limit=1)[0].tool)
            print(my_math.add.__doc__, my_math, tools)
            """
        text = self.run_code(source).output
        for part in (
            "my_math.add(a: float, b: float) -> float\n    The tool add.",
            "About my-math.",
            "tools.search(words)",
            "(a, b) -> 'dict'",
            "['get_weather_v2'] ['gone', 'my_math', 'search', 'time', 'weather']",
            "\nget-weather.v2\n",
        ):
            self.assertIn(part, text)

    def test_help_of_other_things_still_works(self) -> None:
        self.assertIn("Return the number of items", self.run_code("help(len)").output)

    def test_looking_for_names_that_python_looks_for_asks_nothing(self) -> None:
        finished = self.run_code(
            "import copy, inspect\nhasattr(tools, '__wrapped__'), hasattr(my_math, '__path__'), inspect.ismodule(my_math)"
        )
        self.assertEqual([], finished.calls)
