"""Trust in the installation's own certificate authorities, for clients in user code.

A sandbox's root is read-only, so what the code is to trust becomes a file of its own /tmp: the
authorities of the image and those of the installation, since the variables that name such a file
name the only one. They decide whom the code believes; what it reaches is the gate's to say.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

BUNDLE = "/tmp/caisson-ca.pem"
OF_THE_IMAGE = "/etc/ssl/certs/ca-certificates.crt"
# OpenSSL (ssl, urllib, aiohttp, httpx), requests, curl, pip. A caller's own values stay.
VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")


def trust(
    certificates: str,
    environment: MutableMapping[str, str],
    bundle: str = BUNDLE,
    of_the_image: str = OF_THE_IMAGE,
) -> str | None:
    """Points clients at the certificates. What went wrong, when the file cannot be written."""
    try:
        with open(of_the_image, "rb") as file:
            known = file.read()
    except FileNotFoundError:
        known = b""  # an image of the operator's own need not have any
    try:
        with open(bundle, "wb") as file:
            file.write(known + b"\n" + certificates.encode("ascii"))
    except OSError as error:
        return f"caisson: the certificates of this installation cannot be written to {bundle}: {error}"
    for name in VARIABLES:
        environment.setdefault(name, os.path.abspath(bundle))
    return None
