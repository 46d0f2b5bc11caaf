"""Draw pairs of opposites from WordNet: `daybrief/assets/antonyms.txt`.

    python tools/build_antonyms.py /usr/share/wordnet src/daybrief/assets/word_counts.json \
        > src/daybrief/assets/antonyms.txt

The folder holds `data.adj`, `data.adv`, `data.noun` and `data.verb` of WordNet 3.0 (Debian: `wordnet-base`),
as described in wndb(5WN): a lexical pointer `!` joins two words that are opposites. Kept are single words
whose stems both stand in the list of word counts, so that the file is of the vocabulary of papers.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from daybrief.text.words import stem

NOTICE = """# Pairs of opposites from WordNet 3.0, by tools/build_antonyms.py. One pair a line.
#
# WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved.
# Permission to use, copy, modify and distribute this software and database and its documentation for any
# purpose and without fee or royalty is hereby granted, provided that you agree to comply with the following
# copyright notice and statements, including the disclaimer, and that the same appear on ALL copies of the
# software, database and documentation, including modifications that you make for internal use or for
# distribution.
# THIS SOFTWARE AND DATABASE IS PROVIDED "AS IS" AND PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR
# WARRANTIES, EXPRESS OR IMPLIED. BY WAY OF EXAMPLE, BUT NOT LIMITATION, PRINCETON UNIVERSITY MAKES NO
# REPRESENTATIONS OR WARRANTIES OF MERCHANTABILITY OR FITNESS FOR ANY PARTICULAR PURPOSE OR THAT THE USE OF
# THE LICENSED SOFTWARE, DATABASE OR DOCUMENTATION WILL NOT INFRINGE ANY THIRD PARTY PATENTS, COPYRIGHTS,
# TRADEMARKS OR OTHER RIGHTS.
# The name of Princeton University or Princeton may not be used in advertising or publicity pertaining to
# distribution of the software and/or database. Title to copyright in this software, database and any
# associated documentation shall at all times remain with Princeton University and LICENSEE agrees to
# preserve same.
"""
KINDS = {"adj": "a", "adv": "r", "noun": "n", "verb": "v"}


def words_of(line: str) -> tuple[list[str], list[str]]:
    """The words of a synset, and the fields of its pointers, four each."""
    fields = line.split(" | ")[0].split()
    count = int(fields[3], 16)
    words = [word.split("(")[0].lower() for word in fields[4 : 4 + 2 * count : 2]]
    start = 4 + 2 * count
    return words, fields[start + 1 : start + 1 + 4 * int(fields[start])]


def opposites(folder: Path) -> Iterator[tuple[str, str]]:
    """Every pair of words joined by a lexical antonym pointer."""
    for kind, letter in KINDS.items():
        lines = (folder / f"data.{kind}").read_text(encoding="latin-1").splitlines()
        synsets = {line[:8]: words_of(line) for line in lines if line[:8].isdigit()}
        for words, pointers in synsets.values():
            for at in range(0, len(pointers), 4):
                sign, target, part, ends = pointers[at : at + 4]
                source, other = int(ends[:2], 16), int(ends[2:], 16)
                if sign == "!" and source and other and part.replace("s", "a") == letter:
                    yield words[source - 1], synsets[target][0][other - 1]


def main(folder: str, counts: str) -> None:
    """Print the pairs."""
    known = json.loads(Path(counts).read_text(encoding="utf-8"))["counts"]
    pairs = {
        tuple(sorted(pair))
        for pair in opposites(Path(folder))
        if all(word.isalpha() and len(word) > 2 and stem(word) in known for word in pair)
    }
    print(NOTICE + "\n".join(" ".join(pair) for pair in sorted(pairs)))


if __name__ == "__main__":
    main(*sys.argv[1:])
