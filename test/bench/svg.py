"""What the plots of the benchmark are drawn with: axes, lines, text and a legend, as SVG.

A plot is a generator of elements; document() puts them into a file.  Coordinates are pixels.
"""
import math

INK, GRID = "#333333", "#dddddd"


class Frame:
    """The rectangle between the axes, within a picture of the given size."""

    def __init__(self, width, height, left, right, top, bottom):
        self.width, self.height = width, height
        self.left, self.right = left, width - right
        self.top, self.bottom = top, height - bottom


class LogAxis:
    """A logarithmic axis over whole powers of a base."""

    def __init__(self, values, start, end, base=10):
        self.base = base
        # A power may come out of the logarithm with a rounding error.
        self.low = math.floor(math.log(min(values), base) + 1e-9)
        self.high = math.ceil(math.log(max(values), base) - 1e-9)
        if self.high == self.low:
            self.high += 1
        self.start, self.end = start, end

    def place(self, value):
        share = (math.log(value, self.base) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self):
        return [float(self.base) ** e for e in range(self.low, self.high + 1)]


class LinearAxis:
    """An axis from zero to a round number that is not below any value."""

    def __init__(self, values, start, end):
        most = max(values)
        unit = 10.0 ** math.floor(math.log10(most))
        self.step = next(unit * f for f in (0.1, 0.2, 0.5, 1, 2) if most / (unit * f) <= 8)
        self.high = math.ceil(most / self.step) * self.step
        self.start, self.end = start, end

    def place(self, value):
        return self.start + value / self.high * (self.end - self.start)

    def ticks(self):
        return [i * self.step for i in range(round(self.high / self.step) + 1)]


def number(value):
    return "%g" % value


def with_thousands(value):
    return "{:,.0f}".format(value)


def text(x, y, content, anchor="middle", size=12, more=""):
    content = content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return '<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d"%s>%s</text>' % (
        x, y, anchor, size, more, content)


def line(x1, y1, x2, y2, colour, more=""):
    return '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"%s/>' % (
        x1, y1, x2, y2, colour, more)


def dot(x, y, colour):
    return '<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (x, y, colour)


def stroke(dashes):
    return ' stroke-width="2"' + (' stroke-dasharray="%s"' % dashes if dashes else "")


def grid(frame, x, y, x_title, y_title, x_label=number, y_label=number):
    for value in x.ticks():
        yield line(x.place(value), frame.top, x.place(value), frame.bottom, GRID)
        yield text(x.place(value), frame.bottom + 17, x_label(value))
    for value in y.ticks():
        yield line(frame.left, y.place(value), frame.right, y.place(value), GRID)
        yield text(frame.left - 7, y.place(value) + 4, y_label(value), "end")
    yield text((frame.left + frame.right) / 2, frame.bottom + 35, x_title)
    yield text(frame.left - 7, frame.top - 12, y_title, "end")


def curve(points, colour, dashes=""):
    """A line through points (x, y) in pixels, with dots unless it is dashed."""
    yield '<polyline points="%s" fill="none" stroke="%s"%s/>' % (
        " ".join("%.1f,%.1f" % p for p in points), colour, stroke(dashes))
    if not dashes:
        for p in points:
            yield dot(*p, colour)


def legend(frame, entries, columns, size=11):
    """Entries (colour, dashes, label) below the frame, in columns read from top to bottom."""
    rows = -(-len(entries) // columns)
    for i, (colour, dashes, label) in enumerate(entries):
        left = frame.left + (i // rows) * (frame.right - frame.left) / columns
        top = frame.bottom + 52 + (i % rows) * 16
        yield line(left, top - 4, left + 28, top - 4, colour, stroke(dashes))
        yield text(left + 34, top, label, "start", size)


def document(width, height, title, elements):
    yield ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" '
           'font-family="sans-serif" fill="%s">' % (width, height, width, height, INK))
    yield '<rect width="%d" height="%d" fill="#ffffff"/>' % (width, height)
    yield text(width / 2, 22, title, size=15)
    yield from elements
    yield "</svg>"
