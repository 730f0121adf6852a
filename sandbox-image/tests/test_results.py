"""What a run shows and what it results in, beside its output."""

from __future__ import annotations

import json
import shutil
import tempfile
import textwrap
from pathlib import Path

from agent import _bundles
from agent._bundles import bundle_of
from agent._display import DISPLAY_BYTES

from .agent_case import AgentCase
from .daemon_double import DaemonDouble, Finished

# A value with every form there is.
RICH = """
class Rich:
    def __repr__(self): return 'Rich!'
    def _repr_html_(self): return '<b>rich</b>'
    def _repr_markdown_(self): return '**rich**'
    def _repr_svg_(self): return '<svg/>'
    def _repr_png_(self): return b'\\x89PNG', {'width': 3}
    def _repr_jpeg_(self): raise AssertionError('not asked: there is a PNG')
    def _repr_latex_(self): return '$rich$'
    def _repr_json_(self): return {'rich': [True]}
"""
FORMS = {
    "text/html": b"<b>rich</b>",
    "text/markdown": b"**rich**",
    "image/svg+xml": b"<svg/>",
    "image/png": b"\x89PNG",
    "text/latex": b"$rich$",
    "application/json": b'{"rich":[true]}',
}


class DisplayTest(AgentCase):
    def shown(self, source: str) -> Finished:
        finished = self.run_code(source)
        assert finished.ended is not None, finished
        self.assertEqual("completed", finished.ended["how"], finished)
        return finished

    def test_a_display_comes_in_order_with_all_output(self) -> None:
        finished = self.shown("""
            import subprocess, sys
            print('a')
            display(1)
            subprocess.run(['echo', 'b'])
            display(2)
            print('c', file=sys.stderr)
            display(3)
            """)
        self.assertEqual("a\n<display>b\n<display>c\n<display>", finished.output)
        self.assertEqual([b"1", b"2", b"3"], [shown["text/plain"] for shown in finished.displays])

    def test_every_form_of_a_value_is_shown_beside_its_text(self) -> None:
        finished = self.shown(RICH + "display(Rich())")
        self.assertEqual([{"text/plain": b"Rich!", **FORMS}], finished.displays)
        self.assertEqual({"width": 3}, finished.metadata[0]["image/png"])
        self.assertEqual(b"", bytes(finished.stderr))

    def test_a_large_display_comes_in_many_frames(self) -> None:
        finished = self.shown("""
            class Large:
                def _repr_png_(self): return bytes(range(256)) * 4000
            display(Large(), Large())
            print('after')
            """)
        self.assertEqual([bytes(range(256)) * 4000] * 2, [shown["image/png"] for shown in finished.displays])
        self.assertEqual("<display><display>after\n", finished.output)

    def test_threads_that_display_at_once_do_not_mix(self) -> None:
        finished = self.shown("""
            from concurrent.futures import ThreadPoolExecutor
            class Large:
                def __init__(self, letter): self.letter = letter
                def _repr_png_(self): return self.letter * 50_000
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda i: (display(Large(b'%d' % i)), print(i)), range(8)))
            """)
        self.assertEqual({b"%d" % i * 50_000 for i in range(8)}, {shown["image/png"] for shown in finished.displays})

    def test_a_form_that_fails_leaves_the_others_and_a_word(self) -> None:
        finished = self.shown("""
            class Broken:
                def __repr__(self): return 'broken'
                def _repr_html_(self): raise ValueError('no table')
                def _repr_png_(self): raise SystemExit('no image')
                def _repr_json_(self): return {1j}
            display(Broken())
            Broken()
            """)
        self.assertEqual([{"text/plain": b"broken"}], finished.displays)
        self.assertIn(b"display: Broken: _repr_html_ raised ValueError: no table\n", finished.stderr)
        self.assertIn(b"display: Broken: _repr_png_ raised SystemExit: no image\n", finished.stderr)
        self.assertIn(b"display: Broken: _repr_json_ raised TypeError", finished.stderr)
        self.assertEqual(2, finished.stderr.count(b"no table"))
        self.assertEqual({}, finished.value_forms)

    def test_a_form_that_is_too_large_is_left_out(self) -> None:
        finished = self.shown(f"""
            class Huge:
                def _repr_png_(self): return bytes({DISPLAY_BYTES})
                def _repr_html_(self): return 'small'
            display(Huge())
            """)
        self.assertEqual({"text/plain", "text/html"}, finished.displays[0].keys())
        self.assertIn(b"image/png of 3,145,728 bytes is left out: 3,080,192 are allowed", finished.stderr)

    def test_a_bundle_can_be_given_raw(self) -> None:
        finished = self.shown("""
            display({'text/html': '<i>', 'application/json': [1], 'IMAGE/PNG': 'AAEC'}, raw=True, metadata={
                'text/html': {'isolated': True}})
            display({'no mime': 'x'}, raw=True)
            """)
        self.assertEqual([{"text/html": b"<i>", "application/json": b"[1]", "image/png": b"\0\1\2"}], finished.displays)
        self.assertEqual({"isolated": True}, finished.metadata[0]["text/html"])
        self.assertIn(b"'no mime' is not a MIME type", finished.stderr)

    def test_display_is_a_name_of_the_run_and_of_the_module(self) -> None:
        self.assertEqual("7", self.shown("display = 7\nprint(display, end='')").output)
        self.assertEqual("<display>", self.shown("import caisson; caisson.display(1)").output)

    def test_a_forked_child_shows_the_text(self) -> None:
        finished = self.shown("""
            import os
            if os.fork() == 0:
                display([1, 2])
                os._exit(0)
            os.wait()
            """)
        self.assertEqual("[1, 2]\n", finished.output)

    def test_what_a_thread_shows_after_the_run_is_dropped(self) -> None:
        self.renew()
        self.run_code(
            """
            import threading
            gate = threading.Event()
            def later():
                gate.wait()
                display('late')
                gone.set()
            gone = threading.Event()
            threading.Thread(target=later).start()
            """,
            keep=True,
        )
        finished = self.run_code("gate.set(); gone.wait(); print('x')", keep=True)
        self.assertEqual("<display>x\n", finished.output)
        self.renew()


