"""Prints the package index that this machine's pip installs from, where it keeps its files, and whom
pip trusts.

Three lines: the index's address; the address of its files when that is another host, else nothing;
the file of certificates that pip was told to trust, else nothing. Prints nothing when there is no
pip, or when its index has credentials in its address: code in a sandbox is told the address.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit


# What the daemon takes of network.ca_file.
LARGEST_BUNDLE = 512 * 1024


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
    return str(file) if fits and b"-----BEGIN CERTIFICATE-----" in file.read_bytes() else ""


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
