"""Every test that the threat model names is there: a promise whose test is gone is none."""

import re
import unittest
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
JAVA_CLASS = re.compile(r"[A-Z]\w*(Test|Contract|Fuzz)")


def named(text: str) -> Iterator[tuple[str, str]]:
    """Class or module and test, the latter empty when the whole class is meant."""
    owner = ""
    for name in re.findall(r"`([A-Za-z_][\w.]*)`", text):
        first, _, second = name.partition(".")
        if JAVA_CLASS.fullmatch(first) or re.fullmatch(r"test_[a-z]+", first):
            owner = first
            yield owner, second
        elif owner and not second and re.fullmatch(r"[a-z]+([A-Z]\w*){3,}", first):
            yield owner, first  # "`A.one`, `another`": of the same class


def source(owner: str) -> str:
    pattern = f"sandbox-image/tests/{owner}.py" if owner.startswith("test_") else f"*/src/test/**/{owner}.java"
    return "".join(path.read_text(encoding="utf-8") for path in CHECKOUT.glob(pattern))


class ThreatModelTest(unittest.TestCase):
    def test_every_test_that_it_names_is_there(self) -> None:
        text = (CHECKOUT / "docs/threat-model.md").read_text(encoding="utf-8")
        names = list(named(text))

        self.assertGreater(len(names), 40)
        for owner, test in names:
            with self.subTest(owner=owner, test=test):
                found = source(owner)
                self.assertNotEqual(found, "", "no such class")
                self.assertRegex(found, rf"\b{test}\b" if test else ".")

    def test_a_name_behind_another_is_of_the_same_class(self) -> None:
        self.assertEqual(
            list(named("`ATest.oneThing`, `anotherThingThatIs`, `not_one`, `test_b.test_it` and `CFuzz`")),
            [("ATest", "oneThing"), ("ATest", "anotherThingThatIs"), ("test_b", "test_it"), ("CFuzz", "")],
        )


if __name__ == "__main__":
    unittest.main()
