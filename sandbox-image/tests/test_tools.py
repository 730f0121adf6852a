"""Tools as user code sees them, in ordinary code."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

from agent._protocol import Kind

from .agent_case import AgentCase
from .daemon_double import Finished
from .toolbox import DENIED, SERVERS, TOOLS, Toolbox


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
            "get_weather_v2('x', maxDays=1)": ["'maxDays'", "did you mean 'max_days'"],
            "get_weather_v2('x', zzz=1)": ["'zzz'; it has 'location', 'units', 'max_days'"],
            "get_weather_v2('x', max_days='3')": ["'max_days'", "must be integer, not str; write 3 without quotes"],
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

    def test_arguments_are_checked_where_the_schema_refers_to_itself(self) -> None:
        self.assertEqual({"where": {"size": 1}, "limit": 2}, self.value_of("my_math.find({'size': 1}, limit=2)"))
        self.assertEqual({"where": {}}, self.value_of("my_math.find(where={}, limit=None)"))
        _, message = self.error_of("my_math.find({'size': 'x'})")
        self.assertIn("argument 'where', in ['size'], must be integer, not str", message)
        self.assertIn("'limit' must be at least 1", self.error_of("my_math.find({}, limit=0)")[1])

    def test_none_is_left_out_where_only_all_arguments_together_say_so(self) -> None:
        tool = TOOLS["my-math", "find"]
        changed = {**tool, "schema": {"allOf": [{"properties": {"limit": {"type": "integer"}}}]}}
        with mock.patch.dict(TOOLS, {("my-math", "find"): changed}):
            self.assertEqual({"where": {}}, self.value_of("my_math.find(where={}, limit=None)"))

    def test_names_that_only_a_pattern_or_an_alternative_takes_may_be_given(self) -> None:
        tool = TOOLS["my-math", "find"]
        more: dict[str, Any] = {"properties": {"where": {}}, "patternProperties": {"^x": {}}}
        with mock.patch.dict(TOOLS, {("my-math", "find"): {**tool, "schema": more}}):
            self.assertEqual({"where": 1, "xy": 2}, self.value_of("my_math.find(where=1, xy=2)"))

    def test_what_json_cannot_say_is_told_how_to_be_written(self) -> None:
        for value, advice in (("{1}", "list(...)"), ("__import__('datetime').date.today()", ".isoformat()")):
            with self.subTest(value):
                self.assertIn(
                    f"; write {'its ' if 'iso' in advice else ''}{advice}",
                    self.error_of(f"my_math.find({{'a': 1}}, **{{'limit': {value}}})")[1],
                )
                self.assertIn("cannot be sent as JSON", self.error_of(f"my_math.find({{'a': {value}}})")[1])

    def test_what_the_schema_takes_and_json_does_not_is_told_how_to_be_written(self) -> None:
        tool = TOOLS["my-math", "find"]
        with mock.patch.dict(TOOLS, {("my-math", "find"): {**tool, "schema": {"properties": {"where": {}}}}}):
            self.assertIn(
                "argument 'where' cannot be sent as JSON: Object of type set is not JSON serializable; write list(...)",
                self.error_of("my_math.find({1})")[1],
            )

    def test_a_large_argument_arrives(self) -> None:
        self.assertEqual(
            500_000, self.value_of("len(weather.get_weather_v2('é' * 500_000).location)", argument_bytes=1 << 23)
        )

    def test_names_that_are_not_there_have_hints(self) -> None:
        for source, hint in {
            "my_math.ad": "did you mean 'add'",
            "tools.wether": "did you mean 'weather'",
            "tools.nothing_like_it": "there are 'weather'",
            "my_math.ADD": "did you mean 'add'",
            "weather.getWeatherV2": "did you mean 'get_weather_v2'",
            "weather.weather": "did you mean 'get_weather_v2'",
            "weather.zzz": "has no tool 'zzz'; there are 'get_weather_v2'",
        }.items():
            with self.subTest(source):
                kind, message = self.error_of(source)
                self.assertEqual("AttributeError", kind)
                self.assertIn(hint, message)

    def test_a_name_that_a_tool_or_its_whole_answer_has_not_says_what_there_is(self) -> None:
        for source, message in {
            "my_math.add.asynk": "the tool my_math.add has no attribute 'asynk'; did you mean 'sync'?; what it gives is"
            " there when it is called",
            "my_math.add.total": "the tool my_math.add has no attribute 'total'; it has 'sync', 'aio', 'with_options',"
            " 'with_content'; what it gives is there when it is called",
            "my_math.add.with_content(1, 2).contents": "Answer has no attribute 'contents'; did you mean 'content'?",
        }.items():
            with self.subTest(source):
                self.assertEqual(("AttributeError", message), self.error_of(source))

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

    def test_what_comes_beside_a_value_is_not_lost(self) -> None:
        source = """
            value = my_math.raw("both")
            whole = my_math.raw.with_content("both")
            text, image = whole.content
            [value, whole.value.rows, whole.is_structured, text, image.data == b"\\x89PNG not really", image.annotations, whole.meta]
            """
        self.assertEqual([{"rows": 2}, 2, True, "A chart.", True, {"priority": 1}, {"took": 5}], self.value_of(source))

    def test_all_of_an_answer_is_given_wherever_the_call_stands(self) -> None:
        for call in (
            "my_math.raw.with_content.sync('text')",
            "await my_math.raw.with_content('text')",
            "await my_math.raw.with_content.aio('text')",
            "my_math.raw.with_options(timeout=60).with_content('text')",
            "my_math.raw.with_content.with_options(timeout=60)('text')",
        ):
            with self.subTest(call):
                self.assertEqual(
                    ["plain", ["plain"], False], self.value_of(f"a = {call}\n[a.value, a.content, a.is_structured]")
                )
        self.assertEqual([None, []], self.value_of("a = my_math.raw.with_content('null')\n[a.value, a.content]"))
        self.assertEqual(("ToolError", "it is broken"), self.error_of("my_math.raw.with_content('failing')"))

    def test_null_is_a_value_where_it_is_structured(self) -> None:
        self.assertEqual(
            [None, False], self.value_of("[my_math.raw('structured null'), my_math.raw('structured false')]")
        )
        source = "a = my_math.raw.with_content('structured null')\n[a.value, a.is_structured, a.content]"
        self.assertEqual([None, True, ["There is none."]], self.value_of(source))

    def test_a_link_keeps_what_is_said_of_it(self) -> None:
        source = """
            r = my_math.raw("link")
            [str(r), r.name, r.title, r.description, r.mime_type, r.size, r.annotations, r.meta, r.is_link, r.text, r.data == b""]
            """
        expected = [
            "file:///b.csv",
            "b.csv",
            "B",
            "All of it.",
            "text/csv",
            12,
            {"audience": ["user"]},
            {"x": 1},
            True,
            None,
            True,
        ]
        self.assertEqual(expected, self.value_of(source))
        source = "r = my_math.raw('resource')\n[r.is_link, r.name, r.title, r.size, r.annotations, r.meta]"
        self.assertEqual([False, None, None, None, None, None], self.value_of(source))

    def test_blocks_of_other_kinds_are_values_too(self) -> None:
        self.assertEqual({"type": "hologram", "beams": 3}, self.value_of("my_math.raw('later')"))
        self.assertEqual(
            ["Audio", True], self.value_of("s = my_math.raw('sound')\n[type(s).__name__, s.data == bytes(3)]")
        )
        self.assertTrue(self.value_of("my_math.raw('wrapped').data == b'\\x89PNG'"))

    def test_a_broken_answer_says_what_is_broken(self) -> None:
        for what, message in {
            "no base64": "block 1 of 2 (image) has a 'data' that is no base64: ",
            "no data": "block 0 of 1 (image) has no 'data'",
            "no resource": "block 0 of 1 (resource) has no 'resource'",
            "wrong blob": "block 0 of 1 (resource) has a 'blob' that is no text, but a number",
            "no block": "block 0 of 2 is no object, but a text",
            "no list": "its content is no list, but an object",
            "long number": "Exceeds the limit",
        }.items():
            with self.subTest(what):
                source = f"try:\n    my_math.raw({what!r})\nexcept ToolError as error:\n    print(error.reason, error)"
                output = self.output_of(source)
                self.assertTrue(output.startswith(f"bad_answer the tool's answer cannot be read: {message}"), output)
        self.assertEqual(("ToolError", "why"), self.error_of("my_math.raw('failing oddly')"))

    def test_a_wrong_name_on_a_value_is_told_the_nearest(self) -> None:
        for source, kind, message in (
            ("my_math.raw('structured').City", "AttributeError", "there is no item 'City'; did you mean 'city'?"),
            ("my_math.raw('structured')['cityName']", "KeyError", "there is no item 'cityName'; did you mean 'city'?"),
            ("my_math.raw('structured').city['zzz']", "KeyError", "there is no item 'zzz'; there are 'name'"),
            ("del my_math.raw('structured').cit", "AttributeError", "there is no item 'cit'; did you mean 'city'?"),
            ("my_math.find({}).where.zzz", "AttributeError", "there is no item 'zzz'; there are none"),
            ("my_math.raw('image').mimeType", "AttributeError", "Image has no attribute 'mimeType'; did you mean 'mime_type'?"),
            ("my_math.raw('link').zzz", "AttributeError", "Resource has no attribute 'zzz'; it has 'annotations', 'data', "),
        ):  # fmt: skip
            with self.subTest(source):
                described = self.run_code(source).exception
                self.assertEqual(kind, described["type"])
                self.assertTrue(described["message"].startswith(message), described["message"])
                self.assertNotIn("Did you mean", described["traceback"])

    def test_a_missing_item_is_the_key_error_that_it_always_was(self) -> None:
        source = """
            import copy, pickle
            r = my_math.raw("structured")
            found = [r.get("x"), r.get("x", 1), "x" in r, r.pop("x", 2), hasattr(r, "x"), getattr(r, "x", 3)]
            for fail in (lambda: r["x"], lambda: r.x):
                try:
                    fail()
                except (KeyError, AttributeError) as error:
                    again = pickle.loads(pickle.dumps(error))
                    found.append([error.args, type(again).__name__, type(again).__module__, again.args])
            found + [copy.deepcopy(r) == r, f"{r}"]
            """
        expected = [
            None,
            1,
            False,
            2,
            False,
            3,
            [["x"], "KeyError", "builtins", ["x"]],
            [["x"], "AttributeError", "builtins", ["x"]],
        ]
        self.assertEqual([*expected, True, "{'city': {'name': 'Oslo'}}"], self.value_of(source))

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
            ".with_options(timeout=SECONDS)(...) raises ToolTimeoutError",
            ".with_content(...) gives .value and .content",
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


class OptionsTest(ToolCase):
    LATE = "my_math.slow() gave no answer within 0.01 seconds, the timeout of this call; the tool may still have acted"

    def setUp(self) -> None:
        super().setUp()
        self.toolbox.together = 100  # never answers

    def test_a_call_without_an_answer_in_time_raises_and_is_cancelled(self) -> None:
        for call in (
            "tool(1)", "tool.sync(n=1)", "await tool(1)", "await tool.aio(1)", "await asyncio.create_task(tool(1))",
            "asyncio.run(tool(1))", "await asyncio.to_thread(tool, 1)", "ThreadPoolExecutor().submit(tool, 1).result()",
        ):  # fmt: skip
            with self.subTest(call):
                source = f"""
                    import asyncio
                    from concurrent.futures import ThreadPoolExecutor
                    from caisson import ToolTimeoutError
                    tool = my_math.slow.with_options(timeout=0.01)
                    try:
                        {call}
                    except TimeoutError as error:
                        assert isinstance(error, ToolError) and isinstance(error, ToolTimeoutError)
                        print(error.reason, error)
                    my_math.add(1, 2)
                    """
                finished = self.run_code(source)
                self.assertEqual((f"timed_out {self.LATE}\n", b"3"), (finished.output, finished.value))
                number = next(call["number"] for call in finished.calls if call.get("tool") == "slow" and call["bulk"])
                self.assertEqual([number], finished.cancelled)

    def test_a_call_that_is_answered_in_time_gives_its_value(self) -> None:
        for call in ("tool(1, 2)", "tool.sync(1, 2)", "await tool(1, 2)", "await tool.aio(1, b=2)"):
            with self.subTest(call):
                self.assertEqual(3, self.value_of(f"tool = my_math.add.with_options(timeout=60)\n{call}"))

    def test_an_answer_that_came_in_time_is_taken_however_late_the_code_looks(self) -> None:
        source = """
            import time
            call = my_math.add.with_options(timeout=0.01).aio(1, 2)
            while not call._calls._poll.poll(0) or time.monotonic() < call._deadline:
                pass
            await call
            """
        self.assertEqual(3, self.value_of(source))

    def test_a_call_that_waits_for_a_place_times_out_as_well(self) -> None:
        source = """
            import asyncio
            first = my_math.slow.aio(1)
            try:
                my_math.slow.with_options(timeout=0.01)(2)
            except TimeoutError:
                print("late")
            first.close()
            """
        finished = self.run_code(source, in_flight=1)
        self.assertEqual("late\n", finished.output)
        self.assertEqual(1, len(self.toolbox.held))

    def test_who_leads_and_leaves_hands_over_to_who_still_waits(self) -> None:
        source = """
            import threading
            my_math.slow.__signature__
            found = []
            def wait(tool, n):
                try:
                    found.append(tool(n))
                except TimeoutError:
                    found.append("late")
                    my_math.add.sync(1, 1) and my_math.slow.aio(99).close()
            leader = threading.Thread(target=wait, args=(my_math.slow.with_options(timeout=0.05), 1))
            followers = [threading.Thread(target=wait, args=(my_math.slow, n)) for n in (2, 3)]
            for thread in (leader, *followers): thread.start()
            for thread in (leader, *followers): thread.join()
            sorted(found, key=str)
            """
        self.toolbox.together = 4
        self.assertEqual([2, 3, "late"], self.value_of(source))

    def test_who_follows_leaves_in_time_while_another_leads(self) -> None:
        source = """
            import threading
            my_math.slow.__signature__
            leader = threading.Thread(target=my_math.slow, args=(1,))
            leader.start()
            while not my_math.slow._caller._calls._leading.locked(): pass
            try:
                my_math.slow.with_options(timeout=0.01)(2)
            except TimeoutError:
                print("late")
            my_math.slow.aio(99).close()
            leader.join()
            """
        self.toolbox.together = 3
        self.assertEqual("late\n", self.run_code(source).output)

    def test_the_time_out_of_the_policy_is_one_too(self) -> None:
        source = "try:\n    my_math.raw('late')\nexcept TimeoutError as error:\n    print(error.reason, error)"
        self.assertEqual("timed_out the tool did not answer within 20ms\n", self.run_code(source).output)

    def test_options_that_make_no_sense_are_refused(self) -> None:
        for options, message in {
            "timeout=0": "timeout is 0; it must be a number of seconds above 0 and at most 86400, or None",
            "timeout=-1": "timeout is -1;",
            "timeout=86401": "timeout is 86401;",
            "timeout='2'": "timeout is '2';",
            "timeout=True": "timeout is True;",
            "timeout=float('nan')": "timeout is nan;",
            "timeout=float('inf')": "timeout is inf;",
            "timeouts=2": "has no option 'timeouts'; did you mean 'timeout'?",
            "n=2": "has no option 'n'; there are 'timeout'",
        }.items():
            with self.subTest(options):
                kind, text = self.error_of(f"my_math.slow.with_options({options})")
                self.assertEqual("ToolArgumentError", kind)
                self.assertIn(message, text)

    def test_options_add_up_and_change_no_other_tool(self) -> None:
        source = """
            tool = my_math.slow.with_options(timeout=0.01)
            found = [my_math.add.with_options(timeout=0.01).with_options(timeout=None)(1, 2)]
            for one in (tool.with_options(), tool.with_content, tool.with_options(timeout=60).with_options(timeout=0.01)):
                try:
                    one(1)
                except TimeoutError:
                    found.append("late")
            [*found, my_math.slow._options.timeout, tool._options.timeout]
            """
        self.assertEqual([3, "late", "late", "late", None, 0.01], self.value_of(source))

    def test_options_work_for_tools_that_cannot_be_used(self) -> None:
        self.assertEqual(
            ("ToolError", "the server gone did not start"), self.error_of("gone.read.with_options(timeout=5)(1)")
        )

    def test_a_tool_with_options_asks_for_its_binding_once(self) -> None:
        finished = self.run_code("for i in range(3): my_math.add.with_options(timeout=60)(i, i)")
        self.assertEqual(["server", "tool", *["call"] * 3], [call["method"] for call in finished.calls])
