"""Near-duplicate pairs by our inverted index against comparing every pair, in the same run.

Both compute the same exact Jaccard similarity of 5-character shingles; the pairs found must be
equal. Texts are made from a fixed seed, a tenth of them slightly changed copies of others.
"""

from __future__ import annotations

import random
import sys
import time

from ladder.project.near_duplicates import near_duplicate_pairs, normalised

THRESHOLD = 0.9
WORDS = (
    *("parcel", "refund", "invoice", "card", "order", "delivery", "return", "repair", "coffee"),
    *("machine", "filter", "pump", "water", "steam", "late", "broken", "wrong", "empty", "please"),
    *("where", "when", "how", "much", "why", "my", "the", "a", "not"),
)


def texts(count: int, seed: int) -> list[str]:
    """Return short texts of random words; every tenth is an earlier one with a mark added."""
    chance = random.Random(seed)
    made: list[str] = []
    for number in range(count):
        if made and number % 10 == 0:
            made.append(chance.choice(made) + "!?"[number % 2])
        else:
            made.append(" ".join(chance.choices(WORDS, k=chance.randint(6, 16))) + f" {number}")
    return made


def every_pair(left: list[str], right: list[str]) -> int:
    """Count the near-duplicate pairs by looking at every pair."""

    def shingles(text: str) -> frozenset[str]:
        folded = normalised(text)
        return frozenset(folded[i : i + 5] for i in range(max(1, len(folded) - 4)))

    rights = [shingles(text) for text in right]
    found = 0
    for one in map(shingles, left):
        for other in rights:
            shared = len(one & other)
            found += shared >= THRESHOLD * (len(one) + len(other) - shared)
    return found


def main() -> int:
    """Measure, print one comparison, and return 1 where the two disagree."""
    left, right = texts(1500, 0), texts(500, 0)
    begin = time.perf_counter()
    ours = len(near_duplicate_pairs(left, right))
    middle = time.perf_counter()
    theirs = every_pair(left, right)
    end = time.perf_counter()
    ratio = (end - middle) / (middle - begin)
    large = time.perf_counter()
    near_duplicate_pairs(texts(10_000, 1), texts(3_000, 2))
    seconds = time.perf_counter() - large
    print(
        f"near-duplicates: 1,500 x 500 texts in {middle - begin:.3f} s, every pair "
        f"{end - middle:.2f} s, {ratio:.0f} times as fast, {ours} pairs each; "
        f"10,000 x 3,000 texts in {seconds:.1f} s"
    )
    return int(ours != theirs)


if __name__ == "__main__":
    sys.exit(main())
