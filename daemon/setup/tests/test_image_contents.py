"""What an image holds, compared with the checkout, without running anything of it."""

import base64
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

import image_contents

CHECKOUT = Path(__file__).resolve().parents[3]
SCRIPT = CHECKOUT / "daemon/setup/image_contents.py"
PINNED = "some-lib==1.2 \\\n    --hash=sha256:00\nother==3\n"


def digest(content: bytes) -> str:
    return (
        "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    )


class VerifyTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.agent = self.folder / "agent"
        self.agent.mkdir()
        (self.agent / "_worker.py").write_bytes(b"the worker")
        self.pinned = self.folder / "requirements.txt"
        self.pinned.write_text(PINNED, encoding="utf-8")
        self.image = {
            "opt/caisson/agent/_worker.py": b"the worker",
            "opt/caisson/agent/__pycache__/_worker.cpython-313.pyc": b"compiled",
            "etc/passwd": b"of no concern",
            **self.library(
                "some_lib", "1.2", {"some_lib/__init__.py": b"x", "../../../bin/some": b"y"}
            ),
            **self.library("other", "3", {}),
        }

    def library(self, name: str, version: str, files: "dict[str, bytes]") -> "dict[str, bytes]":
        """Its files as an installer puts them, and its record of them."""
        info = f"{name}-{version}.dist-info/RECORD"
        rows = [f"{path},{digest(content)},{len(content)}" for path, content in files.items()]
        rows += [f"{name}/__pycache__/__init__.cpython-313.pyc,,", f"{info},,"]
        found = {f"{image_contents.LIBRARIES}/{path}": content for path, content in files.items()}
        found[f"{image_contents.LIBRARIES}/{info}"] = "\n".join(rows).encode()
        return {
            path.replace("lib/python3.13/dist-packages/../../../", ""): text
            for path, text in found.items()
        }

    def verified(self, *, pinned: bool = True) -> "tuple[int, str]":
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for path, content in self.image.items():
                member = tarfile.TarInfo(path)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        options = ["--pinned", str(self.pinned)] if pinned else []
        done = subprocess.run(
            [
                sys.executable,
                "-I",
                str(SCRIPT),
                "verify",
                "data",
                "--agent",
                str(self.agent),
                *options,
            ],
            input=archive.getvalue(),
            capture_output=True,
            check=False,
        )
        self.assertEqual(done.stderr, b"")
        return done.returncode, done.stdout.decode()

    def assert_wrong(self, *lines: str) -> None:
        status, text = self.verified()
        self.assertEqual(status, 1)
        self.assertEqual(
            [line for line in text.splitlines() if not line.startswith("ok ")], list(lines)
        )

    def test_an_image_as_it_should_be(self) -> None:
        self.assertEqual(
            self.verified(),
            (
                0,
                "ok        data   the agent's 1 files are this checkout's\n"
                "ok        data   the 2 libraries are those that are pinned, and their 4 files as recorded\n",
            ),
        )

    def test_of_an_image_without_libraries_only_the_agent_is_looked_at(self) -> None:
        self.image = {"opt/caisson/agent/_worker.py": b"the worker"}
        self.assertEqual(
            self.verified(pinned=False),
            (0, "ok        data   the agent's 1 files are this checkout's\n"),
        )

    def test_a_file_of_the_agent_that_was_changed_added_or_lost_is_named(self) -> None:
        (self.agent / "_new.py").touch()
        self.image["opt/caisson/agent/_worker.py"] = b"another"
        self.image["opt/caisson/agent/_stray.py"] = b""
        self.assert_wrong(
            "wrong     data   /opt/caisson/agent/_new.py is not in the image",
            "wrong     data   /opt/caisson/agent/_stray.py is in the image and not in this checkout",
            "wrong     data   /opt/caisson/agent/_worker.py differs from this checkout's",
        )

    def test_a_file_of_a_library_that_was_changed_added_or_lost_is_named(self) -> None:
        libraries = "usr/local/lib/python3.13/dist-packages"
        self.image[f"{libraries}/some_lib/__init__.py"] = b"changed"
        self.image[f"{libraries}/stray.pth"] = b"import os"
        del self.image["usr/local/bin/some"]
        self.assert_wrong(
            "wrong     data   /usr/local/bin/some is recorded and not there",
            f"wrong     data   /{libraries}/stray.pth is there and in no record",
            f"wrong     data   /{libraries}/some_lib/__init__.py is not what its record says",
        )

    def test_a_library_of_another_version_or_that_nobody_has_pinned_is_named(self) -> None:
        self.pinned.write_text("some-lib==1.3\nmissing==1\n", encoding="utf-8")
        self.assert_wrong(
            "wrong     data   missing is not there, pinned is 1",
            "wrong     data   other is 3, pinned is nothing",
            "wrong     data   some-lib is 1.2, pinned is 1.3",
        )

    def test_of_many_files_a_few_are_named(self) -> None:
        for number in range(8):
            (self.agent / f"_{number}.py").touch()
        status, text = self.verified()
        self.assertEqual(status, 1)
        self.assertEqual(text.count("is not in the image"), 5)
        self.assertIn("wrong     data   and 3 more like that\n", text)


class PoliciesTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def policies(self, **texts: str) -> "list[Path]":
        for name, text in texts.items():
            (self.folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return sorted(self.folder.glob("*.yaml"))

    def test_an_image_is_that_of_the_policy_or_of_the_one_it_extends(self) -> None:
        files = self.policies(
            default="# one\nsandbox:\n  image: base   # more\n  memory: 1 GiB\n",
            data="extends: default\n\nsandbox:\n\n  # which\n  memory: 1 GiB\n  image: data\ntime:\n  wall: 2s\n",
            deep="extends: data\ntime:\n  wall: 1s\n",
            plain="time:\n  image: data\n",
        )
        self.assertEqual(image_contents.policies_of("data", files), ["data", "deep"])
        self.assertEqual(image_contents.policies_of("base", files), ["default", "plain"])

    def test_policies_that_extend_each_other_start_from_nothing(self) -> None:
        files = self.policies(a="extends: b\n", b="extends: a\n")
        self.assertEqual(image_contents.policies_of("data", files), [])

    def test_of_the_shipped_policies_one_starts_from_the_data_image(self) -> None:
        shipped = sorted((CHECKOUT / "policies").glob("*.yaml"))
        self.assertEqual(image_contents.policies_of("caisson/data:latest", shipped), ["data"])
        self.assertEqual(
            len(image_contents.policies_of("caisson/base:latest", shipped)), len(shipped) - 1
        )


if __name__ == "__main__":
    unittest.main()
