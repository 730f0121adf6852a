"""What is said of arguments before they leave: the wrong ones are named, and no honest ones refused."""

from __future__ import annotations

import unittest
from typing import Any

from agent._hints import closest
from agent._schema import ArgumentCheck, find_problem

INTEGER = {"type": "integer"}
NODE = {"type": "object", "properties": {"value": INTEGER, "children": {"type": "array", "items": {"$ref": "#"}}}}


class ReferencesTest(unittest.TestCase):
    def test_a_reference_is_followed_wherever_it_leads(self) -> None:
        for name, schema in {
            "the root": {"anyOf": [INTEGER, {"type": "array", "items": {"$ref": "#"}}]},
            "a pointer": {"$defs": {"n": INTEGER}, "$ref": "#/$defs/n"},
            "escaped steps": {"$defs": {"a/b~c": INTEGER}, "$ref": "#/$defs/a~1b~0c"},
            "encoded steps": {"$defs": {'per cent "%"': INTEGER}, "$ref": "#/$defs/per%20cent%20%22%25%22"},
            "steps through lists": {"$defs": {"l": {"allOf": [True, INTEGER]}}, "$ref": "#/$defs/l/allOf/1"},
            "an anchor": {"$defs": {"n": {"$anchor": "whole", **INTEGER}}, "$ref": "#whole"},
            "an anchor of draft 7": {"definitions": {"n": {"$id": "#whole", **INTEGER}}, "$ref": "#whole"},
            "an address": {"$id": "https://x.test/a", "$defs": {"n": INTEGER}, "$ref": "https://x.test/a#/$defs/n"},
            "a relative address": {
                "$id": "https://x.test/a/root.json",
                "$defs": {"n": {"$id": "n.json", **INTEGER}},
                "$ref": "n.json",
            },
            "an anchor of another resource": {
                "$id": "urn:root",
                "$defs": {"n": {"$id": "urn:n", "$defs": {"m": {"$anchor": "m", **INTEGER}}}},
                "$ref": "urn:n#m",
            },
            "within another resource": {
                "$defs": {"n": {"$id": "https://x.test/n", "$ref": "#/$defs/m", "$defs": {"m": INTEGER}}},
                "$ref": "#/$defs/n",
            },
            "a dynamic one": {"$defs": {"n": {"$dynamicAnchor": "n", **INTEGER}}, "$dynamicRef": "#n"},
        }.items():
            with self.subTest(name):
                self.assertEqual([False, True], [find_problem(schema, value) is not None for value in (1, "x")])

    def test_what_leads_nowhere_known_takes_anything(self) -> None:
        for name, schema in {
            "elsewhere": {"$ref": "https://elsewhere.test/schema"},
            "nothing": {"$ref": "#/$defs/none"},
            "no anchor": {"type": "object", "properties": {"a": {"$ref": "#none"}}, "required": ["a"]},
            "two anchors": {
                "$defs": {"a": {"$anchor": "n", **INTEGER}, "b": {"$anchor": "n", **INTEGER}},
                "$ref": "#n",
            },
            "two resources": {
                "$defs": {"a": {"$id": "https://x.test/n", **INTEGER}, "b": {"$id": "https://x.test/n", **INTEGER}},
                "$ref": "https://x.test/n",
            },
            "two dynamic anchors": {
                "$id": "https://x.test/r",
                "$dynamicRef": "#n",
                "$defs": {"a": {"$dynamicAnchor": "n", **INTEGER}, "b": {"$id": "b", "$dynamicAnchor": "n"}},
            },
            "no schema": {"$ref": "#/$defs", "$defs": 5},
            "no number": {"$ref": "#/allOf/x", "allOf": [True]},
            "broken encoding": {"$ref": "#/%ff"},
            "no address": {"$ref": "http://[::x"},
            "a dialect of its own": {"$schema": "https://x.test/dialect", **INTEGER},
            "data that looks like a schema": {"enum": [{"$anchor": "n", **INTEGER}, {"a": 1}], "$ref": "#n"},
        }.items():
            with self.subTest(name):
                self.assertIsNone(find_problem(schema, {"a": 1}))

    def test_a_schema_within_itself_is_followed_as_far_as_the_value_goes(self) -> None:
        self.assertIsNone(find_problem(NODE, {"value": 1, "children": [{"value": 2, "children": []}]}))
        problem = find_problem(NODE, {"children": [{"children": [{"value": "x"}]}]})
        assert problem is not None
        self.assertEqual(("children", 0, "children", 0, "value"), problem.path)

    def test_references_in_a_circle_come_to_an_end(self) -> None:
        self.assertIsNone(find_problem({"$ref": "#"}, 1))
        self.assertIsNone(find_problem({"anyOf": [{"$ref": "#"}, {"$ref": "#"}], "allOf": [{"$ref": "#"}]}, 1))

    def test_beside_a_reference_nothing_counts_up_to_draft_7(self) -> None:
        schema = {"definitions": {"n": INTEGER}, "properties": {"a": {"$ref": "#/definitions/n", "maximum": 1}}}
        self.assertIsNotNone(find_problem(schema, {"a": 2}))
        old = {"$schema": "http://json-schema.org/draft-07/schema#", **schema}
        self.assertIsNone(find_problem(old, {"a": 2}))
        self.assertIsNotNone(find_problem(old, {"a": "x"}))