class ValueTest(AgentCase):
    def test_a_value_is_asked_for_its_repr_once_however_long_it_is(self) -> None:
        for result in ("'x' * 5_000", "1 / 0"):
            with self.subTest(result):
                finished = self.run_code(f"""
                    class Asked:
                        def __repr__(self):
                            print('asked')
                            return {result}
                    Asked()
                    """)
                self.assertEqual("asked\n", finished.output)

    def test_the_last_expression_has_its_forms(self) -> None:
        finished = self.run_code(RICH + "Rich()")
        assert finished.ended is not None
        self.assertEqual("Rich!", finished.ended["value_repr"])
        self.assertEqual(FORMS, finished.value_forms)
        self.assertEqual(b"", finished.value)

    def test_a_value_can_have_json_and_forms(self) -> None:
        finished = self.run_code("class Rows(list):\n  def _repr_html_(self): return '<table>'\nRows([1])")
        self.assertEqual((b"[1]", {"text/html": b"<table>"}), (finished.value, finished.value_forms))

    def test_the_methods_are_those_of_the_type(self) -> None:
        finished = self.run_code("class Any:\n  def __getattr__(self, name): return lambda *a, **k: 'x'\nAny()")
        self.assertEqual({}, finished.value_forms)
        self.assertEqual(b"", bytes(finished.stderr))

    def test_a_mime_bundle_comes_before_single_methods(self) -> None:
        finished = self.run_code("""
            class Both:
                def _repr_mimebundle_(self, include=None, exclude=None):
                    return {'text/html': 'bundle', 'application/x.y+json': {'a': None}}, {'text/html': {'k': 1}}
                def _repr_html_(self): return 'single'
            Both()
            """)
        self.assertEqual({"text/html": b"bundle", "application/x.y+json": b'{"a":null}'}, finished.value_forms)

    def test_forms_that_do_not_fit_are_left_out_largest_first(self) -> None:
        forms = {f"text/x-{i}": "x" * i for i in range(1, 20)}

        class Many:
            def _repr_mimebundle_(self, **_wanted: object) -> dict[str, str]:
                return forms

        parts, complaints = bundle_of(Many(), 40)
        self.assertEqual([f"text/x-{i}" for i in range(1, 9)], [part.mime for part in parts])
        self.assertEqual(11, len(complaints))
        self.assertEqual(_bundles.PARTS, len(bundle_of(Many(), 4000).parts))

    def test_json_that_nobody_reads_is_refused(self) -> None:
        deep: list[object] = []
        for _ in range(70):
            deep = [deep]

        class Deep:
            def _repr_json_(self) -> list[object]:
                return deep

        class Nan:
            def _repr_json_(self) -> float:
                return float("nan")

        for value in (Deep(), Nan()):
            self.assertEqual([], bundle_of(value, 4000).parts)
        self.assertEqual(b"[1]", bundle_of(type("Fine", (), {"_repr_json_": lambda self: [1]})(), 99).parts[0].data)

    def test_metadata_is_small_or_none(self) -> None:
        class Wordy:
            def _repr_html_(self) -> tuple[str, dict[str, str]]:
                return "x", {"words": "w" * 5000}

        self.assertEqual({}, bundle_of(Wordy(), 4000).parts[0].metadata)

    def test_metadata_that_nobody_reads_is_none(self) -> None:
        deep: dict[str, object] = {}
        for _ in range(70):
            deep = {"deep": deep}
        for metadata in ({"nan": float("nan")}, {"object": object()}, deep, {1j: 1}):
            with self.subTest(metadata):
                given = type("Given", (), {"_repr_html_": lambda self, found=metadata: ("x", found)})()
                self.assertEqual([(b"x", {})], [part[1:] for part in bundle_of(given, 4000).parts])

    def test_a_mime_type_is_ascii(self) -> None:
        bundle = bundle_of(type("Odd", (), {"_repr_mimebundle_": lambda self, **_: {"text/\u212aelvin": "x"}})(), 4000)
        self.assertEqual([], bundle.parts)
        self.assertIn("is not a MIME type", bundle.complaints[0])

    def test_result_is_the_value_without_a_last_expression(self) -> None:
        for source, value in (
            ("result = [1]", b"[1]"),
            ("if True:\n  result = 2", b"2"),
            ("result = 3\nresult", b"3"),
            ("result = 4\n5", b"5"),
            ("result = 6\nprint()", b""),
            ("def result(): pass", b""),
            ("import json as result", b""),
            ("result = None", b""),
            ("import asyncio\nresult = await asyncio.sleep(0, 7)\nx = 1", b"7"),
            ("def f():\n  global result\n  result = 8\nf()\nx = 1", b"8"),
        ):
            with self.subTest(source):
                self.assertEqual(value, self.run_code(source).value)

    def test_in_a_session_only_the_result_of_this_run_counts(self) -> None:
        self.renew()
        self.assertEqual(b"1", self.run_code("result = 1", keep=True).value)
        self.assertEqual(b"", self.run_code("x = result", keep=True).value)
        self.assertEqual(b"1", self.run_code("result = 1", keep=True).value)
        self.assertEqual(b"2", self.run_code("globals()['result'] = 2", keep=True).value)
        self.renew()

    def test_images_of_tools_are_images(self) -> None:
        finished = self.run_code("from caisson import Image\nImage(b'GIF', 'image/gif')")
        self.assertEqual({"image/gif": b"GIF"}, finished.value_forms)

    def test_an_array_says_its_shape_and_type(self) -> None:
        finished = self.run_code("""
            import sys, types
            numpy = sys.modules['numpy'] = types.ModuleType('numpy')
            class ndarray:
                shape, dtype = (2, 3), 'int64'
                def __repr__(self): return 'array(...)'
            numpy.ndarray = ndarray
            ndarray()
            """)
        self.assertEqual({"text/plain": b"array(...)\nshape (2, 3), dtype int64"}, finished.value_forms)

    def test_an_array_of_hundreds_of_columns_says_the_beginning_of_its_type(self) -> None:
        finished = self.run_code("""
            import sys, types
            numpy = sys.modules['numpy'] = types.ModuleType('numpy')
            class ndarray:
                shape, dtype = (3,), [(f'column {n}', '<f8') for n in range(500)]
                def __repr__(self): return 'array(...)'
            numpy.ndarray = ndarray
            ndarray()
            """)
        text = finished.value_forms["text/plain"].decode()
        self.assertTrue(text.startswith("array(...)\nshape (3,), dtype [('column 0', '<f8')"), text)
        self.assertLess(len(text), 1000)

    def test_an_interrupt_while_a_value_is_formed_ends_the_run(self) -> None:
        finished = self.run_code("""
            import os, signal
            class Slow:
                def _repr_html_(self): os.kill(os.getpid(), signal.SIGINT); return 'x'
            Slow()
            """)
        self.assertEqual("KeyboardInterrupt", finished.exception["type"])


