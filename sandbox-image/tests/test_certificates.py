"""Certificates of the installation's own, as code meets them."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import unittest
from typing import Any

from agent._certificates import BUNDLE, OF_THE_IMAGE, VARIABLES, describe_failure, name_bundle, write_bundle
from agent._protocol import Kind, encode_json

from .daemon_double import AGENT, DaemonDouble, Finished
from .test_network import NETWORK

# As large as the daemon lets them be. A program sees what arrived by the ends and the length.
CERTIFICATES = "first\n" + "x" * (512 * 1024 - 11) + "last\n"
SHOW_FILE = f"""
import os
text = open({BUNDLE!r}).read() if os.path.exists({BUNDLE!r}) else "none"
print(len(text), text[-5:].strip())
"""
SHOW_VARIABLES = f"print({{os.environ.get(name) for name in {VARIABLES}}})\n"


def agent_with_tmp(size: str, **hello: Any) -> DaemonDouble:
    """An agent whose /tmp is its own and of that size, as in a sandbox."""
    # From another place, since a checkout may well be in the /tmp that is hidden here.
    script = (
        f"unset {' '.join(VARIABLES)}; "
        'mount --bind "$0" /mnt && mount -t tmpfs -o size="$1" tmpfs /tmp && exec "$2" -I /mnt'
    )
    namespace = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    return DaemonDouble([*namespace, "sh", "-c", script, str(AGENT), size, sys.executable], hello=hello)


class BundleTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bundle = os.path.join(folder.name, "bundle.pem")
        self.image = os.path.join(folder.name, "image.pem")
        with open(self.image, "w") as file:
            file.write("those of the image")

    def write(self, bundle: str | None = None) -> int:
        return write_bundle(b"ours\n", bundle or self.bundle, self.image)

    def test_it_has_those_of_the_image_and_ours(self) -> None:
        self.assertEqual(0, self.write())
        with open(self.bundle) as file:
            self.assertEqual("those of the image\nours\n", file.read())

    def test_an_image_without_any_is_no_failure(self) -> None:
        os.remove(self.image)
        self.assertEqual(0, self.write())
        with open(self.bundle) as file:
            self.assertEqual("\nours\n", file.read())

    def test_an_image_whose_own_cannot_be_read_is_one(self) -> None:
        os.remove(self.image)
        os.mkdir(self.image)
        self.assertEqual(errno.EISDIR, self.write())
        self.assertFalse(os.path.exists(self.bundle))

    def test_every_client_is_pointed_at_it_unless_the_caller_says_otherwise(self) -> None:
        environment = {"PIP_CERT": "/mine"}
        name_bundle(environment, "/bundle")
        self.assertEqual(dict.fromkeys(VARIABLES, "/bundle") | {"PIP_CERT": "/mine"}, environment)

    def test_why_it_cannot_be_written_is_said(self) -> None:
        error = self.write(os.path.join(self.bundle, "none"))
        self.assertEqual(
            "caisson: the certificates of this installation cannot be written to /tmp/caisson-ca.pem:"
            " No such file or directory",
            describe_failure(error),
        )


class RunTest(unittest.TestCase):
    def run_twice(self, daemon: DaemonDouble) -> tuple[Finished, Finished]:
        """Without a network and with one."""
        with daemon:
            alone = daemon.run(SHOW_FILE + SHOW_VARIABLES)
            return alone, daemon.run(SHOW_FILE + SHOW_VARIABLES, network=NETWORK)

    def test_the_file_is_there_before_any_run_and_named_in_those_with_a_network(self) -> None:
        of_the_image = os.path.getsize(OF_THE_IMAGE) if os.path.exists(OF_THE_IMAGE) else 0
        file = f"{of_the_image + 1 + len(CERTIFICATES)} last\n"

        alone, outside = self.run_twice(agent_with_tmp("4m", certificates=CERTIFICATES))

        self.assertEqual(file + "{None}\n", alone.output)
        self.assertEqual(file + f"{{{BUNDLE!r}}}\n", outside.output)

    def test_without_certificates_there_is_neither(self) -> None:
        for finished in self.run_twice(agent_with_tmp("4m")):
            self.assertEqual("4 none\n{None}\n", finished.output)

    def test_a_tmp_that_is_too_small_is_left_empty_and_only_runs_with_a_network_are_told(self) -> None:
        alone, outside = self.run_twice(agent_with_tmp("64k", certificates=CERTIFICATES))

        self.assertEqual("4 none\n{None}\n", alone.output)
        self.assertEqual(b"4 none\n{None}\n", outside.stdout)
        self.assertEqual(describe_failure(errno.ENOSPC) + "\n", outside.stderr.decode())

    def test_a_daemon_that_sends_anything_else_is_left(self) -> None:
        for certificates in (7, None, "\u00e4"):
            with self.subTest(certificates):
                daemon = DaemonDouble()
                hello = {"protocol": 1, "worker_window": 1, "stdin_window": 1, "certificates": certificates}
                daemon.send(Kind.HELLO, encode_json(hello))
                self.assertEqual(65, daemon.process.wait(30))
                daemon.__exit__()


if __name__ == "__main__":
    unittest.main()
