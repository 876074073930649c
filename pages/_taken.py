"""What can be taken away from the Budget page: points, chart, address."""

import re
from collections.abc import Sequence
from functools import partial

import streamlit as st

from bioner_core.curves.charts import Spec, chart_image
from bioner_core.curves.points import CurvePoint, points_csv
from pages._answer import Asked
from pages._parts import link


def downloads(points: Sequence[CurvePoint], chart: Spec, asked: Asked, run: str) -> None:
    """Offer the points of the view, its chart, and its address."""
    name = re.sub(r"[^\w.+-]+", "_", f"{run} {asked.target} {asked.entity}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "Sentences on a scale", ("linear", "log"), key="axis", required=True, label_visibility="collapsed"
        )
        for kind, mime, data in (
            ("csv", "text/csv", partial(points_csv, points)),
            ("png", "image/png", partial(chart_image, chart, "png")),
            ("svg", "image/svg+xml", partial(chart_image, chart, "svg")),
        ):
            st.download_button(
                kind.upper(),
                data,
                f"{name}.{kind}",
                mime,
                key=f"download {kind}",
                on_click="ignore",
                icon=":material/download:",
            )
        with st.popover("Copy link", icon=":material/link:"):
            st.code(link("run", "target", "source", "model", "entity", "reach", "f1", "axis"), language=None)
