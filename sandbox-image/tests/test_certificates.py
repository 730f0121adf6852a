"""Certificates of the installation's own, as code meets them."""

from __future__ import annotations

import os
import tempfile
import unittest

from agent._certificates import VARIABLES, trust


class CertificatesTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bundle = os.path.join(folder.name, "bundle.pem")
        self.image = os.path.join(folder.name, "image.pem")
        with open(self.image, "w") as file:
            file.write("those of the image")

    def trust(self, environment: dict[str, str], bundle: str | None = None) -> str | None:
        return trust("ours\n", environment, bundle or self.bundle, self.image)

    def test_the_bundle_has_those_of_the_image_and_ours(self) -> None:
        self.assertIsNone(self.trust({}))
        with open(self.bundle) as file:
            self.assertEqual("those of the image\nours\n", file.read())

    def test_an_image_without_any_is_no_failure(self) -> None:
        os.remove(self.image)
        self.assertIsNone(self.trust({}))
        with open(self.bundle) as file:
            self.assertEqual("\nours\n", file.read())

    def test_every_client_is_pointed_at_it_unless_the_caller_says_otherwise(self) -> None:
        environment = {"PIP_CERT": "/mine"}
        self.trust(environment)
        self.assertEqual({name: self.bundle for name in VARIABLES} | {"PIP_CERT": "/mine"}, environment)

    def test_a_file_that_cannot_be_written_changes_nothing_and_is_said(self) -> None:
        environment: dict[str, str] = {}
        problem = self.trust(environment, os.path.join(self.bundle, "none"))
        self.assertIn("caisson: the certificates of this installation cannot be written", problem or "")
        self.assertEqual({}, environment)


if __name__ == "__main__":
    unittest.main()
