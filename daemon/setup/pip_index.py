"""Prints the package index that this machine's pip installs from, and where it keeps its files.

Two lines: the index's address, and the address of its files when that is another host, else nothing.
Prints nothing when there is no pip, or when its index has credentials in its address: code in a
sandbox is told the address.
"""

import os
from urllib.parse import urlsplit


def configured() -> str:
    """What pip's variable or its files say; empty when they say nothing."""
    from pip._internal.configuration import Configuration

    if os.environ.get("PIP_INDEX_URL"):
        return os.environ["PIP_INDEX_URL"]
    configuration = Configuration(isolated=False)
    configuration.load()
    values = dict(configuration.items())
    return str(values.get("install.index-url") or values.get("global.index-url") or "")


def built_in() -> tuple[str, str]:
    """What pip uses when nobody configured anything."""
    from pip._internal.models.index import PyPI

    return PyPI.simple_url, f"https://{PyPI.file_storage_domain}"


def main() -> None:
    # Parts of pip's inside, because no command of pip says its default index.
    try:
        index = configured()
        index, files = (index, "") if index else built_in()
    except (ImportError, AttributeError, OSError, ValueError):
        return
    parts = urlsplit(index)
    if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc:
        print(index)
        print(files)


if __name__ == "__main__":
    main()
