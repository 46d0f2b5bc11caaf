"""The commands of a reader.

`daybrief search`, `topics`, `ask`, `show` and `runs` read the archive; `serve` and `mcp` open it to a
browser and to an assistant; `verify` judges anybody's digest; `like`, `dislike` and `taste` say what a
profile wants to see. `guard` serves any assistant, fitted from a sentence that says what belongs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

import daybrief
from daybrief.cli.options import Config, Json, Whose, app_of, reading_app, required_day, say, speak
from daybrief.errors import ConfigError

if TYPE_CHECKING:
    from daybrief.ask import Answered
    from daybrief.audit.inspection import Finding
    from daybrief.languages.phrases import Phrases


def search(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="WORDS",
            help='Words, "a phrase", -word, source:, category:, kind:paper|news|claim|edition, from:, to:.',
        ),
    ],
    config: Config = None,
    most: Annotated[int, typer.Option("--most", min=1, max=100, help="Hits at the most.")] = 20,
    more: Annotated[
        str,
        typer.Option("--more", metavar="TOPIC", help="Move towards a topic; `daybrief topics` lists them."),
    ] = "",
    less: Annotated[str, typer.Option("--less", metavar="TOPIC", help="Move away from a topic.")] = "",
    profile: Whose = None,
    json: Json = False,
) -> None:
    """Search the archive, in Korean and English; whatever is typed is a search."""
    from daybrief.model import to_json

    app = reading_app(config)
    whose = app.settings.whose(profile)
    answer = app.search(" ".join(words), most=most, profile=whose, more=more, less=less)
    if json:
        typer.echo(to_json(answer).decode())
        return
    for hit in answer.hits:
        typer.echo(f"{hit.day}  {hit.kind:<7} {hit.title}")
        typer.echo(f"    {hit.excerpt}" if hit.excerpt else f"    {hit.url}")
    if not answer.hits:
        typer.echo(say("nothing_found", archive=app.archive_in_words))
    for typed, meant in answer.mended:
        typer.echo(say("mended", typed=typed, meant=meant), err=True)
    if answer.note:
        typer.echo(say("by_words", why=answer.note), err=True)


def topics(
    config: Config = None,
    most: Annotated[int, typer.Option("--most", min=1, max=500, help="Topics at the most.")] = 30,
    profile: Whose = None,
    json: Json = False,
) -> None:
    """List topics of the archive that nobody named beforehand, with how far their names hold.

    They are found among meanings, so `search.embedder` must be set. The reliability of a name is the share of
    stories that bear it among those with the topic that did not name it; beside it stands the share of all
    stories that do.
    """
    from daybrief.model import to_json

    app = reading_app(config)
    known = app.topics(app.settings.whose(profile))
    listed = sorted(known.topics, key=lambda topic: (-topic.reliability, -topic.texts))[:most]
    if json:
        rows = [
            {
                "topic": topic.feature,
                "words": topic.words,
                "reliability": topic.reliability,
                "base": topic.base,
                "stories": topic.texts,
                "last_week": known.trends[topic.feature][0],
                "weekly_before": known.trends[topic.feature][1],
            }
            for topic in listed
        ]
        typer.echo(to_json(rows).decode())
        return
    for topic in listed:
        week, before = known.trends[topic.feature]
        typer.echo(
            f"{' '.join(topic.words):<44} {topic.reliability:4.0%} ({topic.base:.0%})  "
            + say("topic", n=topic.texts, week=week, before=f"{before:.1f}")
        )
    if not listed:
        typer.echo(say("no_topic", archive=app.archive_in_words))


def ask(
    question: Annotated[list[str], typer.Argument(metavar="QUESTION", help="Any question, in any words.")],
    config: Config = None,
    profile: Whose = None,
    json: Json = False,
) -> None:
    """Answer a question from the archive alone, with footnotes; or say that nothing was found.

    Exit: 0 answered, or nothing was found, 2 settings, 74 storage.
    """
    from daybrief.model import to_json

    app = reading_app(config)
    answer = app.ask(" ".join(question), app.settings.whose(profile))
    typer.echo(to_json(answer).decode() if json else "\n".join(_answer_lines(answer)))
    if answer.mode == "nothing":
        typer.echo(say("searched", archive=app.archive_in_words), err=True)


def _answer_lines(answer: Answered) -> list[str]:
    """The answer as lines: numbered sentences, what the numbers stand for, or else what is near."""
    lines = [f"{s.text} {''.join(f'[{n}]' for n in s.footnotes)}" for s in answer.sentences]
    lines += ["", f"({answer.note})"] if lines else [answer.note]
    for note in answer.footnotes:
        lines += ["", f"[{note.number}] {note.title} — {note.day}", f"    {note.url}"]
        lines += [f"    “{note.quote}”"] if note.quote != note.title else []
    if not answer.sentences and answer.nearest:
        lines += ["", *(f"- {hit.title} — {hit.day}\n  {hit.url}" for hit in answer.nearest)]
    return lines


def show(
    day: Annotated[str, typer.Argument(metavar="DAY", help="YYYY-MM-DD")],
    kind: Annotated[str, typer.Option(metavar="papers|news")] = "papers",
    receipts: Annotated[
        bool, typer.Option("--receipts", help="Print what was delivered of the day instead.")
    ] = False,
    profile: Whose = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Print an edition of the archive: as Markdown, or with --json as published."""
    from daybrief.model import to_json
    from daybrief.stages.schedule import window

    if kind not in {"papers", "news"}:
        raise ConfigError(f"--kind {kind!r} is unknown", hint="papers or news")
    app, when = reading_app(config), required_day(day)
    name = app.settings.whose(profile)
    if receipts:
        rows, at = app.receipts(when, name), "%Y-%m-%d %H:%MZ"
        lines = (f"{r.publisher:<12} {r.path}  {r.error or r.delivered_at.strftime(at)}" for r in rows)
        typer.echo(to_json(rows).decode() if json else "\n".join(lines))
        return
    edition = app.edition(when, "papers" if kind == "papers" else "news", name)
    if edition is None:
        window(when, app.settings.zone)  # says so of a civil day that there never was
        raise ConfigError(f"no {kind} edition of {day} in the archive", hint=f"daybrief run --day {day}")
    typer.echo(to_json(edition, pretty=True).decode() if json else app.markdown(edition))


