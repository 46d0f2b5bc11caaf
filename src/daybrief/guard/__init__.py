"""The guard: does a prompt belong to the scope that a sentence states? (arXiv 2411.12946)

scope       the statement, and what of it is compared: pieces of the scope, clauses of the prompt
examples    prompts that belong and do not, without traffic: written by a model, or by the built-in generator
features    texts as vectors, and the figures by which a pair is told apart
heads       small classifiers of a pair over frozen vectors: similarities, and cross-attention
here        `PairClassifier` for any scope, calibrated; `ScopeGuard` for one scope, saved in one file

    examples | encode | head | scores on scopes held out | isotonic calibration | ScopeGuard

Probabilities are calibrated on scopes that the head has not seen (five folds by scope). At 0.4 to 0.6 the
paper's operators ask back; above, they decline.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import ConfigError
from daybrief.guard.examples import LabelledPrompt, built_in, from_statement, written_in
from daybrief.guard.features import Comparison, EncodedPairs, EncodedText, Floats, TextEncoder
from daybrief.guard.heads import Arrays, AttentionHead, Head, SimilarityHead
from daybrief.guard.scope import Scope, has_words, in_latin
from daybrief.model import Value
from daybrief.ports import Judgement, QueryEmbedder

HEADS = ("similarity", "attention", "both")
HeadName = Literal["similarity", "attention", "both"]
FORM = "daybrief.guard/1"
FOLDS = 5
_SEED = 20241119
_LARGEST_FILE = 64 * 2**20


class Calibration(Value, frozen=True, kw_only=True):
    """A rising curve from logits to probabilities; straight between its points."""

    logits: tuple[float, ...]
    probabilities: tuple[float, ...]

    @classmethod
    def of(cls, logits: Floats, off: Floats) -> Calibration:
        """Isotonic regression by pooling adjacent violators (Zadrozny and Elkan 2002), smoothed."""
        order = np.argsort(logits, kind="stable")
        blocks: list[list[float]] = []  # mean logit, mean of off, number
        for logit, truth in zip(logits[order], off[order], strict=True):
            blocks.append([float(logit), float(truth), 1.0])
            while len(blocks) > 1 and blocks[-2][1] >= blocks[-1][1]:
                (x, y, n), (x0, y0, n0) = blocks.pop(), blocks.pop()
                blocks.append([(x * n + x0 * n0) / (n + n0), (y * n + y0 * n0) / (n + n0), n + n0])
        smooth = [(x, (y * n + 0.5) / (n + 1)) for x, y, n in blocks]
        return cls(logits=tuple(x for x, _ in smooth), probabilities=tuple(y for _, y in smooth))

    def __call__(self, logits: Floats) -> Floats:
        """(n,) probabilities."""
        return np.asarray(np.interp(logits, self.logits, self.probabilities))


class PairClassifier:
    """F(S, U): how surely a prompt is off-topic, for any scope: an encoder, heads and their calibration."""

    def __init__(
        self, encoder: TextEncoder, comparison: Comparison, heads: dict[str, Head], calibration: Calibration
    ) -> None:
        self.encoder = encoder
        self.heads = heads
        self.calibration = calibration
        self._comparison = comparison

    @classmethod
    def fit(
        cls,
        embedder: QueryEmbedder,
        examples: Sequence[LabelledPrompt],
        *,
        head: HeadName = "similarity",
        seed: int = _SEED,
        encoder: TextEncoder | None = None,
    ) -> PairClassifier:
        """Learns from examples of several groups. Raises ConfigError when they are of one kind or few."""
        return cls.fit_each(embedder, examples, (head,), seed=seed, encoder=encoder)[head]

    @classmethod
    def fit_each(
        cls,
        embedder: QueryEmbedder,
        examples: Sequence[LabelledPrompt],
        choices: Sequence[HeadName],
        *,
        seed: int = _SEED,
        encoder: TextEncoder | None = None,
    ) -> dict[HeadName, PairClassifier]:
        """A classifier for each choice of heads; a head that several choices hold is trained once."""
        _learnable(examples)
        encoder = encoder or TextEncoder(embedder)
        comparison = Comparison.of(encoder)
        pairs, off = _encoded(encoder, comparison, examples), np.array([float(e.off) for e in examples])
        names = tuple(dict.fromkeys(name for choice in choices for name in _members(choice)))
        logits, folds = {name: np.zeros(len(examples)) for name in names}, _folds(examples)
        for fold in range(FOLDS):
            left_out, rest = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            if len(left_out) and len(set(off[rest])) == 2:
                for name, head in _trained(names, pairs.at(rest), off[rest], seed).items():
                    logits[name][left_out] = head.logits(pairs.at(left_out))
        heads = _trained(names, pairs, off, seed)
        return {
            choice: cls(
                encoder,
                comparison,
                {name: heads[name] for name in _members(choice)},
                Calibration.of(np.mean([logits[name] for name in _members(choice)], axis=0), off),
            )
            for choice in choices
        }

    def logits(self, scopes: Sequence[str], prompts: Sequence[str]) -> Floats:
        """(pairs,): above 0 is off-topic; not calibrated."""
        encoded_scopes = dict(
            zip(dict.fromkeys(scopes), self.encoder.scopes(list(dict.fromkeys(scopes))), strict=True)
        )
        encoded = self.encoder.prompts(prompts)
        return self.encoded_logits([encoded_scopes[scope] for scope in scopes], encoded)

    def encoded_logits(self, scopes: Sequence[EncodedText], prompts: Sequence[EncodedText]) -> Floats:
        """The same for texts that are vectors already."""
        return _mean_logits(self.heads, self._comparison.pairs(scopes, prompts)) if prompts else np.zeros(0)

    def probabilities(self, scopes: Sequence[str], prompts: Sequence[str]) -> Floats:
        """(pairs,): calibrated."""
        return self.calibration(self.logits(scopes, prompts))


def _members(choice: HeadName) -> tuple[str, ...]:
    """The heads whose logits are averaged."""
    return ("similarity", "attention") if choice == "both" else (choice,)


def _encoded(
    encoder: TextEncoder, comparison: Comparison, examples: Sequence[LabelledPrompt]
) -> EncodedPairs:
    statements = list(dict.fromkeys(example.scope for example in examples))
    scopes = dict(zip(statements, encoder.scopes(statements), strict=True))
    prompts = encoder.prompts([example.prompt for example in examples])
    return comparison.pairs([scopes[example.scope] for example in examples], prompts)


def _folds(examples: Sequence[LabelledPrompt]) -> NDArray[np.intp]:
    """The fold of each example; those of one group share it."""
    folds = {name: at % FOLDS for at, name in enumerate(sorted({e.group for e in examples}))}
    return np.array([folds[example.group] for example in examples])


def _trained(names: Sequence[str], pairs: EncodedPairs, off: Floats, seed: int) -> dict[str, Head]:
    made: dict[str, Head] = {}
    for name in names:
        rng = np.random.default_rng([seed, len(name)])
        if name == "similarity":
            made[name] = SimilarityHead.fit(pairs.features, off, rng)
        else:
            made[name] = AttentionHead.fit(pairs, off, rng)
    return made


def _mean_logits(heads: dict[str, Head], pairs: EncodedPairs) -> Floats:
    return np.asarray(np.mean([head.logits(pairs) for head in heads.values()], axis=0))


def _learnable(examples: Sequence[LabelledPrompt]) -> None:
    kinds = {example.off for example in examples}
    if len(kinds) < 2 or len(examples) < 2 * FOLDS:
        raise ConfigError(
            f"{len(examples)} examples, {'of one kind' if len(kinds) < 2 else 'too few'}",
            hint="a guard learns from prompts that belong and prompts that do not",
        )


class ScopeGuard:
    """A pair classifier for one scope, with the bounds between passing, asking back and declining.

    `encoder` is what opens its encoder again: a name or a folder, as `daybrief guard fit --encoder` takes it.
    """

    def __init__(
        self,
        scope: Scope,
        classifier: PairClassifier,
        *,
        encoder: str = "",
        ask_at: float = 0.4,
        decline_at: float = 0.6,
    ) -> None:
        if not 0 <= ask_at <= decline_at <= 1:
            raise ConfigError(
                f"a guard cannot ask back at {ask_at} and decline at {decline_at}",
                hint="give numbers from 0 to 1, the first not above the second",
            )
        self.scope = scope
        self.encoder = encoder
        self.ask_at, self.decline_at = ask_at, decline_at
        self._classifier = classifier
        self._encoded = classifier.encoder.scopes([scope.text])[0]

    @classmethod
    def fit(
        cls,
        scope: Scope,
        embedder: QueryEmbedder,
        examples: Sequence[LabelledPrompt] = (),
        *,
        encoder: str = "",
        head: HeadName = "similarity",
        seed: int = _SEED,
        ask_at: float = 0.4,
        decline_at: float = 0.6,
    ) -> ScopeGuard:
        """Learns from the built-in examples and those given for the scope; without any it writes its own."""
        rng = np.random.default_rng(seed)
        languages = written_in(latin_only=embedder.latin_only)
        given = tuple(examples) or from_statement(scope, rng, languages)
        classifier = PairClassifier.fit(embedder, (*built_in(rng, languages), *given), head=head, seed=seed)
        return cls(scope, classifier, encoder=encoder, ask_at=ask_at, decline_at=decline_at)

    def score(self, prompts: Sequence[str]) -> Floats:
        """(n,): the probability that each prompt is off-topic.

        1 for a prompt without words; 0.5 for one in a script that the encoder cannot read.
        """
        scores = np.ones(len(prompts))
        rows = [at for at, prompt in enumerate(prompts) if has_words(prompt)]
        if self._classifier.encoder.latin_only:
            scores[[at for at in rows if not in_latin(prompts[at])]] = 0.5
            rows = [at for at in rows if in_latin(prompts[at])]
        encoded = self._classifier.encoder.prompts([prompts[at] for at in rows], keep=False)
        logits = self._classifier.encoded_logits([self._encoded] * len(rows), encoded)
        scores[rows] = self._classifier.calibration(logits)
        return scores

    def judge(self, prompts: Sequence[str]) -> tuple[Judgement, ...]:
        """Decide what to do about each prompt."""
        return tuple(self._judgement(float(share)) for share in self.score(prompts))

    def _judgement(self, share: float) -> Judgement:
        if share > self.decline_at:
            return Judgement(probability=round(share, 4), answer="decline")
        return Judgement(probability=round(share, 4), answer="ask back" if share >= self.ask_at else "pass")

    # ── kept ─────────────────────────────────────────────────────────────────────────────────────

    def to_bytes(self) -> bytes:
        """The guard as one file: NumPy arrays and a JSON head, no code."""
        curve = self._classifier.calibration
        head = {
            "form": FORM,
            "scope": self.scope.text,
            "encoder": self.encoder,
            "vectors": self._classifier.encoder.name,
            "bounds": [self.ask_at, self.decline_at],
            "calibration": [list(curve.logits), list(curve.probabilities)],
        }
        arrays = {
            f"{name}/{key}": array
            for name, made in self._classifier.heads.items()
            for key, array in made.arrays.items()
        }
        body = io.BytesIO()
        np.savez_compressed(body, head=np.array(json.dumps(head)), **arrays)  # type: ignore[arg-type]
        return body.getvalue()

    @classmethod
    def load(cls, path: Path, open_encoder: Callable[[str], QueryEmbedder]) -> ScopeGuard:
        """The guard in a file; `open_encoder` opens what `ScopeGuard.encoder` says. Raises ConfigError."""
        hint = "fit it again: daybrief guard fit SCOPE.md"
        try:
            if path.stat().st_size > _LARGEST_FILE:
                raise ConfigError(f"{path} is too large for a guard", hint=hint)
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                head = json.loads(str(file["head"]))
                arrays = {name: file[name] for name in file.files if name != "head"}
            if head["form"] != FORM:
                raise ConfigError(f"{path} is of the form {str(head['form'])[:40]!r}", hint=hint)
            curve = Calibration(
                logits=tuple(map(float, head["calibration"][0])),
                probabilities=tuple(map(float, head["calibration"][1])),
            )
            scope, bounds = Scope(text=str(head["scope"])), head["bounds"]
            opens, vectors = str(head["encoder"]), str(head["vectors"])
            heads = _heads(arrays)
            low, high = map(float, bounds)
        except OSError as gone:
            raise ConfigError(f"{path} cannot be read: {gone.strerror or gone}", hint=hint) from gone
        except (ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile) as broken:
            raise ConfigError(f"{path} is no guard: {broken}", hint=hint) from broken
        encoder = TextEncoder(open_encoder(opens))
        if encoder.name != vectors:
            raise ConfigError(
                f"{path} was fitted with {vectors}, the encoder here is {encoder.name}", hint=hint
            )
        classifier = PairClassifier(encoder, Comparison.of(encoder), heads, curve)
        return cls(scope, classifier, encoder=opens, ask_at=low, decline_at=high)


def _heads(arrays: Arrays) -> dict[str, Head]:
    """The heads of named arrays; raises KeyError or ValueError for what is none."""
    kinds: dict[str, Callable[[Arrays], Head]] = {"similarity": SimilarityHead, "attention": AttentionHead}
    parted: dict[str, Arrays] = {}
    for name, array in arrays.items():
        kind, _, key = name.partition("/")
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            raise ValueError(f"{name} holds no finite numbers")
        parted.setdefault(kind, {})[key] = array
    if not parted:
        raise ValueError("it holds no head")
    return {kind: kinds[kind](named) for kind, named in parted.items()}


def calibration_error(probabilities: Floats, off: Floats, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width (Naeini 2015)."""
    places = np.minimum((probabilities * bins).astype(int), bins - 1)
    rows = [places == at for at in range(bins)]
    gaps = [abs(float(probabilities[r].mean() - off[r].mean())) * float(r.mean()) for r in rows if r.any()]
    return float(sum(gaps))
