"""Two curves in a small picture: a replicated one over the published one."""

from dataclasses import replace

from bioner_core.charts.curve_chart import FONT, build_curve_chart
from bioner_core.curves.curve import Curve


def render_overlay(main: Curve, other: Curve, *, names: tuple[str, str], width: int, height: int) -> str:
    """Render both curves as SVG, ``main`` thick, offline.

    Vega-Lite draws without Altair's validation, which takes ten times as long; a page has dozens of pictures.

    :param names: of both curves, for the legend.
    :param width: of the plot, in pixels, as is ``height``.
    """
    import vl_convert  # imported at use, as Altair is

    curves = [replace(main, source=names[0]), replace(other, source=names[1])]
    chart = build_curve_chart(curves, (), chosen=names[0], sources=names, height=height)
    chart["encoding"]["x"]["axis"]["tickCount"] = 4  # small plots have no room for more
    spec = {
        **chart,
        "width": width,
        "padding": 4,
        "background": "transparent",
        "config": {**chart["config"], "font": FONT, "aria": False},
        "layer": [layer for layer in chart["layer"] if "params" not in layer],  # no tooltips in a picture
    }
    svg: str = vl_convert.vegalite_to_svg(spec)
    return svg
