"""The results of ``forecast.py`` as text, beside those of earlier baselines."""

BASELINES = {  # last value, power law, last value + median gain: median and p90
    (100, 400): ((17.6, 39), None, (6.6, 24)),
    (200, 800): ((12.3, 22), (7.1, 21), (5.2, 10)),
    (400, 1600): ((10.0, 15), (6.6, 16), (5.6, 9)),
    (800, 1600): ((2.3, 7.7), (1.9, 7.1), (2.9, 5.4)),
}


def format_tables(rows, reference_rows, needs):
    """Return the tables as text, the numbers of earlier baselines in brackets."""
    lines = ["F1, points: median (p90) [baseline]", ""]
    for row in rows:
        baselines = BASELINES[row["from"], row["to"]]
        names = ("last value", "power law", "median gain", "prior alone", "forecast")
        cells = []
        for name, issue in zip(names, (*baselines, None, None), strict=True):
            error = row["errors"][name]
            text = "–" if error is None else f"{error[0]:.1f} ({error[1]:.0f})"
            cells.append(f"{name} {text}" + (f" [{issue[0]} ({issue[1]})]" if issue else ""))
        held = f"covers {100 * row['coverage']:.0f} % at ±{row['width'] / 2:.1f}"
        alone = f"prior {100 * row['prior_coverage']:.0f} % at ±{row['prior_width'] / 2:.1f}"
        lines.append(f"{row['from']} → {row['to']}: " + " | ".join(cells) + f" | {held}; {alone}")
    lines += ["", "after a source, without | with full data without pretraining", ""]
    for row in reference_rows:
        cells = (
            f"{result['error'][0]:.1f} ({result['error'][1]:.0f}), "
            f"covers {100 * result['coverage']:.0f} % at ±{result['width'] / 2:.1f}, "
            f"N90 {result['log2 of N90']}, N95 {result['log2 of N95']}"
            for result in (row["alone"], row["full data told"])
        )
        lines.append(f"{row['from']} → {row['to']}: " + " | ".join(cells))
    lines += ["", "sentences needed: mean absolute log2", ""]
    for row in needs:
        cells = " | ".join(f"{name} {'–' if v is None else v}" for name, v in row["log2"].items())
        held = f"covers {100 * row['coverage']:.0f} % ({row['n_censored']} of 34 not reached)"
        lines.append(f"{100 * row['fraction']:.0f} % from {row['from']}: {cells} | {held}")
    return "\n".join(lines)