def runs(config: Config = None, most: int = 20, json: Json = False) -> None:
    """List the latest runs: day, when, how long, how it ended."""
    from daybrief.model import to_json

    listed = reading_app(config).runs(most)
    if json:
        typer.echo(to_json(listed).decode())
        return
    for run in listed:
        took = f"{(run.ended_at - run.started_at).total_seconds():.1f} s" if run.ended_at else "-"
        typer.echo(
            f"{run.id:>5}  {run.day}  {run.started_at:%Y-%m-%d %H:%M}Z  {took:>8}  {run.outcome}  {run.note}"
        )
    if not listed:
        typer.echo(say("no_runs"))


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to answer on.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65_535, help="Port to answer on.")] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help="The profile shown first.")
    ] = None,
    config: Config = None,
    set_password: Annotated[
        bool, typer.Option("--set-password", help="Ask for a password, keep its hash, and stop.")
    ] = False,
) -> None:
    """Serve the reader: pages, feeds and a JSON API over the archive.

    Exit: 0 stopped, 2 settings, 69 another program answers on the port, 74 storage.
    """
    from msgspec.structs import replace

    from daybrief.app import App
    from daybrief.config import load

    settings = load(config, os.environ)
    speak(settings.language)
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    app = App.for_reading(replace(settings, serve=replace(settings.serve, **given)), os.environ)
    if set_password:
        password = typer.prompt("password", hide_input=True, confirmation_prompt=True)
        typer.echo(say("password_set", path=str(app.set_password(password))))
        return
    if profile is not None:
        settings.profile(profile)
    name = profile or next(iter(settings.profiles), "")
    app.serve(name, lambda address: typer.echo(say("reading_at", address=address)))


