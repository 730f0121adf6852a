"""Results of the libraries themselves, in sandboxes of the data image: `caisson test libraries`.

Not among the tests that are found by themselves, because the data image is built on request alone.
"""

from __future__ import annotations

import json
import os

from .agent_case import AgentCase
from .daemon_double import DaemonDouble
from .test_sandbox import MIB, command

IMAGE = os.environ.get("CAISSON_ENGINE_DATA_IMAGE", "caisson/data:latest")
MEMORY = 1024 * MIB

# What `data/warm.py` promises.
WARM = ["numpy", "pandas", "matplotlib.pyplot", "PIL.Image", "requests", "scipy.stats", "sklearn"]


class LibrariesTest(AgentCase):
    """What the small look-alikes of `test_results` stand for."""

    @classmethod
    def new_daemon(cls) -> DaemonDouble:
        return DaemonDouble(command(IMAGE, MEMORY))

    def setUp(self) -> None:
        self.renew()

    def test_what_is_warm_is_imported_before_the_code_comes(self) -> None:
        self.assertEqual(
            "[]\n", self.output_of(f"import sys\nprint([name for name in {WARM} if name not in sys.modules])")
        )

    def test_every_library_can_be_imported(self) -> None:
        source = """
            import importlib
            from importlib import metadata
            missing = []
            for name, of in metadata.packages_distributions().items():
                if not name.startswith("_") and name.isidentifier():
                    try:
                        importlib.import_module(name)
                    except ImportError as error:
                        missing.append((name, str(error)))
            print(missing)
            """
        self.assertEqual("[]\n", self.output_of(source))

    def test_the_workspace_is_empty_and_the_environment_that_of_every_sandbox(self) -> None:
        source = "import os, matplotlib.pyplot as plt\nplt.plot([1])\nprint(os.listdir(), 'MPLCONFIGDIR' in os.environ)"
        self.assertEqual("[] False\n<display>", self.output_of(source))

    def test_the_memory_that_is_left_ends_in_an_error_and_not_with_the_sandbox(self) -> None:
        source = """
            import numpy as np
            kept = []
            try:
                while True:
                    kept.append(np.ones(4 << 20))
            except MemoryError:
                print(len(kept) * 32 > 256)
                kept.clear()
            """
        self.assertEqual("True\n", self.output_of(source))

    def test_a_worker_that_follows_another_has_random_numbers_of_its_own(self) -> None:
        source = "import numpy as np\nprint(np.random.random())"
        first = self.output_of(source, keep=True)
        self.assertIsNotNone(self.run_code("import os; os._exit(0)", keep=True).worker_exited)
        self.assertNotEqual(first, self.output_of(source, keep=True))

    def test_processes_compute_with_the_libraries(self) -> None:
        source = """
            import multiprocessing, numpy as np
            def total(n): return int(np.arange(n).sum())
            if __name__ == "__main__":
                for method in ("fork", "spawn"):
                    with multiprocessing.get_context(method).Pool(2) as pool:
                        print(pool.map(total, [3, 4]))
            """
        self.assertEqual("[3, 6]\n[3, 6]\n", self.output_of(source))

    def test_models_are_fitted(self) -> None:
        source = """
            import numpy as np
            from sklearn.ensemble import RandomForestClassifier
            from sklearn.cluster import KMeans
            rows = np.random.default_rng(0).random((300, 4))
            kinds = (rows[:, 0] > 0.5).astype(int)
            print(RandomForestClassifier(n_estimators=10, n_jobs=2).fit(rows, kinds).score(rows, kinds) > 0.9)
            print(KMeans(3, n_init=2).fit(rows).labels_.shape)
            """
        self.assertEqual("True\n(300,)\n", self.output_of(source))

    def test_tables_go_to_files_and_back(self) -> None:
        source = """
            import pandas as pd
            table = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
            table.to_csv("t.csv", index=False); table.to_excel("t.xlsx", index=False)
            print([table.equals(read(name)) for read, name in (
                (pd.read_csv, "t.csv"), (pd.read_excel, "t.xlsx"))])
            """
        self.assertEqual("[True, True]\n", self.output_of(source))

    def test_matplotlib_draws_without_a_screen(self) -> None:
        finished = self.run_code("""
            import matplotlib.pyplot as plt, os
            fig, ax = plt.subplots()
            ax.plot([1, 2])
            plt.show()
            plt.figure(); plt.plot([2, 1])
            print(plt.get_backend().lower(), 'MPLBACKEND' in os.environ, plt.get_fignums())
            fig
            """)
        self.assertEqual("<display>agg False [1]\n<display>", finished.output)
        for shown in (*finished.displays, finished.value_forms):
            self.assertEqual(b"\x89PNG", shown["image/png"][:4])
        self.assertEqual(b"<Figure size 640x480 with 1 Axes>", finished.displays[0]["text/plain"])

    def test_a_backend_that_the_code_chooses_stays(self) -> None:
        source = "import matplotlib; matplotlib.use('svg')\nimport matplotlib.pyplot as plt\nprint(plt.get_backend())"
        self.assertEqual("svg\n", self.output_of(source))

    def test_pandas_frames_are_tables(self) -> None:
        finished = self.run_code("import pandas as pd\npd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})")
        assert finished.ended is not None
        self.assertEqual("   a  b\n0  1  x\n1  2  y", finished.ended["value_repr"])
        self.assertEqual(["text/html"], list(finished.value_forms))
        self.assertIn(b'<table border="1" class="dataframe">', finished.value_forms["text/html"])

    def test_numpy_arrays_say_their_shape(self) -> None:
        finished = self.run_code("import numpy as np\nnp.zeros((2, 2))")
        self.assertEqual(
            {"text/plain": b"array([[0., 0.],\n       [0., 0.]])\nshape (2, 2), dtype float64"}, finished.value_forms
        )
        self.assertEqual(b"", self.run_code("import numpy as np\nnp.array([{}], dtype=object).__class__").value)

    def test_pillow_images_are_images(self) -> None:
        finished = self.run_code("from PIL import Image\ni = Image.new('RGB', (3, 4), 'red')\ni.show()\ni")
        for shown in (*finished.displays, finished.value_forms):
            self.assertEqual(b"\x89PNG", shown["image/png"][:4])
            self.assertNotIn("image/jpeg", shown)
        self.assertEqual(1, len(finished.displays))

    def test_a_printed_picture_that_few_can_show_is_shown_as_png(self) -> None:
        finished = self.run_code("""
            from PIL import Image
            Image.new('RGB', (3, 4), 'red').save('a.bmp')
            Image.new('CMYK', (3, 4)).save('b.tif')
            Image.new('F', (2000, 10)).save('c.tiff')
            print('a.bmp b.tif c.tiff')
            """)
        self.assertEqual(b"", bytes(finished.stderr))
        self.assertEqual([b"a.bmp", b"b.tif", b"c.tiff"], [shown["text/plain"] for shown in finished.displays])
        for shown in finished.displays:
            self.assertEqual(b"\x89PNG", shown["image/png"][:4])

    def test_plotly_figures_are_json(self) -> None:
        finished = self.run_code("""
            import plotly.graph_objects as go
            fig = go.Figure(data=[go.Bar(y=[2, 3])])
            fig.show()
            fig
            """)
        for shown in (*finished.displays, finished.value_forms):
            figure = json.loads(shown["application/vnd.plotly.v1+json"])
            self.assertEqual("bar", figure["data"][0]["type"])
        self.assertEqual(b"", bytes(finished.stderr))

    def test_a_progress_bar_streams_as_it_is_drawn(self) -> None:
        finished = self.run_code("from tqdm import tqdm\nfor _ in tqdm(range(3), mininterval=0): pass")
        self.assertGreaterEqual(finished.stderr.count(b"\r"), 3)
        self.assertIn(b"| 3/3 [", finished.stderr)
