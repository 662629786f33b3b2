"""Measures how well the search ranks, on issues with questions whose answers are known. See `Scripts/bench`."""

import argparse
import json
import signal
import statistics
import sys
from pathlib import Path

import measures
import sets
from bm25 import BM25
from installation import Installation, InstallationError

MODES = ("lexical", "semantic", "hybrid")
LIMIT = 100
HEADS = ("R@1", "R@5", "R@10", "MRR")


def main():
    parser = argparse.ArgumentParser(prog="bench search-quality")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--pulse", required=True)
    parser.add_argument("--set", action="append", choices=sets.NAMES, dest="names")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = [sets.read(options.data, name) for name in options.names or sets.NAMES]
    installation = Installation(options.pulse, options.home)
    try:
        installation.fill(chosen)
        installation.start(chosen)
        results = {one.name: measure(one, installation) for one in chosen}
    finally:
        installation.end()
    print_table(chosen, results)
    if options.json:
        document = {name: {way: result for way, result in ways.items()} for name, ways in results.items()}
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    return 0 if all(holds(ways) for ways in results.values()) else 1


def measure(one, installation):
    bm25 = BM25(one.issues)
    found = {way: [] for way in ("bm25", *MODES)}
    times = {mode: [] for mode in MODES}
    for number, question in enumerate(one.questions, 1):
        allowed = {issue.key for issue in one.issues if not question.before or issue.created < question.before}
        found["bm25"].append(measures.of(bm25.ranking(question.text, allowed, LIMIT), question.answers))
        for mode in MODES:
            ranking, milliseconds = installation.search(one.name, question, mode, LIMIT)
            found[mode].append(measures.of(ranking, question.answers))
            times[mode].append(milliseconds)
        show_progress(one.name, number, len(one.questions))
    results = {way: measures.mean(values) for way, values in found.items()}
    for mode in MODES:
        results[mode]["median_ms"] = round(statistics.median(times[mode]), 2)
    return results


def holds(ways):
    """Whether the hybrid search is better than each of its halves: in the mean reciprocal rank, and no worse at 10."""
    hybrid = ways["hybrid"]
    return all(
        hybrid["mrr"] > ways[half]["mrr"] and hybrid["recall@10"] >= ways[half]["recall@10"] for half in ("lexical", "semantic")
    )


def show_progress(name, done, total):
    if sys.stderr.isatty():
        filled = done * 30 // total
        end = "\n" if done == total else ""
        print(f"\r  {name:10} [{'#' * filled}{'.' * (30 - filled)}] {done}/{total}", end=end, file=sys.stderr, flush=True)
    elif done == total or done % 50 == 0:
        print(f"  {name}: {done} of {total} questions", file=sys.stderr, flush=True)


def print_table(chosen, results):
    print(f"\n{'':10}  {'':9}" + "".join(f"{head:>8}" for head in HEADS) + f"{'median':>11}")
    for one in chosen:
        title = one.name
        for way, values in results[one.name].items():
            figures = "".join(f"{values[measure]:8.3f}" for measure in measures.MEASURES)
            time = f"{values['median_ms']:8.1f} ms" if "median_ms" in values else ""
            print(f"{title:10}  {way:9}{figures}{time}")
            title = ""
        verdict = "hybrid beats both of its halves" if holds(results[one.name]) else "hybrid does NOT beat both of its halves"
        print(f"{'':10}  {len(one.questions)} questions, {len(one.issues)} issues: {verdict}")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (sets.SetsError, InstallationError) as error:
        print(f"bench search-quality: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