# As much of the libraries as is touched.
LIBRARIES = {
    "matplotlib/__init__.py": "",
    "matplotlib/figure.py": """
class Figure:
    def __init__(self, name): self.name = name
    def __repr__(self): return f'<Figure {self.name}>'
    def savefig(self, file, format, bbox_inches): file.write(b'PNG of ' + self.name)
""",
    "matplotlib/pyplot.py": """
from matplotlib.figure import Figure
class RC(dict):
    def _get_backend_or_none(self): return self.get('backend')
rcParams = RC()
figures = {}
def figure(name): return figures.setdefault(name, Figure(name))
def get_fignums(): return list(figures)
def close(what): figures.clear()
def show(): raise AssertionError('no screen')
""",
    "PIL/__init__.py": "",
    "PIL/Image.py": """
import builtins
class Image:
    has_transparency_data = False
    def show(self, title=None): raise AssertionError('no screen')
    def _repr_png_(self): return b'pixels'
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def thumbnail(self, size): self.size = size
    def convert(self, mode):
        self.mode = mode
        return self
    def save(self, file, format): file.write(f'{self.mode} {self.size} as {format}'.encode())
def open(path):
    image = Image()
    with builtins.open(path) as file:
        image.mode = file.read()
    if not image.mode: raise OSError('no picture')
    return image
""",
    "plotly/__init__.py": "",
    "plotly/basedatatypes.py": """
class BaseFigure:
    def show(self): raise AssertionError('no browser')
    def to_json(self): return '{"data":[]}'
""",
}


