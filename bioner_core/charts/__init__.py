"""Charts as Vega-Lite specifications; the only package that imports altair."""