def mcp(config: Config = None, profile: Whose = None) -> None:
    """Serve the archive to an assistant that started this command (Model Context Protocol, stdio)."""
    from daybrief.mcp import server_of

    app = reading_app(config)
    services = app.assistant_services(app.settings.whose(profile))
    server_of(services, daybrief.__version__).run("stdio")


# ── a digest judged ─────────────────────────────────────────────────────────────────────────────────


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The digest; `-` for stdin.")],
    sources: Annotated[
        Path | None,
        typer.Option(metavar="ITEMS.jsonl", help="Texts of the sources, one JSON object a line."),
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Say of each section of a digest whether its sources bear it out.

    A section is faithful when every sentence is confirmed: no check objects, and of its content words at
    least 72 % (in another language than the source) or 92 % (in the same) stand in the sentence it rests
    on. It is contradicted or unsupported when one sentence is, and not confirmed when too little is found
    to say more.

    Reads an edition's JSON, a digest in Markdown (with **Summary:** and **Sources:**, or what an edition in
    another language calls them), or sections as JSON Lines. The texts of the sources come from the digest
    itself, from --sources (`url` or `id`, `title`, `abstract` or `text`) and from the archive, if there is
    one: the items of the digest's day, the week before and the day after. A section is not checkable when the
    text of one of its sources is known from neither, or is a headline with a teaser, as most news are.

    Exit: 0 every section is faithful, 3 one is not, is not confirmed or cannot be checked, 2 something cannot
    be read.
    """
    from daybrief.model import to_json

    app = reading_app(config)
    findings = app.verify(file, sources)
    if json:
        typer.echo(to_json({"sections": findings}).decode())
    else:
        _print_findings(findings, app.settings.language)
    if any(finding.verdict != "faithful" for finding in findings):
        raise typer.Exit(3)


def _print_findings(findings: Sequence[Finding], language: str) -> None:
    """The verdicts, and their reasons in the reader's language."""
    from collections import Counter

    from daybrief.languages.phrases import phrases
    from daybrief.text.plain import in_columns, terminal

    say = phrases(language)

    for finding in findings:
        head = " ".join(filter(None, (finding.date, finding.kind, str(finding.position), finding.category)))
        line = (
            " " + say("cli.confirmed", n=finding.confirmed, of=finding.checked, share=f"{finding.share:.0%}")
            if finding.checked
            else ""
        )
        typer.echo(f"{in_columns(_named(finding.verdict, say), 14)} {terminal(head)}{line}")
        for reason in finding.reasons:
            typer.echo(f"               {terminal(_in_words(reason, say))}")
    counted = Counter(finding.verdict for finding in findings)
    sums = ", ".join(f"{_named(verdict, say)} {n}" for verdict, n in counted.most_common())
    typer.echo(sums or say("cli.no_sections"))
    if counted["not-checkable"]:
        typer.echo(say("doubt.give_texts"))


def _named(verdict: str, say: Phrases) -> str:
    """A verdict by its name in the reader's language; anything else as it is."""
    return say.get("verdict." + verdict.replace("-", "_").replace(" ", "_"), verdict)


def _in_words(reason: str, say: Phrases) -> str:
    """A reason in the reader's language, behind the check or verdict it belongs to."""
    whole = say.reason(reason)
    check, colon, why = reason.partition(": ")
    return whole if whole != reason else f"{_named(check, say)}{colon}{say.reason(why)}"


# ── taste ───────────────────────────────────────────────────────────────────────────────────────────


taste_app = typer.Typer(help="What a profile has learned, and from what.", rich_markup_mode=None)

Keys = Annotated[
    list[str], typer.Argument(metavar="KEY…", help="arXiv ids, DOIs, addresses or keys of stories.")
]


def like(keys: Keys, profile: Whose = None, config: Config = None) -> None:
    """More of this: what is named joins what the profile's order is learned from."""
    _judge(keys, profile, config, liked=True)


