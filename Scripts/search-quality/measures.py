"""What is measured of a ranking."""

DEPTHS = (1, 5, 10)
MEASURES = tuple(f"recall@{depth}" for depth in DEPTHS) + ("mrr",)


def of(ranking, answers):
    """Recall at each depth (the share of the answers that stand so high), and the reciprocal rank of the first answer."""
    ranks = [rank for rank, key in enumerate(ranking, 1) if key in answers]
    found = [sum(rank <= depth for rank in ranks) / len(answers) for depth in DEPTHS]
    return (*found, 1 / ranks[0] if ranks else 0)


def mean(all_of_them):
    return {name: sum(values) / len(values) for name, values in zip(MEASURES, zip(*all_of_them))}
