# The program of the tool create_plot, run in the caller's session among the caller's names. It makes two names, and
# its last line takes them away again before anything is read or drawn; so whatever it needs is in these classes.
# sys.argv[1] is the request as JSON. The value is the answer: a dict, and an image too when there is a plot.


class __caisson_table__:
    """Columns of equal length under their names, perhaps with a label for each row."""

    class Unfit(Exception):
        """There is nothing to draw; the text is for whoever asked."""

    NAMED = 20
    SHOWN = 60
    NO_NUMBER = ("", "na", "n/a", "nan", "null", "none")
    NUMERIC = "biuf"  # the kinds of numpy's types that are

    def __init__(self, source, columns, labels=None, label_name=None):
        self.source = source
        self.columns = columns
        self.labels = labels
        self.label_name = label_name
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{self.shown(name)} has {length}" for name, length in list(lengths.items())[: self.NAMED])
            raise self.Unfit(f"the columns of {source} differ in length: {told}")
        self.rows = max(lengths.values(), default=0)
        if not self.rows:
            raise self.Unfit(f"{source} has no rows")

    # ---- files ----

    @classmethod
    def read(cls, path, place):
        """The table in a file of the workspace."""
        import csv
        import json
        import os

        source = cls.shown(path)
        stem, ending = os.path.splitext(os.path.basename(path))
        ending = ending.lower()
        try:
            if ending in (".csv", ".tsv", ".txt"):
                return cls.of_csv(place, source)
            if ending not in (".json", ".jsonl", ".ndjson"):
                raise cls.Unfit(
                    f"{source} is neither .csv nor .json: read it in run_code and give the variable instead"
                )
            with open(place, encoding="utf-8-sig") as file:
                if ending == ".json":
                    return cls.of(json.load(file), source, stem)
                return cls.of([json.loads(line) for line in file if line.strip()], source, stem)
        except UnicodeDecodeError:
            raise cls.Unfit(f"{source} is not UTF-8: read it in run_code and give the variable instead") from None
        except (ValueError, csv.Error) as error:
            kind = "JSON" if "js" in ending else "CSV"
            raise cls.Unfit(f"{source} cannot be read as {kind}: {cls.first_line(error)}") from None

    @classmethod
    def of_csv(cls, place, source):
        """With pandas where it is, which is many times faster."""
        with open(place, encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            separator = max(",;\t|", key=header.count)
            try:
                import pandas
            except ImportError:
                return cls.of_lines(header, file, separator, source)
        frame = pandas.read_csv(
            place, sep=separator, encoding="utf-8-sig", index_col=False, skipinitialspace=True, low_memory=False
        )
        return cls(source, {str(name).strip(): frame.iloc[:, column] for column, name in enumerate(frame.columns)})

    @classmethod
    def of_lines(cls, header, file, separator, source):
        import csv
        import itertools

        lines = csv.reader(itertools.chain([header], file), delimiter=separator, skipinitialspace=True)
        names = [name.strip() or f"Unnamed: {column}" for column, name in enumerate(next(lines, []))]
        rows = []
        for row in lines:
            if len(row) > len(names):
                raise csv.Error(f"line {lines.line_num} has {len(row)} values, the first line {len(names)}")
            if row:
                rows.append(row + [None] * (len(names) - len(row)))
        return cls(source, dict(zip(names, zip(*rows)))) if rows else cls(source, {})

    # ---- values ----

    @classmethod
    def of(cls, value, source, name):
        """The table that a value is. `name` is that of a column that has none."""
        import sys
        from collections.abc import Collection, Mapping

        pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
        if pandas is not None and isinstance(value, pandas.DataFrame):
            columns = {}
            for column, called in enumerate(value.columns):
                columns.setdefault(str(called), value.iloc[:, column])
            # The numbers that rows keep when others are left out say nothing.
            plain = value.index.name is None and value.index.dtype.kind in "iu"
            return cls(source, columns, *((None, None) if plain else cls.index_of(value)))
        if pandas is not None and isinstance(value, pandas.Series):
            called = name if value.name is None else value.name
            return cls(source, {str(called): value}, *cls.index_of(value))
        if numpy is not None and isinstance(value, numpy.ndarray):
            return cls.of_array(value, source, name)
        if isinstance(value, Mapping):
            return cls.of_mapping(value, source, name)
        if isinstance(value, str | bytes) or not isinstance(value, Collection):
            raise cls.Unfit(
                f"{source} is of the type {cls.cut(type(value).__name__)}; what can be drawn is a DataFrame, a Series,"
                " an array, a dict of lists or of numbers, a list of dicts, of pairs or of numbers"
            )
        return cls.of_items(list(value), source, name)

    @classmethod
    def index_of(cls, value):
        """The labels of the rows and their name, unless they only count them."""
        index = value.index
        if type(index).__name__ == "RangeIndex" and index.name is None:
            return None, None
        labels = [" ".join(map(str, label)) if isinstance(label, tuple) else label for label in index.tolist()]
        return labels, None if index.name is None else str(index.name)

    @classmethod
    def of_array(cls, value, source, name):
        if value.ndim == 1:
            return cls(source, {called: value[called] for called in value.dtype.names or ()} or {name: value})
        if value.ndim != 2:
            raise cls.Unfit(f"{source} has {value.ndim} dimensions; an array can be drawn that has 1 or 2")
        return cls(source, dict(zip(cls.names(value.shape[1], name), value.T)))

    @classmethod
    def of_mapping(cls, value, source, name):
        from collections.abc import Mapping, Sized

        def is_rows(one):
            return isinstance(one, list) and bool(one) and all(isinstance(row, Mapping) for row in one)

        tables = [one for one in value.values() if is_rows(one)]
        if len(tables) == 1:
            return cls.of_items(tables[0], source, name)
        lists = [isinstance(one, Sized) and not isinstance(one, str | bytes | Mapping) for one in value.values()]
        if lists and all(lists):
            return cls(
                source,
                {str(called): one if hasattr(one, "dtype") else list(one) for called, one in value.items()},
            )
        if any(lists) or any(isinstance(one, Mapping) for one in value.values()):
            raise cls.Unfit(f"{source} is a dict, but neither of lists (its columns) nor of numbers (one for each key)")
        return cls(source, {name: list(value.values())}, list(value))

    @classmethod
    def of_items(cls, items, source, name):
        from collections.abc import Mapping

        if items and all(isinstance(item, Mapping) for item in items):
            names = dict.fromkeys(called for item in items for called in item)
            return cls(source, {str(called): [item.get(called) for item in items] for called in names})
        if items and all(isinstance(item, list | tuple) or hasattr(item, "tolist") and item.ndim for item in items):
            widths = {len(item) for item in items}
            if len(widths) > 1:
                raise cls.Unfit(f"the rows of {source} differ in length: from {min(widths)} to {max(widths)} values")
            names = getattr(items[0], "_fields", None) or cls.names(len(items[0]), name)
            return cls(source, dict(zip(names, zip(*items))))
        return cls(source, {name: items})

    @staticmethod
    def names(width, name):
        return [name] if width == 1 else ["x", "y"] if width == 2 else [str(column) for column in range(width)]

    # ---- columns ----

    def column(self, name):
        """The values of a column; the labels count as one."""
        if name in self.columns:
            return self.columns[name]
        if name == self.label_name:
            return self.labels
        raise self.Unfit(
            f"there is no column {self.shown(name)} in {self.source}{self.nearest(name, self.columns) or '.'}"
            f" Its columns are {self.named(self.columns)}"
        )

    def numeric(self, but):
        """The names of the columns that have numbers."""
        found = [name for name, values in self.columns.items() if name != but and self.is_numeric(values)]
        if not found:
            rest = f" beside {self.shown(but)}" if but in self.columns else ""
            raise self.Unfit(f"{self.source} has no numeric column{rest}; its columns are {self.named(self.columns)}")
        return found

    def is_numeric(self, values):
        kind = getattr(getattr(values, "dtype", None), "kind", "O")
        if kind != "O":
            return kind in self.NUMERIC
        numbers = [self.number(value) for value in values]
        return None not in numbers and any(number == number for number in numbers)

    def numbers(self, name, step):
        """Every so many a value of a column as floats; nan where there is none."""
        found = []
        for place, value in enumerate(self.listed(self.column(name), step)):
            number = self.number(value)
            if number is None:
                raise self.Unfit(
                    f"column {self.shown(name)} of {self.source} is not numeric:"
                    f" row {place * step + 1} is {self.shown(value)}"
                )
            found.append(number)
        if all(number != number for number in found):
            raise self.Unfit(f"column {self.shown(name)} of {self.source} has no numbers")
        return found

    @classmethod
    def number(cls, value):
        """A value as a float, nan when it is missing or infinite; None when it is no number."""
        import math
        from decimal import Decimal
        from numbers import Real

        if cls.is_missing(value) or isinstance(value, str) and value.strip().lower() in cls.NO_NUMBER:
            return math.nan
        if not isinstance(value, str | Real | Decimal):
            return None
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return None
        return number if math.isfinite(number) else math.nan

    @staticmethod
    def is_missing(value):
        if value is None or type(value).__name__ in ("NAType", "NaTType"):
            return True
        return isinstance(value, float) and value != value or isinstance(value, str) and not value.strip()

    @staticmethod
    def listed(values, step):
        """As Python's own values."""
        if hasattr(values, "iloc"):
            return values.iloc[::step].tolist()
        if not hasattr(values, "tolist"):
            return list(values[::step])
        # Those with nanoseconds would become numbers.
        return (values.astype("datetime64[us]") if values.dtype.kind == "M" else values)[::step].tolist()

    # ---- words ----

    @classmethod
    def nearest(cls, wanted, names):
        """The names that may have been meant, as a question."""
        import difflib

        folded = {}
        for name in names:
            folded.setdefault(name.casefold(), name)
        near = [folded[match] for match in difflib.get_close_matches(wanted.casefold(), list(folded), 3)]
        return f": did you mean {' or '.join(map(cls.shown, near))}?" if near else ""

    @classmethod
    def named(cls, names):
        names = list(names)
        more = f" and {len(names) - cls.NAMED} more" if len(names) > cls.NAMED else ""
        return ", ".join(map(cls.shown, names[: cls.NAMED])) + more if names else "none"

    @classmethod
    def shown(cls, value):
        return cls.cut(repr(value))

    @classmethod
    def cut(cls, text):
        return text if len(text) <= cls.SHOWN else text[: cls.SHOWN] + "…"

    @staticmethod
    def first_line(error):
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return lines[0][:300]


class __caisson_plot__:
    """What is asked for, and how it is drawn."""

    WORKSPACE = "/workspace"
    MOST_ROWS = {"line": 100_000, "scatter": 100_000, "histogram": 1_000_000}
    MOST_BARS = 200
    MOST_SERIES = 20
    MOST_TICKS = 30
    MOST_WARNINGS = 5

    class Drawn(dict):
        """The answer when there is a plot."""

        png = b""

        def _repr_png_(self):
            return self.png

    def __init__(self, table_kind):
        import json
        import sys

        self.table_kind = table_kind
        self.Unfit = table_kind.Unfit
        self.shown = table_kind.shown
        self.asked = json.loads(sys.argv[1])
        self.kind = self.asked["kind"]
        self.notes = []

    def answer(self):
        import warnings

        had_registry = "__warningregistry__" in globals()
        try:
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                answer = self.drawn()
            # Such as: a character that is in no font.
            told = dict.fromkeys(self.table_kind.first_line(one.message) for one in warned)
            self.notes += list(told)[: self.MOST_WARNINGS]
            return answer
        except self.Unfit as unfit:
            return {"error": str(unfit)}
        except MemoryError:
            return {"error": "the memory of the session has no room for this: plot fewer rows or columns"}
        except Exception as error:
            return {"error": f"the plot failed: {type(error).__name__}: {self.table_kind.first_line(error)}"}
        finally:
            if not had_registry:
                globals().pop("__warningregistry__", None)

    def drawn(self):
        import io

        try:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure
        except ModuleNotFoundError as error:
            if error.name != "matplotlib":
                raise
            return {"missing": "matplotlib"}
        if self.asked["path"]:
            self.place(self.asked["path"])
        table = self.table()
        # Without pyplot, which would know of the figure for as long as the session lives.
        figure = Figure(figsize=(8, 5), layout="constrained")
        FigureCanvasAgg(figure)
        summary = self.draw(table, figure.add_subplot())
        image = io.BytesIO()
        figure.savefig(image, format="png", dpi=100)
        drawn = self.Drawn(path=self.save(image.getvalue()), size=image.tell(), summary=summary, notes=self.notes)
        drawn.png = image.getvalue()
        return drawn

    # ---- the workspace ----

    def place(self, path):
        """Where a path leads. It has to be in the workspace."""
        import os

        home = os.path.realpath(self.WORKSPACE)
        place = os.path.realpath(os.path.join(home, path))
        if not place.startswith(home + os.sep):
            raise self.Unfit(f"{self.shown(path)} leads out of the workspace: give a path relative to it")
        return place

    def save(self, image):
        """Writes the file, all at once, and gives its path relative to the workspace."""
        import contextlib
        import os

        home = os.path.realpath(self.WORKSPACE)
        place = self.place(self.asked["path"] or "plot.png")
        part = os.path.join(os.path.dirname(place), f".{os.path.basename(place)}.part")
        try:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(part, "wb") as file:
                file.write(image)
            if self.asked["path"]:
                os.replace(part, place)
            else:
                place = self.link(part, home)
                os.unlink(part)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(part)
            path = self.shown(os.path.relpath(place, home))
            raise self.Unfit(f"{path} cannot be written: {error.strerror or error}") from None
        return os.path.relpath(place, home)

    @staticmethod
    def link(part, home):
        """Gives a file the first name that nothing has."""
        import itertools
        import os

        for number in itertools.count():
            place = os.path.join(home, f"plot-{number}.png" if number else "plot.png")
            try:
                os.link(part, place)
                return place
            except FileExistsError:
                continue

    # ---- the data ----

    def table(self):
        return self.of_variable(self.asked["variable"]) if self.asked["variable"] else self.of_file(self.asked["file"])

    def of_file(self, path):
        import os

        place = self.place(path)
        if os.path.isfile(place):
            return self.table_kind.read(path, place)
        if os.path.exists(place):
            raise self.Unfit(f"{self.shown(path)} is no file")
        home = os.path.realpath(self.WORKSPACE)
        folder = os.path.dirname(place)
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        paths = [os.path.relpath(os.path.join(folder, name), home) for name in names]
        near = self.table_kind.nearest(os.path.relpath(place, home), paths)
        raise self.Unfit(f"there is no file {self.shown(path)} in the workspace{near}")

    def of_variable(self, name):
        if not name.isidentifier():
            raise self.Unfit(f"'variable' is {self.shown(name)}, which is no name: name it in run_code first")
        variables = globals()
        if name in variables:
            return self.table_kind.of(variables[name], self.shown(name), name)
        known = [other for other, value in variables.items() if not other.startswith("_") and self.is_data(value)]
        near = self.table_kind.nearest(name, known)
        raise self.Unfit(
            f"the variable {self.shown(name)} is not defined in the session{near or '.'}"
            f" Its variables are {self.table_kind.named(known)}"
        )

    @staticmethod
    def is_data(value):
        import types

        return not isinstance(value, types.ModuleType) and not callable(value)

    def chosen(self, table):
        """The name and the values of x, None for the numbers of the rows, and the names of y."""
        x, y = self.asked["x"], list(dict.fromkeys(self.asked["y"]))
        if self.kind == "histogram":
            if x and y:
                raise self.Unfit("a histogram has no x beside y: name the columns to count as y alone")
            return None, None, self.enough(table, [x] if x else y)
        if x:
            return x, table.column(x), self.enough(table, y, x)
        if table.labels is not None:
            return table.label_name, table.labels, self.enough(table, y)
        x = self.likely_x(table, y)
        return x, None if x is None else table.columns[x], self.enough(table, y, x)

    @staticmethod
    def likely_x(table, y):
        """The first column; a later one when the first is all that there is to draw; None when there is none."""
        if len(table.columns) == 1:
            return None
        first = next(iter(table.columns))
        numeric = [name for name, values in table.columns.items() if table.is_numeric(values)]
        if y:
            return None if first in y or first in numeric else first
        return next(name for name in table.columns if name not in numeric) if numeric == [first] else first

    def enough(self, table, y, x=None):
        """The columns that are asked for, or all that have numbers; not more than a plot can show."""
        wanted = y or table.numeric(x)
        if len(wanted) > self.MOST_SERIES:
            raise self.Unfit(f"{len(wanted)} columns are too many for one plot: name at most {self.MOST_SERIES} as y")
        return wanted

    def step(self, table, series):
        """Every how manieth row is drawn."""
        if self.kind == "bar":
            if table.rows * len(series) > self.MOST_BARS:
                raise self.Unfit(
                    f"{table.rows * len(series):,} bars are too many, {self.MOST_BARS} can be drawn:"
                    " count or sum up the rows in run_code first, or draw a histogram"
                )
            return 1
        step = -(-table.rows * len(series) // self.MOST_ROWS[self.kind])
        if step > 1:
            self.notes.append(f"of {table.rows:,} rows only 1 of {step} is drawn, evenly spread")
        return step

    # ---- the drawing ----

    def draw(self, table, axes):
        """Draws, and gives in words what."""
        import textwrap

        x_name, x_values, names = self.chosen(table)
        step = self.step(table, names)
        series = [table.numbers(name, step) for name in names]
        missing = sum(number != number for numbers in series for number in numbers)
        if missing:
            self.notes.append(f"left out because they are missing or infinite: {self.counted(missing, 'value')}")
        if self.kind == "histogram":
            handles = self.draw_histogram(axes, series)
        elif self.kind == "bar":
            handles = self.draw_bars(axes, self.labels(table, x_values, step), series)
        else:
            handles = self.draw_points(axes, self.over(table, x_name, x_values, step), series)
        if self.asked["title"]:
            axes.set_title(textwrap.fill(self.asked["title"], 80), parse_math=False)
        self.name(axes, x_name, names, handles, len(series[0]))
        over = f" over {self.shown(x_name)}" if x_name is not None else ""
        return f"{self.kind}: {table.named(names)}{over} of {table.source}, {self.counted(len(series[0]), 'row')}"

    @staticmethod
    def counted(count, what):
        return f"{count:,} {what}{'' if count == 1 else 's'}"

    def name(self, axes, x_name, names, handles, rows):
        """Names of columns are no formulas, whatever dollars are in them."""
        cut = self.table_kind.cut
        if self.kind == "histogram":
            axes.set_ylabel("count")
            if len(names) == 1:
                axes.set_xlabel(cut(names[0]), parse_math=False)
        else:
            if x_name is not None:
                axes.set_xlabel(cut(x_name), parse_math=False)
            if len(names) == 1:
                axes.set_ylabel(cut(names[0]), parse_math=False)
        if len(names) > 1:
            # A name that begins with an underscore would be left out.
            # The best place among very many points takes seconds to find.
            place = "best" if rows <= 1_000 else "upper right"
            legend = axes.legend(handles, ["name"] * len(names), loc=place)
            for text, name in zip(legend.get_texts(), names):
                text.set(text=cut(name), parse_math=False)

    @staticmethod
    def draw_histogram(axes, series):
        counted = [[number for number in numbers if number == number] for numbers in series]
        lowest, highest = min(map(min, counted)), max(map(max, counted))
        bins = max(10, min(50, int(max(map(len, counted)) ** 0.5)))
        seen = 1 if len(series) == 1 else 0.6
        return [axes.hist(numbers, bins=bins, range=(lowest, highest), alpha=seen)[2] for numbers in counted]

    def draw_bars(self, axes, labels, series):
        width = 0.8 / len(series)
        handles = []
        for number, heights in enumerate(series):
            offset = (number - (len(series) - 1) / 2) * width
            places = [place + offset for place in range(len(heights))]
            handles.append(axes.bar(places, [0 if height != height else height for height in heights], width))
        self.tick(axes, labels)
        return handles

    def draw_points(self, axes, over, series):
        places, labels = over
        kept = [row for row, place in enumerate(places) if place is not None]
        if len(kept) < len(places):
            self.notes.append(f"left out because they have no x: {self.counted(len(places) - len(kept), 'row')}")
        handles = []
        for numbers in series:
            x, y = [places[row] for row in kept], [numbers[row] for row in kept]
            if self.kind == "scatter":
                handles.append(axes.scatter(x, y, s=30 if len(x) <= 1_000 else 6))
            else:
                # A line with one point, or between two gaps, has no length.
                handles.append(axes.plot(x, y, marker="o" if len(x) <= 50 else "")[0])
        if labels:
            self.tick(axes, labels)
        return handles

    def over(self, table, name, values, step):
        """The place of each row on the x axis, None where it has none; and the labels when these are texts."""
        if values is None:
            return list(range(0, table.rows, step)), None
        values = table.listed(values, step)
        if all(table.is_missing(value) for value in values):
            what = "the index" if name is None else f"column {self.shown(name)}"
            raise self.Unfit(f"{what} of {table.source} has no values")
        numbers = [table.number(value) for value in values]
        if None not in numbers:
            return [None if number != number else number for number in numbers], None
        times = [None if table.is_missing(value) else self.time(value) for value in values]
        known = [time for time, value in zip(times, values) if not table.is_missing(value)]
        if None not in known and len({time.tzinfo is None for time in known}) == 1:
            return times, None
        texts = [None if table.is_missing(value) else self.text(value) for value in values]
        places = {text: place for place, text in enumerate(dict.fromkeys(text for text in texts if text is not None))}
        return [None if text is None else places[text] for text in texts], list(places)

    def labels(self, table, values, step):
        values = range(table.rows) if values is None else table.listed(values, step)
        return ["" if table.is_missing(value) else self.text(value) for value in values]

    @staticmethod
    def time(value):
        """A date, a time, or a text that is one; None for anything else."""
        from datetime import date, datetime

        if isinstance(value, datetime):
            return value
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day)
        if not isinstance(value, str):
            return None
        try:
            text = value.strip()
            return datetime.fromisoformat(text + "-01" if len(text) == len("2024-01") else text)
        except ValueError:
            return None

    @staticmethod
    def text(value):
        from datetime import datetime

        if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
            value = value.date()
        text = f"{value:g}" if isinstance(value, float) else str(value).strip()
        return text if len(text) <= 30 else text[:30] + "…"

    def tick(self, axes, labels):
        """Of very many labels some; they stand aslant where they would touch."""
        step = -(-len(labels) // self.MOST_TICKS)
        crowded = sum(map(len, labels[::step])) > 60
        aslant = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if crowded else {}
        axes.set_xticks(list(range(0, len(labels), step)), labels[::step], parse_math=False, **aslant)


globals().pop("__caisson_plot__")(globals().pop("__caisson_table__")).answer()