class PlotsTest(AgentCase):
    def setUp(self) -> None:
        self.renew()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, text in LIBRARIES.items():
            file = Path(folder.name, name)
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
        self.start = f"import os, sys; sys.path.insert(0, {folder.name!r})\n"

    def test_open_figures_are_shown_at_the_end_and_closed(self) -> None:
        finished = self.run_code(
            self.start + "import matplotlib.pyplot as plt\nplt.figure(b'1'); plt.figure(b'2')\nprint('x')"
        )
        self.assertEqual("x\n<display><display>", finished.output)
        self.assertEqual([b"PNG of 1", b"PNG of 2"], [shown["image/png"] for shown in finished.displays])

    def test_a_figure_that_is_the_value_is_shown_once(self) -> None:
        finished = self.run_code(self.start + "import matplotlib.pyplot as plt\nplt.figure(b'1')\nplt.figure(b'2')")
        self.assertEqual([b"PNG of 1"], [shown["image/png"] for shown in finished.displays])
        self.assertEqual({"image/png": b"PNG of 2"}, finished.value_forms)

    def test_show_shows_at_once(self) -> None:
        finished = self.run_code(
            self.start
            + """
from matplotlib import pyplot as plt
plt.figure(b'1')
plt.show()
print('between')
plt.figure(b'2')
plt.show(block=True)
x = plt.rcParams['backend'], 'MPLBACKEND' in os.environ, type(plt.__loader__).__name__, plt.__spec__.loader is plt.__loader__
print(x)
"""
        )
        self.assertEqual("<display>between\n<display>('agg', False, 'SourceFileLoader', True)\n", finished.output)

    def test_figures_of_a_run_that_fails_are_shown_too(self) -> None:
        finished = self.run_code(self.start + "import matplotlib.pyplot as plt\nplt.figure(b'1'); 1 / 0")
        self.assertEqual("ZeroDivisionError", finished.exception["type"])
        self.assertEqual(1, len(finished.displays))

    def test_a_figure_that_cannot_be_drawn_is_said(self) -> None:
        finished = self.run_code(self.start + "import matplotlib.pyplot as plt\nplt.figure(3)")
        self.assertIn(b"display: Figure: savefig raised TypeError", finished.stderr)
        assert finished.ended is not None
        self.assertEqual("<Figure 3>", finished.ended["value_repr"])

    def test_a_chosen_backend_stays(self) -> None:
        source = self.start + "import matplotlib.pyplot as plt\nprint(plt.rcParams.get('backend'))"
        self.assertEqual("None\n", self.output_of(source, environment={"MPLBACKEND": "svg"}))

    def test_images_and_plotly_figures_show_themselves(self) -> None:
        finished = self.run_code(
            self.start
            + """
from PIL.Image import Image
from plotly.basedatatypes import BaseFigure
Image().show(); BaseFigure().show()
BaseFigure()
"""
        )
        self.assertEqual(b"pixels", finished.displays[0]["image/png"])
        self.assertEqual({"data": []}, json.loads(finished.displays[1]["application/vnd.plotly.v1+json"]))
        self.assertEqual({"application/vnd.plotly.v1+json": b'{"data":[]}'}, finished.value_forms)

    def test_an_interrupt_while_figures_are_drawn_ends_the_run(self) -> None:
        finished = self.run_code(
            self.start
            + """
import matplotlib.pyplot as plt, signal
class Slow(bytes):
    def __radd__(self, other): os.kill(os.getpid(), signal.SIGINT); return other
plt.figure(Slow(b'1'))
x = 1
"""
        )
        self.assertEqual("KeyboardInterrupt", finished.exception["type"])


