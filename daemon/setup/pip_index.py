"""Prints the package index that this machine's pip installs from, where it keeps its files, and whom
pip trusts.

Three lines: the index's address; the address of its files when that is another host, else nothing;
a file with the certificates that pip was told to trust and that a sandbox's image does not have, else
nothing. They travel to each sandbox, so few are better than many. Prints nothing when
there is no pip, or when its index has credentials in its address: code in a sandbox is told the address.
"""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit


# What the daemon takes of network.ca_file.
LARGEST_BUNDLE = 512 * 1024
# The authorities of Debian's package, one a file; administrators put theirs elsewhere.
DISTRIBUTION = Path("/usr/share/ca-certificates")
CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def configured(variable: str, key: str) -> str:
    """What pip's variable or its files say; empty when they say nothing."""
    from pip._internal.configuration import Configuration

    if os.environ.get(variable):
        return os.environ[variable]
    configuration = Configuration(isolated=False)
    configuration.load()
    values = dict(configuration.items())
    return str(values.get(f"install.{key}") or values.get(f"global.{key}") or "")


def trusted() -> str:
    """The certificates that pip was told to trust, when a daemon would take their file."""
    named = configured("PIP_CERT", "cert") or os.environ.get("REQUESTS_CA_BUNDLE", "")
    file = Path(named).expanduser().absolute() if named else Path("/")
    fits = file.is_file() and file.stat().st_size <= LARGEST_BUNDLE
    bundle = file.read_bytes() if fits else b""
    if b"-----BEGIN CERTIFICATE-----" not in bundle:
        return ""
    everything = certificates(bundle)
    own = additions(bundle, DISTRIBUTION)
    if everything and not own:
        return ""
    return str(file) if len(own) == len(everything) else kept(own) or str(file)


def certificates(text: bytes) -> dict[bytes, bytes]:
    """Each certificate by what it is, however its lines are broken."""
    return {b"".join(found.split()): found for found in CERTIFICATE.findall(text)}


def additions(bundle: bytes, distribution: Path) -> list[bytes]:
    """What the distribution did not bring; the image, which is of its packages, has the rest."""
    known: set[bytes] = set()
    for file in distribution.rglob("*.crt"):
        known |= certificates(file.read_bytes()).keys()
    return [found for key, found in certificates(bundle).items() if key not in known]


def kept(own: list[bytes]) -> str:
    """The file that these are in from now on; nothing when there is no place for it."""
    folder = os.environ.get("CAISSON_STATE_DIR")
    if not folder:
        return ""
    file = Path(folder).absolute() / "pip-certificates.pem"
    part = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(b"\n".join([*own, b""]))
        part.replace(file)
    except OSError:
        return ""
    return str(file)


def built_in() -> tuple[str, str]:
    """What pip uses when nobody configured anything."""
    from pip._internal.models.index import PyPI

    return PyPI.simple_url, f"https://{PyPI.file_storage_domain}"


def main() -> None:
    # Parts of pip's inside, because no command of pip says its default index.
    try:
        index = configured("PIP_INDEX_URL", "index-url")
        index, files = (index, "") if index else built_in()
        certificates = trusted()
    except (ImportError, AttributeError, OSError, ValueError):
        return
    parts = urlsplit(index)
    if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc:
        print(index)
        print(files)
        print(certificates)


if __name__ == "__main__":
    main()
