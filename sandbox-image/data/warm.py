"""What a sandbox of the data image has imported before any code comes: the agent runs this once, before it forks.

Each line costs memory and time of every sandbox, so here are the libraries that take long and that many ask for.
"""

import importlib
import os
import shutil

# Matplotlib wants a folder that it can write to, and looks for its list of fonts in it. The image has one made
# already; in the workspace it would be a file that nobody asked for.
FONTS = "/opt/caisson/matplotlib"
FOLDER = "/tmp/matplotlib"

if os.path.isdir(FONTS):
    shutil.copytree(FONTS, FOLDER, dirs_exist_ok=True)
    os.environ["MPLCONFIGDIR"] = FOLDER

for name in ("numpy", "pandas", "matplotlib.pyplot", "PIL.Image", "requests", "scipy.stats", "sklearn"):
    importlib.import_module(name)
