"""Which runsc is good enough, and whether the engine has it the way we need it."""

import subprocess
import tempfile
import unittest
from pathlib import Path

SETUP = Path(__file__).resolve().parent.parent
ARGUMENTS = (
    '"--platform=systrap","--network=none","--oci-seccomp","--host-uds=none","--host-fifo=none",'
    '"--overlay2=none","--net-raw=false","--app-huge-pages=false"'
)


class GvisorTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.runsc = Path(folder.name) / "runsc"

    def given_runsc(self, version: str) -> None:
        self.runsc.write_text(
            f"#!/bin/sh\necho 'runsc version {version}'\necho 'spec: 1.2.1'\n", encoding="utf-8"
        )
        self.runsc.chmod(0o755)

    def holds(self, condition: str, info: str = "") -> bool:
        """Whether a condition of gvisor.sh holds, with an engine whose /info answers as given."""
        script = (
            'SETUP_DIR=$1 PREFIX=/nonexistent; source "$1/engine.sh"; source "$1/gvisor.sh"; '
            'INFO=$3; engine_api() { printf "%s" "$INFO"; }; '
            + condition
        )
        return (
            subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script, "-", str(SETUP), str(self.runsc), info],
                check=False,
            ).returncode
            == 0
        )

    def test_releases_at_or_above_the_floor_are_current(self) -> None:
        for version in (
            "release-20260824.0",
            "release-20270101.0",
            "v0.0.0-20260905035102-160fafc42237",
        ):
            with self.subTest(version):
                self.given_runsc(version)
                self.assertTrue(self.holds('runsc_is_current "$2"'))

    def test_older_and_unknown_ones_are_not(self) -> None:
        for version in ("release-20260823.0", "release-20220222.0", "VERSION_MISSING", ""):
            with self.subTest(version):
                self.given_runsc(version)
                self.assertFalse(self.holds('runsc_is_current "$2"'))

    def test_a_program_that_is_not_there_is_not_current(self) -> None:
        self.assertFalse(self.holds('runsc_is_current "$2"'))

    def info(self, arguments: str, after: str = "") -> str:
        return (
            '{"Runtimes":{"runc":{"path":"runc"},"caisson-runsc":{"path":"'
            f'{self.runsc}","runtimeArgs":[{arguments}]{after}}},"other":{{"path":"x"}}}}}}'
        )

    def test_our_runtime_with_our_arguments_is_in_order(self) -> None:
        self.given_runsc("release-20260824.0")
        self.assertTrue(self.holds("gvisor_is_current", self.info(ARGUMENTS)))
        self.assertTrue(self.holds("gvisor_is_current", self.info(ARGUMENTS, ',"status":{}')))

    def test_a_missing_argument_another_value_or_an_old_runsc_is_not(self) -> None:
        self.given_runsc("release-20260824.0")
        for arguments in (
            "",
            ARGUMENTS.replace('"--oci-seccomp",', ""),
            ARGUMENTS.replace("--network=none", "--network=host"),
            ARGUMENTS + ',"--debug"',
        ):
            with self.subTest(arguments):
                self.assertFalse(self.holds("gvisor_is_current", self.info(arguments)))
        self.given_runsc("release-20250101.0")
        self.assertFalse(self.holds("gvisor_is_current", self.info(ARGUMENTS)))

    def test_a_runtime_of_another_name_is_not_ours(self) -> None:
        self.given_runsc("release-20260824.0")
        self.assertFalse(
            self.holds("gvisor_is_current", self.info(ARGUMENTS).replace("caisson-runsc", "runsc"))
        )


if __name__ == "__main__":
    unittest.main()
