"""Trust in the installation's own certificate authorities, for clients in user code.

A sandbox's root is read-only, so what code is to trust becomes a file of its own /tmp: the
authorities of the image and those of the installation, since the variables that name such a file
name the only one. They decide whom the code believes; what it reaches is the gate's to say.

The supervisor writes the file while the daemon greets it, which is before anybody waits; a run
only names it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import MutableMapping
from contextlib import suppress

BUNDLE = "/tmp/caisson-ca.pem"
OF_THE_IMAGE = "/etc/ssl/certs/ca-certificates.crt"
# OpenSSL (ssl, urllib, aiohttp, httpx), requests, curl, pip. A caller's own values stay.
VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")


def write_bundle(certificates: bytes, bundle: str = BUNDLE, of_the_image: str = OF_THE_IMAGE) -> int:
    """Writes the file. 0, or the number of the error; then nothing of it is left in the way."""
    try:
        try:
            with open(of_the_image, "rb") as file:
                known = file.read()
        except FileNotFoundError:
            known = b""  # an image of the operator's own need not have any
        with open(bundle, "wb") as file:
            file.write(known + b"\n" + certificates)
    except OSError as error:
        with suppress(OSError):
            os.remove(bundle)
        return error.errno or errno.EIO
    return 0


def name_bundle(environment: MutableMapping[str, str], bundle: str = BUNDLE) -> None:
    """Points clients at the file."""
    for name in VARIABLES:
        environment.setdefault(name, bundle)


def describe_failure(number: int, bundle: str = BUNDLE) -> str:
    """What a program is told when the file could not be written."""
    return f"caisson: the certificates of this installation cannot be written to {bundle}: {os.strerror(number)}"
