"""Results of the libraries themselves: `python3 -m unittest tests.libraries`, where Python has them.

Not among the tests that are found by themselves, because the base image has none of these libraries.
"""

from __future__ import annotations

import json

from .agent_case import AgentCase


class LibrariesTest(AgentCase):
    """What the small look-alikes of `test_results` stand for."""

    def setUp(self) -> None:
        self.renew()

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
