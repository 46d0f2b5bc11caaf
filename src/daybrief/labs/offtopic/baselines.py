"""Ways to tell off-topic prompts without training: each gives (pairs,), the higher the more off-topic.

Paper, section 4: cosine of embeddings with a threshold, the nearest of six examples, late interaction.
"""

from __future__ import annotations

import numpy as np

from daybrief.guard.examples import subjects, written_in
from daybrief.guard.features import TextEncoder
from daybrief.labs.offtopic.scopes import Floats, Pairs

SHOTS = 3  # examples of either kind for each scope


def cosine(encoder: TextEncoder, pairs: Pairs) -> Floats:
    """Minus the cosine of statement and prompt."""
    return np.asarray(-(encoder.vectors(pairs.scopes) * encoder.vectors(pairs.prompts)).sum(axis=1))


def late_interaction(encoder: TextEncoder, pairs: Pairs) -> Floats:
    """Minus the cosine with the nearest piece of the scope, as ColBERT's MaxSim of parts; untrained."""
    stated = dict(zip(pairs.groups, encoder.scopes(list(pairs.groups)), strict=True))
    encoded = zip(pairs.scopes, encoder.prompts(pairs.prompts), strict=True)
    return np.array([-float((stated[scope].parts @ prompt.whole).max()) for scope, prompt in encoded])


def zero_shot(encoder: TextEncoder, pairs: Pairs) -> Floats:
    """The scope competes with the shipped statements of other scopes: their best minus its own cosine."""
    stated = [subject.statement[code] for subject in subjects() for code in written_in()]
    others, prompts = encoder.vectors(stated), encoder.vectors(pairs.prompts)
    return np.asarray((prompts @ others.T).max(axis=1) + cosine(encoder, pairs))


def nearest(encoder: TextEncoder, pairs: Pairs, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Six shots: nearest off-topic minus nearest on-topic example; and which pairs are no example (1.0)."""
    vectors, scores = encoder.vectors(pairs.prompts), np.zeros(len(pairs.off))
    tested = np.ones(len(pairs.off))
    for rows in pairs.groups.values():
        shots = [rng.permutation(rows[pairs.off[rows] == kind])[:SHOTS] for kind in (0, 1)]
        on, off = (vectors[rows] @ vectors[chosen].T for chosen in shots)
        scores[rows] = off.max(axis=1) - on.max(axis=1)
        tested[np.concatenate(shots)] = 0.0
    return scores, tested
