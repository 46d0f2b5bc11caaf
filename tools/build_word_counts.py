"""Count in how many abstracts each word stem stands: `daybrief/assets/word_counts.json`.

    python tools/build_word_counts.py arxiv.jsonl.gz > src/daybrief/assets/word_counts.json

The input holds one paper a line with `title` and `abstract` (arXiv metadata is CC0). Stems of fewer than
twenty papers are left out: they all count as rare.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter

from daybrief.text.words import latin_stems

LEAST = 20


def main(path: str) -> None:
    """Print the card."""
    counts: Counter[str] = Counter()
    papers = 0
    words = 0
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            paper = json.loads(line)
            stems = set(latin_stems(f"{paper['title']}. {paper['abstract']}"))
            counts.update(stems)
            words += len(stems)
            papers += 1
    kept = {stem: n for stem, n in sorted(counts.items()) if n >= LEAST}
    about = "In how many of `papers` arXiv abstracts (CC0) a word stem stands; by tools/build_word_counts.py"
    card = {"about": about, "papers": papers, "stems": round(words / papers, 1), "counts": kept}
    print(json.dumps(card, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main(sys.argv[1])
