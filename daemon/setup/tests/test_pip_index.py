"""The package index of the machine's pip, for the policy that lets code install packages."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import pip_index

SCRIPT = Path(__file__).resolve().parent.parent / "pip_index.py"


class PipIndexTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        package = self.folder / "pip" / "_internal"
        (package / "models").mkdir(parents=True)
        for place in (self.folder / "pip", package, package / "models"):
            (place / "__init__.py").touch()
        (package / "models" / "index.py").write_text(
            "class PyPI:\n    simple_url = 'https://in.test/simple'\n"
            "    file_storage_domain = 'files.test'\n",
            encoding="utf-8",
        )
        self.pip_says({})

    def pip_says(self, values: dict[str, str]) -> None:
        (self.folder / "pip" / "_internal" / "configuration.py").write_text(
            "class Configuration:\n    def __init__(self, isolated): pass\n    def load(self): pass\n"
            f"    def items(self): return {values!r}.items()\n",
            encoding="utf-8",
        )

    def answer(self, **variables: str) -> str:
        others = ("PIP_", "REQUESTS_", "CAISSON_")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(others)}
        done = subprocess.run(
            [sys.executable, str(SCRIPT)],
            env=environment | {"PYTHONPATH": str(self.folder)} | variables,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def test_without_configuration_it_is_pips_own_with_its_files(self) -> None:
        self.assertEqual(self.answer(), "https://in.test/simple\nhttps://files.test\n\n")

    def test_a_configured_index_keeps_its_files_itself(self) -> None:
        self.pip_says({"global.index-url": "https://mirror.test/simple"})
        self.assertEqual(self.answer(), "https://mirror.test/simple\n\n\n")

    def test_the_variable_wins_over_the_files(self) -> None:
        self.pip_says({"global.index-url": "https://mirror.test/simple"})
        said = self.answer(PIP_INDEX_URL="https://other.test/simple")
        self.assertEqual(said, "https://other.test/simple\n\n\n")

    def test_whom_pip_trusts_is_told_when_it_is_certificates(self) -> None:
        bundle = self.folder / "ca.pem"
        bundle.write_text("-----BEGIN CERTIFICATE-----\n", encoding="ascii")
        told = f"https://in.test/simple\nhttps://files.test\n{bundle}\n"
        self.assertEqual(self.answer(PIP_CERT=str(bundle)), told)
        self.assertEqual(self.answer(REQUESTS_CA_BUNDLE=str(bundle)), told)
        self.pip_says({"global.cert": str(bundle)})
        self.assertEqual(self.answer(), told)
        bundle.write_text("none", encoding="ascii")
        self.assertEqual(self.answer(), "https://in.test/simple\nhttps://files.test\n\n")
        bundle.write_text("-----BEGIN CERTIFICATE-----\n" * 20_000, encoding="ascii")
        self.assertEqual(self.answer(), "https://in.test/simple\nhttps://files.test\n\n")

    def test_of_many_certificates_those_that_no_image_has_are_kept_in_a_file(self) -> None:
        shipped = next(iter(sorted(pip_index.DISTRIBUTION.rglob("*.crt"))), None)
        if shipped is None:
            return  # a machine without the package, where nothing is the distribution's
        own = "-----BEGIN CERTIFICATE-----\nb3Vycw==\n-----END CERTIFICATE-----\n"
        bundle = self.folder / "ca.pem"
        bundle.write_text(shipped.read_text("ascii") + own, encoding="ascii")
        state = self.folder / "state"
        told = self.answer(PIP_CERT=str(bundle), CAISSON_STATE_DIR=str(state)).splitlines()[2]
        self.assertEqual(told, str(state / "pip-certificates.pem"))
        self.assertEqual(Path(told).read_text(encoding="ascii"), own)
        # Without a place to keep them it is the whole file, and of the distribution's alone none.
        self.assertEqual(self.answer(PIP_CERT=str(bundle)).splitlines()[2], str(bundle))
        bundle.write_text(shipped.read_text("ascii"), encoding="ascii")
        self.assertEqual(self.answer(PIP_CERT=str(bundle)).splitlines()[2], "")

    def test_certificates_are_the_same_however_their_lines_are_broken(self) -> None:
        known = self.folder / "known"
        known.mkdir()
        text = b"-----BEGIN CERTIFICATE-----\r\nYWJj\r\nZGVm\r\n-----END CERTIFICATE-----"
        (known / "one.crt").write_bytes(text)
        self.assertEqual(pip_index.additions(text.replace(b"\r\n", b"\n"), known), [])
        other = text.replace(b"YWJj", b"YWJk")
        self.assertEqual(pip_index.additions(text + b"\n" + other, known), [other])

    def test_an_index_with_credentials_is_not_told(self) -> None:
        self.assertEqual(self.answer(PIP_INDEX_URL="https://me:word@other.test/simple"), "")

    def test_without_pip_nothing_is_said(self) -> None:
        (self.folder / "pip" / "_internal" / "configuration.py").write_text(
            "raise ImportError\n", encoding="utf-8"
        )
        self.assertEqual(self.answer(), "")


if __name__ == "__main__":
    unittest.main()
