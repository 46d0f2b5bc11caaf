"""`daybrief init`, `doctor`, `watch`, `config`, `model`, `plugins`, `explain`, `schedule`: the set-up."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from daybrief.cli.options import Config, Json, Out, Profile, app_of, say, speak, spoken, wished
from daybrief.errors import ConfigError


def init(
    file: Annotated[Path, typer.Option("--file", metavar="FILE", help="Where to write it.")] = Path(
        "daybrief.toml"
    ),
    language: Annotated[
        str | None, typer.Option("--language", help="Its code: see docs/languages.md.")
    ] = None,
    interests: Annotated[
        str | None, typer.Option("--interests", help="Words of interest, parted by commas.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="none, openai:NAME, anthropic:NAME, google:NAME, URL NAME."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Ask three questions (language, interests, model or none) and write a commented configuration.

    What an option answers is not asked; away from a terminal nothing is asked, and defaults hold.
    """
    from daybrief.app.setup import Answers, interests_of, write_first_settings
    from daybrief.languages import DEFAULT, LANGUAGES, language_or_source, preferred
    from daybrief.languages.phrases import phrases

    if file.exists() and not force:
        raise ConfigError(f"{file} is there already", hint="edit it, or replace it with --force")
    asks = sys.stdin.isatty()
    which = f"Language ({', '.join(f'{language.code}: {language.name}' for language in LANGUAGES)})"
    locale = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    spoken = language or preferred(locale) if not asks or language else _ask(which, DEFAULT)
    say = phrases(language_or_source(spoken).code)
    wanted = interests if interests is not None else _ask(say("init.interests"), "") if asks else ""
    chosen = model if model is not None else _ask(say("init.model"), "none") if asks else "none"
    answers = Answers(language=spoken, interests=interests_of(wanted), model=chosen)
    write_first_settings(file, answers, os.environ)
    typer.echo(say("init.written", file=str(file)))
    for step in ("doctor", "run", "serve", "schedule"):
        typer.echo(f"  daybrief {step:<10} {say(f'init.{step}')}")
    if chosen not in {"", "none"}:
        typer.echo(say("init.key"))


def _ask(question: str, default: str) -> str:
    return str(typer.prompt(question, default=default, show_default=bool(default)))