class PrintedPicturesTest(AgentCase):
    workspace: str

    @classmethod
    def new_daemon(cls) -> DaemonDouble:
        cls.workspace = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.workspace)
        return DaemonDouble(folder=cls.workspace)

    def setUp(self) -> None:
        self.renew()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name in ("PIL/__init__.py", "PIL/Image.py"):
            file = Path(folder.name, name)
            file.parent.mkdir(exist_ok=True)
            file.write_text(LIBRARIES[name])
        self.start = f"import os, sys; sys.path.insert(0, {folder.name!r})\n"

    def shown(self, source: str) -> list[tuple[bytes, bytes]]:
        finished = self.run_code(self.start + textwrap.dedent(source))
        assert finished.ended is not None
        self.assertEqual("completed", finished.ended["how"], finished.ended)
        return [(shown["text/plain"], shown["image/png"]) for shown in finished.displays]

    def test_a_picture_that_is_named_is_shown_as_png_at_the_end_and_once(self) -> None:
        finished = self.run_code(
            self.start
            + "open('a.bmp', 'w').write('RGB')\nprint('saved a.bmp.')\nprint(os.path.abspath('a.bmp'), 'it is')"
        )
        self.assertTrue(finished.output.endswith("it is\n<display>"), finished.output)
        self.assertEqual([{"text/plain": b"a.bmp", "image/png": b"RGB (1600, 1600) as png"}], finished.displays)

    def test_names_stand_in_quotes_and_sentences(self) -> None:
        self.assertEqual(
            [b"a.bmp", b"b/c.TIFF", b"d.ico", b"e.ppm"],
            [
                name
                for name, _ in self.shown("""
                    os.mkdir('b')
                    for name in ('a.bmp', 'b/c.TIFF', 'd.ico', 'e.ppm', 'f.bmps', 'g.png'):
                        open(name, 'w').write('L')
                    print("see 'a.bmp'; (b/c.TIFF), file=d.ico", f"file://{os.getcwd()}/e.ppm f.bmps g.png", file=sys.stderr)
                    """)
            ],
        )

    def test_modes_that_png_lacks_are_converted(self) -> None:
        self.assertEqual(
            [(b"a.tif", b"RGB (1600, 1600) as png")],
            self.shown("open('a.tif', 'w').write('CMYK'); print('a.tif')"),
        )

    def test_transparency_is_kept(self) -> None:
        self.assertEqual(
            [(b"a.tif", b"RGBA (1600, 1600) as png")],
            self.shown(
                "open('a.tif', 'w').write('PA'); print('a.tif')\nimport PIL.Image; PIL.Image.Image.has_transparency_data = True"
            ),
        )

    def test_nothing_outside_the_workspace_is_shown(self) -> None:
        Path(self.folder, "out.bmp").write_text("RGB")
        self.assertEqual(
            [],
            self.shown(f"""
                os.symlink({self.folder!r} + '/out.bmp', 'link.bmp')
                print({self.folder!r} + '/out.bmp', 'link.bmp', '../out.bmp', 'none.bmp')
                os.mkdir('folder.bmp'); print('folder.bmp')
                """),
        )

    def test_what_is_no_picture_is_left_alone(self) -> None:
        self.assertEqual(
            [(b"b.bmp", b"L (1600, 1600) as png")],
            self.shown("open('a.bmp', 'w'); open('b.bmp', 'w').write('L'); print('a.bmp b.bmp')"),
        )

    def test_a_huge_file_is_left_alone(self) -> None:
        self.assertEqual(
            [],
            self.shown("open('a.bmp', 'w').write('L'); os.truncate('a.bmp', (64 << 20) + 1); print('a.bmp')"),
        )

    def test_ten_are_shown(self) -> None:
        shown = self.shown("""
            for number in range(12):
                open(f'{number}.bmp', 'w').write('L')
                print(f'{number}.bmp')
            """)
        self.assertEqual([f"{number}.bmp".encode() for number in range(10)], [name for name, _ in shown])

    def test_without_pillow_nothing_is_shown(self) -> None:
        self.assertEqual([], self.shown("sys.modules['PIL'] = None; open('a.bmp', 'w').write('L'); print('a.bmp')"))

    def test_a_failed_run_shows_them_too(self) -> None:
        finished = self.run_code(self.start + "open('a.bmp', 'w').write('L'); print('a.bmp'); 1 / 0")
        self.assertEqual("ZeroDivisionError", finished.exception["type"])
        self.assertEqual([b"a.bmp"], [shown["text/plain"] for shown in finished.displays])

    def test_each_run_has_its_own(self) -> None:
        self.shown("open('a.bmp', 'w').write('L'); print('a.bmp')")
        self.assertEqual([], self.shown("print('nothing')"))