class ArgumentsTest(unittest.TestCase):
    def test_false_takes_nothing_and_true_takes_anything(self) -> None:
        schema: dict[str, Any] = {"properties": {"no": False, "yes": True}, "prefixItems": [True], "items": False}
        self.assertIsNone(find_problem(schema, {"yes": object()}))
        self.assertEqual("is not allowed", find_problem(schema, {"no": 1}).message)  # type: ignore[union-attr]
        self.assertIsNone(find_problem(schema, [1]))
        self.assertEqual((1,), find_problem(schema, [1, 2]).path)  # type: ignore[union-attr]

    def test_a_tuple_is_an_array_wherever_it_stands(self) -> None:
        self.assertIsNone(find_problem({"enum": [[1, [2]], {"a": [1]}]}, (1, (2,))))
        self.assertIsNone(find_problem({"const": {"a": [1]}}, {"a": (1,)}))
        self.assertIsNotNone(find_problem({"const": [1, 2]}, (1,)))

    def test_what_is_no_schema_refuses_nothing(self) -> None:
        schemas: list[Any] = [
            {"type": ["string", {}]},
            {"type": "colour"},
            {"required": [["a"]]},
            {"enum": 5},
            [],
            5,
            None,
        ]
        for schema in schemas:
            with self.subTest(schema=schema):
                self.assertIsNone(find_problem(schema, {"a": 1}))

    def test_null_is_taken_as_the_schema_says_wherever_that_is_written(self) -> None:
        schema = {
            "properties": {"a": {"$ref": "#/definitions/n"}, "b": {"$ref": "#m"}, "c": True},
            "definitions": {"n": INTEGER, "m": {"$anchor": "m", "type": ["string", "null"]}},
        }
        check = ArgumentCheck(schema)
        self.assertEqual([False, True, True, True], [check.takes_null(name) for name in "abcd"])

    def test_names_that_are_listed_anywhere_may_be_meant(self) -> None:
        for name, schema, expected in (
            ("none listed", {}, [True, True]),
            ("listed", {"properties": {"a": {}}}, [True, False]),
            ("patterns", {"properties": {"a": {}}, "patternProperties": {"^b": {}}}, [True, True]),
            ("others invited", {"properties": {"a": {}}, "additionalProperties": INTEGER}, [True, True]),
            ("an alternative", {"properties": {"a": {}}, "anyOf": [{"properties": {"b": {}}}]}, [True, True]),
            ("required alternatives", {"properties": {"a": {}}, "anyOf": [{"required": ["a"]}]}, [True, False]),
            ("a reference", {"$ref": "#/$defs/x", "$defs": {"x": {"properties": {"a": {}}}}}, [True, False]),
            ("elsewhere", {"properties": {"a": {}}, "allOf": [{"$ref": "https://x.test"}]}, [True, True]),
            (
                "dependent",
                {"properties": {"a": {}}, "dependentSchemas": {"a": {"properties": {"b": {}}}}},
                [True, True],
            ),
            ("closed", {"additionalProperties": False}, [False, False]),
        ):
            with self.subTest(name):
                check = ArgumentCheck(schema)
                self.assertEqual(expected, [check.may_have("a"), check.may_have("b")])

    def test_a_wrong_value_is_told_how_to_be_right(self) -> None:
        import datetime
        import decimal
        import pathlib

        for value, wanted, advice in (
            ("5", "integer", "write 5 without quotes"),
            ("-1.5", "number", "write -1.5 without quotes"),
            ("1.5", "integer", ""),
            ("five", "integer", ""),
            (5, "string", "write '5'"),
            ("a", "array", "write ['a']"),
            ({1}, "array", "write list(...) of it"),
            (range(2), "array", "write list(...) of it"),
            (datetime.date(2026, 1, 1), "string", "write its .isoformat()"),
            (decimal.Decimal(1), "number", "write float(...) or str(...) of it"),
            (pathlib.PurePosixPath("a"), "string", "write str(...) of it"),
            (True, "string", ""),
        ):
            with self.subTest(value=value):
                problem = find_problem({"type": wanted}, value)
                assert problem is not None
                self.assertEqual(advice, problem.message.partition("; ")[2])

    def test_names_are_told_that_are_the_same_but_for_case_or_alike_or_longer(self) -> None:
        for name, known, hint in (
            ("maxDays", ["max_day", "max_days"], "did you mean 'max_days'?"),
            ("locaton", ["place", "location"], "did you mean 'location'?"),
            ("temp", ["temperature_2m", "wind"], "did you mean 'temperature_2m'?"),
            ("zz", ["zz_no_part_so_short", "b"], "there are 'zz_no_part_so_short', 'b'"),
            ("a", [], "there are none"),
            ("q", [f"name{n}" for n in range(30)], ", 'name18', 'name19', …"),
            ("q", ["x" * 5000], f"there are '{'x' * 59}…'"),
            ("q" * 5000, ["q" * 5000], f"there are '{'q' * 59}…'"),
        ):
            with self.subTest(name=name, known=known[:2]):
                self.assertTrue(closest(name, known, "there are", "there are none").endswith(hint))

    def test_an_unknown_property_is_told_the_nearest(self) -> None:
        schema: dict[str, Any] = {"properties": {"max_days": {}, "place": {}}, "additionalProperties": False}
        for name, hint in {"maxDays": "did you mean 'max_days'?", "zzz": "known: 'max_days', 'place'"}.items():
            problem = find_problem(schema, {name: 1})
            assert problem is not None
            self.assertEqual(f"is not a known property; {hint}", problem.message)
