"""`daybrief lab use rerank COLLECTION`: how deep to rerank a collection of one's own, and whether at all."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from daybrief.labs.rerank.collection import Collection
    from daybrief.labs.rerank.stages import FirstStage, Interactions, Reranker
    from daybrief.labs.rerank.study import Curve

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
KEY = "DAYBRIEF_RERANK_KEY"


@app.command()
def rerank(
    folder: Annotated[
        Path,
        typer.Argument(metavar="COLLECTION", help="Folder with corpus.jsonl, queries.jsonl and qrels.tsv."),
    ],
    stages: Annotated[
        str, typer.Option("--stages", metavar="A,B", help="bm25, minilm, use, e5, or an embedder's folder.")
    ] = "bm25",
    rerankers: Annotated[
        str,
        typer.Option(
            "--rerankers",
            metavar="A,B",
            help="engine; hard, mixed or random (trained on half of the queries); "
            "cross:FOLDER; listwise:MODEL@ADDRESS.",
        ),
    ] = "engine",
    depths: Annotated[
        str, typer.Option("--depths", metavar="N,N", help="Documents to rerank; all of them is added.")
    ] = "10,20,50,100,200,500,1000",
    deepest: Annotated[
        int, typer.Option("--deepest", metavar="N", min=0, help="Rerank no deeper; 0: the whole collection.")
    ] = 0,
    most: Annotated[int, typer.Option("--queries", metavar="N", min=2, help="Queries at the most.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Splits and training.")] = 1000,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the curves as CSV here as well.")
    ] = None,
) -> None:
    """Measure recall and nDCG against documents scored, and choose a depth on half of the queries.

    A list-wise model's key is read from DAYBRIEF_RERANK_KEY. Exit: 0 measured; 2 something cannot be used.
    """
    import numpy as np

    from daybrief.errors import LabError
    from daybrief.labs.rerank.collection import read
    from daybrief.labs.rerank.study import depths_of, study
    from daybrief.labs.rerank.training import lexicon
    from daybrief.search.rerank import COVERAGE, shipped, words_in

    wanted = _numbers(depths)
    collection = read(folder)
    words = [words_in(text) for text in collection.documents]
    names = _list(rerankers)
    trains = {"hard", "mixed", "random"} & set(names)
    from daybrief.labs.rerank.stages import Interactions

    ours = Interactions(words, lexicon(words) if trains else shipped().lexicon)
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(collection.queries))[:most]
    queries = [(collection.queries[n], collection.relevant[n]) for n in order]
    learned, rest = (queries[: len(queries) // 2], queries[len(queries) // 2 :]) if trains else ([], queries)
    if len(rest) < 2:
        raise LabError(f"{len(rest)} queries are too few", hint="give at least two with a relevant document")
    firsts = [_stage(name, collection, words) for name in _list(stages)]
    seconds = [_reranker(name, collection, words, ours, learned, seed) for name in names]
    limit = min(deepest or len(words), len(words))
    curves = study(firsts, seconds, rest, depths_of(limit, wanted), lambda q: ours.of(q)[:, COVERAGE] > 0)
    lines = list(_report(curves))
    if out is not None:
        _write(curves, out)
    typer.echo("\n".join(lines))


def _stage(name: str, collection: Collection, words: list[list[str]]) -> FirstStage:
    import tempfile

    from daybrief.labs.rerank.stages import Bm25, embedded

    if name == "bm25":
        return Bm25(words)
    with tempfile.TemporaryDirectory() as cache:
        return embedded(name, collection.documents, Path(cache))


def _reranker(
    name: str, collection: Collection, words: list[list[str]], ours: Interactions, learned: Any, seed: int
) -> Reranker:
    import numpy as np

    from daybrief.errors import LabError
    from daybrief.labs.rerank.adapters import CrossEncoding, Listwise
    from daybrief.labs.rerank.stages import Bm25, Interacting, Interactions
    from daybrief.labs.rerank.training import Examples, network
    from daybrief.search.rerank import shipped

    kind, _, rest = name.partition(":")
    if kind == "cross" and rest:
        return CrossEncoding(Path(rest), collection.documents)
    if kind == "listwise" and "@" in rest:
        model, _, address = rest.partition("@")
        return Listwise(address, model, collection.documents, key=os.environ.get(KEY, ""))
    if name == "engine":
        known = shipped()
        same = ours if ours.texts.lexicon is known.lexicon else Interactions(words, known.lexicon)
        return Interacting(name, same, known.network.score)
    if name in ("hard", "mixed", "random"):
        examples = Examples(ours, [Bm25(words)], learned, np.random.default_rng(seed))
        return Interacting(name, ours, network(examples.lists(name), seed).score)  # type: ignore[arg-type]
    raise LabError(
        f"{name!r} names no reranker",
        hint="engine, hard, mixed, random, cross:FOLDER or listwise:MODEL@ADDRESS",
    )


def _report(curves: list[Curve]) -> list[str]:
    """The table of each pair, and the depth that half of the queries choose, tested on the other half."""
    import numpy as np

    from daybrief.labs.kit import paired

    lines = []
    for curve in curves:
        odd = np.arange(len(curve.alone)) % 2 == 1
        depth = curve.best_depth(odd)
        gain = paired(curve.ndcg[~odd, curve.at(depth)], curve.alone_ndcg[~odd], np.random.default_rng(0))
        advice = (
            f"rerank {depth} documents" if gain.low > 0 else "no depth is better beyond doubt: leave it off"
        )
        lines += [
            f"{curve.stage} + {curve.reranker}: {curve.label()}",
            f"  first stage alone: recall@10 {curve.alone.mean():.3f}, nDCG@10 {curve.alone_ndcg.mean():.3f}",
            "  depth   recall@10  nDCG@10  fused nDCG@10  phantoms  false alarms",
        ]
        for n, at in enumerate(curve.depths):
            alarms = curve.alarms[:, n][~np.isnan(curve.alarms[:, n])]
            lines.append(
                f"  {at:<7} {curve.recall[:, n].mean():.3f}      {curve.ndcg[:, n].mean():.3f}    "
                f"{curve.fused_ndcg[:, n].mean():.3f}          {curve.phantoms[:, n].mean():.3f}     "
                f"{alarms.mean() if len(alarms) else float('nan'):.4f}"
            )
        lines.append(
            f"  depth {depth}, chosen on half of the queries, on the others: nDCG@10 {gain}: {advice}"
        )
    return lines


def _write(curves: list[Curve], out: Path) -> None:
    from daybrief.adapters.files import replace_file
    from daybrief.errors import LabError

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["stage", "reranker", "depth", "recall", "ndcg", "fused_recall", "fused_ndcg", "phantoms"]
    )
    for c in curves:
        for n, depth in enumerate(c.depths):
            columns = (c.recall, c.ndcg, c.fused, c.fused_ndcg, c.phantoms)
            writer.writerow(
                [c.stage, c.reranker, depth, *(f"{column[:, n].mean():.4f}" for column in columns)]
            )
    try:
        replace_file(out, text.getvalue().encode())
    except OSError as refused:
        raise LabError(
            f"{out} cannot be written: {refused.strerror or refused}", hint="name another file"
        ) from refused


def _list(names: str) -> list[str]:
    from daybrief.errors import LabError

    unique = list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
    if not unique:
        raise LabError(f"{names!r} names nothing", hint="give names, separated by commas")
    return unique


def _numbers(text: str) -> list[int]:
    from daybrief.errors import LabError

    parts = _list(text)
    for part in parts:
        if not part.isdecimal() or not 1 <= int(part) <= 10_000_000:
            raise LabError(
                f"{part!r} is no depth", hint="depths are whole numbers from 1, separated by commas"
            )
    return [int(part) for part in parts]
