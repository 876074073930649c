"""The results of ``first_sentences.py`` summed up and as text."""

from collections import defaultdict

import numpy as np

LINE = "line in log-odds"  # the rule to beat, chosen beforehand
N_RESAMPLES = 2000  # of the corpora
MEASURES = ("F1", "N90", "N95", "N99")


def summarize_results(rows):
    """Return a record for each rule and number of observed sentences."""
    cells = defaultdict(list)
    for row in rows:
        cells[row["observed"], row["rule"]].append(row)
    return [summarize_cell(rows, cells[observed, LINE]) for (observed, _), rows in sorted(cells.items())]


def summarize_cell(rows, line_rows):
    """Return errors, their difference from the line's, and the coverage and width of intervals."""
    names = {(row["target"], row["entity"]) for row in rows}
    line_rows = [row for row in line_rows if (row["target"], row["entity"]) in names]
    errors, line = compute_errors(rows), compute_errors(line_rows)
    corpora = [row["target"] for row in rows]
    record = {
        "observed": rows[0]["observed"],
        "rule": rows[0]["rule"],
        "curves": len(rows),
        "corpora": len(set(corpora)),
        "mean": dict(zip(MEASURES, errors.mean(axis=0).round(3).tolist(), strict=True)),
        "median": dict(zip(MEASURES, np.median(errors, axis=0).round(3).tolist(), strict=True)),
        "minus line": dict(zip(MEASURES, bootstrap_differences(errors - line, corpora), strict=True)),
    }
    if rows[0]["full"][1] is not None:
        record |= {
            "inside": [round(float(share), 3) for share in compute_coverage(rows)],
            "width": round(float(np.mean([100 * (row["full"][2] - row["full"][1]) for row in rows])), 1),
            "log2 width": [
                round(float(np.mean([np.log2(row["needs"][i][2] / row["needs"][i][1]) for row in rows])), 2)
                for i in range(len(MEASURES) - 1)
            ],
        }
    return record


def compute_errors(rows):
    """Return absolute errors of F1 in points, and of sentences as log2, (rows, measures)."""
    return np.array(
        [
            [
                100 * abs(row["full"][0] - row["truth"]["full"]),
                *(
                    abs(np.log2(need[0] / n))
                    for need, n in zip(row["needs"], row["truth"]["needs"], strict=True)
                ),
            ]
            for row in rows
        ]
    )


def compute_coverage(rows):
    """Return the share of truths inside the 90 % intervals, (measures,)."""
    return np.mean(
        [
            [
                row["full"][1] <= row["truth"]["full"] <= row["full"][2],
                *(
                    need[1] <= n <= need[2]
                    for need, n in zip(row["needs"], row["truth"]["needs"], strict=True)
                ),
            ]
            for row in rows
        ],
        axis=0,
    )


def bootstrap_differences(differences, corpora):
    """Return the mean difference and its 90 % interval over resampled corpora, for each measure."""
    names = sorted(set(corpora))
    members = [np.flatnonzero([corpus == name for corpus in corpora]) for name in names]
    rng = np.random.default_rng(0)
    means = [
        differences[np.concatenate([members[i] for i in rng.integers(len(names), size=len(names))])].mean(
            axis=0
        )
        for _ in range(N_RESAMPLES)
    ]
    low, high = np.quantile(means, (0.05, 0.95), axis=0)
    mean = differences.mean(axis=0)
    return [[round(float(x), 3) for x in triple] for triple in zip(mean, low, high, strict=True)]


def format_results(result):
    """Return the table as text."""
    lines = [f"{len(result['corpora'])} corpora: {', '.join(result['corpora'])}", ""]
    for row in result["summary"]:
        cells = [f"{row['observed']:>4}  {row['rule']:<24} {row['curves']:>3} curves "]
        cells += [f"{name} {row['mean'][name]:.2f} ({row['minus line'][name][0]:+.2f})" for name in MEASURES]
        if "inside" in row:
            cells += ["inside", *(f"{100 * share:.0f} %" for share in row["inside"]), f"width {row['width']}"]
            cells += [str(row["log2 width"])]
        lines.append(" ".join(cells))
    return "\n".join(lines)