def doctor(
    config: Config = None,
    out: Out = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Look at what the reader needs instead, for its health check.")
    ] = False,
    json: Json = False,
) -> None:
    """Build everything that a run builds, models and channels included, and say what is wrong.

    Asks each configured model service for its list and logs in at mail servers; sends and spends nothing.

    Exit: 0 all is well, 1 something is wrong, 2 the settings cannot be read.
    """
    from daybrief.languages.phrases import phrase
    from daybrief.model import to_json

    findings = app_of(config, out=str(out) if out else None).doctor(serving=serve)
    if json:
        typer.echo(to_json(findings).decode())
    else:
        for finding in findings:
            state = phrase(spoken(), "doctor.ok" if finding.ok else "doctor.bad")
            typer.echo(f"{state} {_label(finding.what)}: {finding.detail}")
            if not finding.ok:
                typer.echo(f"       {finding.setting}: {finding.hint}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def _label(what: str) -> str:
    """The name of a subject that was looked at, in the language of the settings."""
    from daybrief.languages.phrases import phrases

    texts, (name, of, whose) = phrases(spoken()), what.partition(" of ")
    first, space, rest = name.partition(" ")
    label = (
        texts.get(f"doctor.label.{name}", "") or f"{texts.get(f'doctor.label.{first}', first)}{space}{rest}"
    )
    whose = texts.get(f"doctor.label.{whose}", whose)
    return texts("doctor.of", what=label, whose=whose) if of else label


def watch(
    late_h: Annotated[
        float,
        typer.Option("--late-hours", min=0, help="Hours after a day's end at which its edition is due."),
    ] = 12,
    still: Annotated[
        int, typer.Option("--still-days", min=1, help="Working days without any story that are too many.")
    ] = 5,
    profile: Profile = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Fail when the newest edition is overdue, has failed, or when the last ones hold nothing.

    For monitoring: runs that end well prove neither that one was started nor that it found anything. Days
    on which nothing is announced are not counted: weekends, and arXiv's holidays where arXiv is a source.

    Exit: 0 all is well, 1 something is wrong, 2 the settings cannot be read, 74 the archive cannot be.
    """
    from datetime import timedelta

    from daybrief.model import to_json

    wrong = app_of(config).overdue(timedelta(hours=late_h), still, profile or "")
    if json:
        typer.echo(to_json({"ok": not wrong, "wrong": wrong}).decode())
    else:
        for line in wrong or (say("all_there"),):
            typer.echo(line)
    if wrong:
        raise typer.Exit(1)


def plugins(json: Json = False) -> None:
    """List every plugin that `use = "…"` may name, with its first line."""
    from daybrief.model import to_json
    from daybrief.plugins import catalogue

    listed = catalogue()
    if json:
        typer.echo(to_json(listed).decode())
        return
    for group, members in listed.items():
        typer.echo(f"{group}:")
        for name, line in members.items():
            typer.echo(f"  {name:<18} {line}")


config = typer.Typer(help="Look at the settings.", no_args_is_help=True)


@config.callback()
def _group() -> None:
    """Look at the settings."""


@config.command("show")
def show_settings(file: Config = None, json: Json = False) -> None:
    """Print every setting with its value in force and what it means; what looks like a secret is hidden.

    A setting that is wrong is named, and printed with its default. Exit: 0 all are right, 2 some are wrong.
    """
    from daybrief.config import documented, load_what_is_right
    from daybrief.model import to_json
    from daybrief.text.identity import all_hidden

    settings, problems = load_what_is_right(file, os.environ)
    if json:
        typer.echo(all_hidden(to_json(settings).decode()))
    else:
        for name, value, meaning in documented(settings):
            typer.echo(f"# {meaning}\n{name} = {all_hidden(value)}\n")
    for problem in problems:
        typer.echo(f"daybrief: {all_hidden(problem)}; shown is the default", err=True)
    if problems:
        raise typer.Exit(2)


model_app = typer.Typer(help="Models that run on this machine.", no_args_is_help=True)
Named = Annotated[str, typer.Argument(metavar="MODEL", help="A listed name, or the path of a GGUF file.")]


@model_app.callback()
def _models() -> None:
    """Models that run on this machine."""


@model_app.command("list")
def list_models(config: Config = None, json: Json = False) -> None:
    """List the models that can be got, and those that are here, with what their trials measured."""
    from daybrief.languages import CODES
    from daybrief.languages.phrases import phrases
    from daybrief.model import to_json
    from daybrief.text.plain import in_columns

    folder = app_of(config).ports.local_models
    here = folder.present()
    trials = {model.name: [t for code in CODES if (t := folder.trial(model, code))] for model in here}
    if json:
        rows = [{"model": model, "trials": trials[model.name]} for model in here]
        typer.echo(to_json({"known": folder.known, "here": rows, "folder": str(folder.folder)}).decode())
        return
    texts = phrases(spoken())
    for known in folder.known:
        there = any(model.name == known.name for model in here)
        size = in_columns(texts("model.here") if there else f"{known.size / 1e9:.1f} GB", 10)
        about = texts.get(f"model.{known.name}", known.about)
        typer.echo(f"{known.name:<22} {size} {known.licence:<12} {about}")
    listed = {known.name for known in folder.known}
    for model in here:
        if model.name not in listed:
            own = f"{in_columns(texts('model.here'), 10)} {in_columns(texts('model.own'), 12)}"
            typer.echo(f"{model.name:<22} {own} {model.path}")
        for trial in trials[model.name]:
            typer.echo(f"  {trial.language}: {trial.mode}; {trial.figures}")


@model_app.command("get")
def get_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name of `daybrief model list`.")],
    config: Config = None,
) -> None:
    """Download a listed model from its publisher; a stopped download goes on where it stopped.

    A file with another checksum than the pinned one is thrown away. Exit: 3 it could not be had.
    """
    from rich.progress import DownloadColumn, Progress, TransferSpeedColumn

    app = app_of(config)
    columns = (*Progress.get_default_columns(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task(name)
        model = app.get_model(name, lambda done, size: progress.update(task, completed=done, total=size))
    typer.echo(model.path)
    typer.echo(say("next_try", name=name), err=True)


@model_app.command("path")
def path_of_model(model: Named, config: Config = None) -> None:
    """Print the path of a model's file. Exit: 3 it is not here, or not whole."""
    typer.echo(app_of(config).ports.local_models.find(model).path)


@model_app.command("try")
def try_model(
    model: Named,
    language: Annotated[str, typer.Option("--language", help="Its code; default: the settings'.")] = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """Measure whether a model may write on its own, may only render chosen sentences, or neither.

    Takes some minutes. What comes of it is kept, and a run with `mode = "auto"` goes by it.

    Exit: 0 it may write or render, 3 it is refused or cannot be loaded.
    """
    from daybrief.model import to_json

    app = app_of(config)
    chosen = language or app.settings.language
    tryout = app.try_model(model, chosen, lambda line: typer.echo(line, err=True))
    trial = tryout.trial
    if json:
        typer.echo(to_json(tryout).decode())
    else:
        for rendering in tryout.renderings:
            mark = "✗" if rendering.fault else "✓"
            typer.echo(f"{mark} {rendering.source}\n  {rendering.text or '–'}")
            if rendering.fault:
                typer.echo(f"  {rendering.fault}")
        typer.echo(f"{tryout.model}, {trial.language}: {trial.mode}; {trial.figures}")
        typer.echo(trial.beside)
        typer.echo(f"{trial.seconds:g} s a sentence, {trial.memory / 1e9:.1f} GB of memory at most")
    if trial.mode == "refused":
        raise typer.Exit(3)


def explain(
    name: Annotated[
        str, typer.Argument(metavar="[ERROR]", help="As the error names itself: archive-busy.")
    ] = "",
    language: Annotated[
        str, typer.Option("--language", help="Its code; default: that of the settings, or of your terminal.")
    ] = "",
) -> None:
    """Explain an error in plain words; without a name, list all of them."""
    from daybrief.languages.phrases import explained, explanations

    chosen = language or wished()
    if not name:
        for slug, explanation in explanations(chosen).items():
            first = re.split(r"\. |。", explanation.what)[0]
            typer.echo(f"{slug:<20} {first.rstrip('.')}")
        return
    explanation = explained(name, chosen)
    typer.echo(f"{explanation.what}\n\n→ {explanation.todo}")


def schedule(
    kind: Annotated[str, typer.Argument(metavar="cron|systemd|github", help="Who runs it.")],
    at: Annotated[str, typer.Option("--at", metavar="HH:MM", help="Time of day.")] = "07:37",
    zone: Annotated[
        str | None,
        typer.Option("--zone", metavar="ZONE", help="Its time zone; default: that of the settings."),
    ] = None,
    install: Annotated[bool, typer.Option("--install", help="Put it in place, after showing it.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take out what --install put in place.")] = False,
    config: Config = None,
) -> None:
    """Print a schedule that makes yesterday's brief every day and makes up missed days; or install it.

    `github` is a workflow that also publishes the site; save it as .github/workflows/daybrief.yml.
    """
    from daybrief.app import setup
    from daybrief.config import load

    if kind not in setup.KINDS:
        raise ConfigError(f"the schedule {kind!r} is unknown", hint=f"one of {', '.join(setup.KINDS)}")
    if kind == "github" and (install or remove):
        raise ConfigError(
            "a workflow is installed by a commit",
            hint="daybrief schedule github > .github/workflows/daybrief.yml",
        )
    if remove:
        typer.echo(say("removed" if setup.remove_schedule(kind) else "nothing_installed"))
        return
    settings = load(config, os.environ, zone=zone)
    speak(settings.language)
    folder = (config.resolve().parent if config else Path.cwd()).resolve()
    program = shutil.which("daybrief") or str(Path(sys.argv[0]).resolve())
    plan = setup.Plan(
        at=setup.parsed_time(at),
        zone=settings.zone,
        program=program,
        folder=str(folder),
        install=settings.install,
    )
    typer.echo(setup.schedule_text(kind, plan), nl=False)
    if install:
        setup.install_schedule(kind, plan)
        if kind == "systemd":
            typer.echo(say("linger"), err=True)
        typer.echo(say("installed", kind=kind), err=True)