def dislike(keys: Keys, profile: Whose = None, config: Config = None) -> None:
    """Not for me: what is named, and what is like it, is ranked lower."""
    _judge(keys, profile, config, liked=False)


def _judge(keys: list[str], profile: str | None, config: Path | None, *, liked: bool) -> None:
    program = app_of(config)
    name = program.settings.whose_taste(profile)
    for example in program.like(keys, name, liked=liked):
        typer.echo(f"{name}: {'+' if liked else '-'} {example.title}")


@taste_app.callback(invoke_without_command=True)
def taste(context: typer.Context, profile: Whose = None, config: Config = None, json: Json = False) -> None:
    """Show what a profile has learned: the words that speak for and against a story, and from how much."""
    if context.invoked_subcommand:
        return
    from daybrief.model import to_json

    program = app_of(config)
    name = program.settings.whose_taste(profile)
    learned = program.learned(name)
    typer.echo(to_json(learned).decode() if json else _taste_in_words(learned))


def _taste_in_words(taste: Any) -> str:
    if not taste.liked + taste.disliked:
        return say("nothing_learned")
    trust = f"{100 * taste.trust:.0f}"
    lines = [say("taste", n=taste.liked, disliked=taste.disliked, trust=trust)]
    lines += [f"  + {word:<28} {weight:+.3f}" for word, weight in taste.words_for]
    lines += [f"  - {word:<28} {weight:+.3f}" for word, weight in taste.words_against]
    return "\n".join(lines)


@taste_app.command("list")
def examples(profile: Whose = None, config: Config = None, json: Json = False) -> None:
    """List the examples a profile learns from, oldest first."""
    from daybrief.model import to_json

    program = app_of(config)
    name = program.settings.whose_taste(profile)
    kept = program.examples(name)
    if json:
        typer.echo(to_json(kept).decode())
        return
    for example in kept:
        typer.echo(f"{'+' if example.liked else '-'} {example.key:<24} {example.origin:<7} {example.title}")
    if not kept:
        typer.echo(say("no_examples"))


@taste_app.command("forget")
def forget(keys: Keys, profile: Whose = None, config: Config = None) -> None:
    """Take back likes and dislikes."""
    program = app_of(config)
    name = program.settings.whose_taste(profile)
    for key in program.forget(keys, name):
        typer.echo(say("forgotten", name=key))


