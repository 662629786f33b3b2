"""The baseline: BM25 as Robertson and Zaragoza (2009) write it, with the IDF that is never negative, k1 = 1.2, b = 0.75.

Words are runs of letters and digits in lower case, as most libraries have them by default: no stop words, no stems. A word that the
question repeats counts as often.
"""

import math
import re
from collections import Counter, defaultdict

K1, B = 1.2, 0.75


def words(text):
    return re.findall(r"\w+", text.lower())


class BM25:
    def __init__(self, issues):
        self.keys = [issue.key for issue in issues]
        counts = [Counter(words(issue.text)) for issue in issues]
        lengths = [count.total() for count in counts]
        average = sum(lengths) / len(lengths)
        self.weights = defaultdict(list)
        for at, (count, length) in enumerate(zip(counts, lengths)):
            for word, times in count.items():
                self.weights[word].append((at, times * (K1 + 1) / (times + K1 * (1 - B + B * length / average))))

    def ranking(self, question, allowed, limit):
        """Keys, best first, of those issues that `allowed` holds and that share a word with the question."""
        scores = defaultdict(float)
        for word, times in Counter(words(question)).items():
            holders = self.weights.get(word, ())
            idf = math.log(1 + (len(self.keys) - len(holders) + 0.5) / (len(holders) + 0.5))
            for at, weight in holders:
                scores[at] += idf * weight * times
        best = sorted((-score, at) for at, score in scores.items() if self.keys[at] in allowed)
        return [self.keys[at] for _, at in best[:limit]]
