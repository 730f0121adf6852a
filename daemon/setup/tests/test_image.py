"""The sandbox image as the engine has it: nothing in it helps a program that wants out.

Needs the machine to be set up; `caisson test` does that first.
"""

import json
import os
import subprocess
import tarfile
import unittest
from typing import ClassVar

IMAGE = os.environ.get("CAISSON_IMAGE", "caisson/base:latest")
RUNTIME = "caisson-runsc"
SANDBOX_USER = 65532
OPEN_TO_THE_SANDBOX = {"tmp", "var/tmp", "run/lock", "workspace"}
# The engine puts these into every exported container, whatever the image holds.
OF_THE_ENGINE = {".dockerenv", "etc/hostname", "etc/hosts", "etc/resolv.conf", "etc/mtab"}


def docker(*arguments: str) -> str:
    return subprocess.run(
        ["docker", *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


class ImageTest(unittest.TestCase):
    members: ClassVar[dict[str, tarfile.TarInfo]] = {}

    @classmethod
    def setUpClass(cls) -> None:
        container = docker("create", "--network", "none", "--label", "dev.caisson.owner=test", IMAGE)
        try:
            with (
                subprocess.Popen(["docker", "export", container], stdout=subprocess.PIPE) as export,
                tarfile.open(fileobj=export.stdout, mode="r|") as archive,
            ):
                for member in archive:
                    name = member.name.removeprefix("./").rstrip("/")
                    if name not in OF_THE_ENGINE and not name.startswith("dev/"):
                        cls.members[name] = member
        finally:
            docker("rm", container)

    def names(self, wanted: "list[tarfile.TarInfo]") -> list[str]:
        return sorted(member.name for member in wanted)

    def test_no_file_is_setuid_or_setgid(self) -> None:
        marked = [member for member in self.members.values() if member.mode & 0o6000]
        self.assertEqual(self.names(marked), [])

    def test_there_are_only_files_folders_and_links(self) -> None:
        others = [
            member
            for member in self.members.values()
            if not (member.isfile() or member.isdir() or member.issym() or member.islnk())
        ]
        self.assertEqual(self.names(others), [])

    def test_the_sandbox_user_can_write_nowhere_but_in_its_workspace_and_tmp(self) -> None:
        writable = {
            name
            for name, member in self.members.items()
            if not member.issym() and (member.uid == SANDBOX_USER or member.mode & 0o002)
        }
        self.assertEqual(writable - OPEN_TO_THE_SANDBOX, set())

    def test_no_compiler_package_manager_or_second_interpreter_is_in_it(self) -> None:
        unwanted = "apt apt-get dpkg perl gcc cc g++ as ld make su mount umount passwd nsenter unshare"
        programs = {name.rsplit("/", 1)[-1] for name in self.members if "bin/" in name}
        self.assertEqual(programs & set(unwanted.split()), set())

    def test_the_list_of_packages_is_there_for_scanners(self) -> None:
        self.assertIn("var/lib/dpkg/status", self.members)

    def test_it_starts_the_agent_as_the_sandbox_user_in_the_workspace(self) -> None:
        config = json.loads(docker("image", "inspect", "--format", "{{json .Config}}", IMAGE))
        self.assertEqual(config["User"], "65532:65532")
        self.assertEqual(config["WorkingDir"], "/workspace")
        self.assertEqual(
            config["Entrypoint"], ["/usr/bin/python3.13", "-I", "/opt/caisson/agent"]
        )
        self.assertEqual(config["Labels"]["dev.caisson.image"], "base")
        self.assertIsNone(config.get("Volumes"))
        self.assertIsNone(config.get("ExposedPorts"))

    def test_under_the_registered_runtime_python_sees_gvisor_and_no_root(self) -> None:
        code = "import os, platform; print(platform.release(), platform.python_version(), os.getuid())"
        kernel, python, user = docker(
            *("run", "--rm", f"--runtime={RUNTIME}", "--network=none", "--read-only"),
            *("--label", "dev.caisson.owner=test", "--entrypoint", "/usr/bin/python3.13"),
            *(IMAGE, "-I", "-c", code),
        ).split()
        self.assertIn("gvisor", kernel)
        self.assertRegex(python, r"^3\.13\.")
        self.assertEqual(int(user), SANDBOX_USER)


if __name__ == "__main__":
    unittest.main()
