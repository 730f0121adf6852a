"""The canvas of the stand-in."""


class FigureCanvasAgg:
    """Takes a figure and does nothing with it."""

    def __init__(self, figure):
        figure.canvas = self
