"""One curve over another as a small picture: ours over the published one."""

from dataclasses import replace

from bioner_core.charts.curve_chart import FONT, curve_chart
from bioner_core.curves.curve import Curve


def overlaid_svg(own: Curve, other: Curve, *, names: tuple[str, str], width: int, height: int) -> str:
    """Return both curves as SVG, ``own`` thick; nothing is fetched.

    Vega-Lite draws it without Altair's check, which takes ten times as long: a page holds dozens of them.

    :param names: of both, for the legend.
    :param width: of the plot, in pixels, as is ``height``.
    """
    import vl_convert  # at use, as Altair does

    drawn = [replace(own, source=names[0]), replace(other, source=names[1])]
    chart = curve_chart(drawn, (), chosen=names[0], sources=names, height=height)
    chart["encoding"]["x"]["axis"]["tickCount"] = 4  # small plots have no room for more
    spec = {
        **chart,
        "width": width,
        "padding": 4,
        "background": "transparent",
        "config": {**chart["config"], "font": FONT, "aria": False},
        "layer": [layer for layer in chart["layer"] if "params" not in layer],  # nobody points at a picture
    }
    svg: str = vl_convert.vegalite_to_svg(spec)
    return svg
