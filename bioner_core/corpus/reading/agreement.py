"""How well annotators of the same texts agree."""

from collections import Counter
from collections.abc import Collection, Hashable, Mapping
from itertools import combinations

Versions = Mapping[str, Mapping[str, Collection[Hashable]]]  # mentions by annotator and text


def compute_agreement(versions: Versions) -> tuple[float | None, int]:
    """Return the mean F1 of pairs of annotators over the texts that both have, and the number of pairs.

    F1 is 2 common / (mentions of the one + of the other), for exact places and labels; the same whichever of
    two annotators is taken as gold (Hripcsak and Rothschild 2005, https://doi.org/10.1197/jamia.M1733).

    :returns: None where no two annotators have mentions in the same texts.

    >>> compute_agreement({"anna": {"a": {1, 2}, "b": {3}}, "boris": {"a": {1}}})
    (0.6666666666666666, 1)
    """
    scores = []
    for name, other_name in combinations(sorted(versions), 2):
        shared = versions[name].keys() & versions[other_name].keys()
        counts = Counter[str]()
        for text in shared:
            mentions, others = set(versions[name][text]), set(versions[other_name][text])
            counts.update(common=len(mentions & others), all=len(mentions) + len(others))
        if counts["all"]:
            scores.append(2 * counts["common"] / counts["all"])
    return (sum(scores) / len(scores) if scores else None), len(scores)
