"""Entry point: ``python3.13 -I /opt/caisson/agent``. Loads the package and starts the supervisor."""

import importlib.util
import os
import sys

if __name__ == "__main__":
    _folder = os.path.dirname(os.path.abspath(__file__))
    # The folder itself must not be importable: the user's `import _framing` is not ours. So the
    # package is loaded by hand under a name that nobody else uses.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != _folder]
    _spec = importlib.util.spec_from_file_location(
        "_caisson",
        os.path.join(_folder, "__init__.py"),
        submodule_search_locations=[_folder],
    )
    assert _spec is not None and _spec.loader is not None
    _package = importlib.util.module_from_spec(_spec)
    sys.modules["_caisson"] = _package
    _spec.loader.exec_module(_package)
    sys.dont_write_bytecode = True
    importlib.import_module("_caisson._supervisor").main()