@taste_app.command("import")
def import_library(
    file: Annotated[Path, typer.Argument(metavar="FILE.bib|.json|.ris", help="A reference library.")],
    profile: Whose = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Like everything in a reference library: BibTeX, CSL JSON (Zotero) or RIS.

    Entries that cannot be used are named; a file without any usable one is refused.
    """
    from daybrief.model import to_json

    program = app_of(config)
    name = program.settings.whose_taste(profile)
    shelf = program.import_library(file, name)
    counts = {"read": len(shelf.references), "skipped": shelf.skipped}
    if json:
        typer.echo(to_json(counts).decode())
        return
    typer.echo(say("liked_from", n=len(shelf.references), file=str(file)))
    for why in shelf.skipped[:20]:
        typer.echo(f"  {say('skipped', why=why)}", err=True)


guard_app = typer.Typer(
    help="Tell prompts that belong to a scope from prompts that do not.", no_args_is_help=True
)
GuardFile = Annotated[Path, typer.Option("--guard", metavar="FILE", help="A guard that `guard fit` wrote.")]
Encoder = Annotated[
    str,
    typer.Option(
        "--encoder",
        metavar="NAME",
        help="words, minilm, minilm-int8, use, e5 or a model's folder; default: as set.",
    ),
]
_MOST_INPUT = 16 * 2**20


@guard_app.command("fit")
def fit_guard(
    scope: Annotated[Path, typer.Argument(metavar="SCOPE.md", help="What belongs, in words.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the guard is written.")] = Path(
        "guard.npz"
    ),
    origin: Annotated[
        Literal["auto", "model", "built-in"],
        typer.Option(
            "--data", metavar="auto|model|built-in", help="Who writes the prompts that it learns from."
        ),
    ] = "auto",
    examples: Annotated[
        Path | None,
        typer.Option(
            "--examples", metavar="FILE", help='Your own: {"prompt": "…", "off_topic": true} a line.'
        ),
    ] = None,
    encoder: Encoder = "",
    head: Annotated[
        Literal["similarity", "attention", "both"],
        typer.Option("--head", metavar="similarity|attention|both", help="What is trained on the vectors."),
    ] = "similarity",
    ask_at: Annotated[
        float, typer.Option("--ask-at", min=0, max=1, help="Probability from which it asks back.")
    ] = 0.4,
    decline_at: Annotated[
        float, typer.Option("--decline-at", min=0, max=1, help="Probability above which it declines.")
    ] = 0.6,
    config: Config = None,
    json: Json = False,
) -> None:
    """Fit a guard to a scope; no traffic and no labels are needed.

    Exit: 0 fitted, 2 the scope, a setting or a file cannot be used.
    """
    from daybrief.app.guarding import GuardRequest
    from daybrief.model import to_json

    request = GuardRequest(
        scope=scope,
        origin=origin,
        encoder=encoder,
        head=head,
        examples=examples,
        ask_at=ask_at,
        decline_at=decline_at,
    )
    made = app_of(config).fit_guard(request, out)
    if json:
        facts = {"guard": str(out), "data": made.origin, "encoder": made.encoder, "examples": made.examples}
        typer.echo(to_json({**facts, "calibration_error": made.error}).decode())
        return
    typer.echo(say("guard", out=str(out), n=made.examples, origin=made.origin, encoder=made.encoder))
    typer.echo(say("guard_error", error=f"{made.error:.3f}"))
    if made.encoder == "words":
        typer.echo(say("guard_words"), err=True)


@guard_app.command("check")
def check_guard(
    prompts: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROMPT…", help="Texts; none: a line each on standard input."),
    ] = None,
    guard: GuardFile = Path("guard.npz"),
    encoder: Encoder = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """Say of each prompt whether to let it pass, ask back or decline.

    Exit: 0 judged (whatever came of it), 2 the guard cannot be used.
    """
    from daybrief.model import to_json

    texts = prompts or _lines()
    judged = app_of(config).guard(guard, encoder).judge(texts)
    if json:
        rows = [
            {"prompt": text, "probability": judgement.probability, "answer": judgement.answer}
            for text, judgement in zip(texts, judged, strict=True)
        ]
        typer.echo(to_json({"judgements": rows}).decode())
        return
    for text, judgement in zip(texts, judged, strict=True):
        typer.echo(f"{judgement.answer:<8} {judgement.probability:.2f}  {' '.join(text.split())[:100]}")


def _lines() -> list[str]:
    from daybrief.errors import ConfigError

    raw = sys.stdin.buffer.read(_MOST_INPUT + 1)
    lines = [line for line in raw.decode("utf-8", "replace").splitlines() if line.strip()]
    if len(raw) > _MOST_INPUT or not lines:
        raise ConfigError(
            "there is no prompt to check" if not lines else f"more than {_MOST_INPUT} bytes of prompts",
            hint="give prompts as arguments, or one a line on standard input",
        )
    return lines


@guard_app.command("serve")
def serve_guard(
    guard: GuardFile = Path("guard.npz"),
    encoder: Encoder = "",
    host: Annotated[str, typer.Option("--host", help="Address of this machine to answer on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="Port to answer on.")] = 8711,
    config: Config = None,
) -> None:
    """Answer `POST /check` with judgements, for programs on this machine.

    Exit: 0 stopped, 2 the guard or the address cannot be used, 69 another program answers on the port.
    """
    app_of(config).serve_guard(
        guard, encoder, host, port, lambda address: typer.echo(say("judging_at", address=address))
    )
