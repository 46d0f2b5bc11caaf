"""All settings: one `daybrief.toml`, then the environment, then the command line.

Each field's description is the documentation: `daybrief config show` prints it, and the reference page
is made from it. An environment variable `DAYBRIEF_<FIELD>` (`DAYBRIEF_WEB__CONTACT` for a nested one)
overrides the file. Unknown names are errors that say what was meant, and a value that does not fit is told in
the reader's words, with its full name: web.timeout_s = "x" must be a number.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from daybrief.errors import ConfigError
from daybrief.languages import CODES, DEFAULT
from daybrief.model import EditionKind
from daybrief.text.decoding import own_text

FILE = "daybrief.toml"
PREFIX = "DAYBRIEF_"
PASSWORD = "DAYBRIEF_PASSWORD"  # noqa: S105  the variable with the reader's: no setting
# in the environment: parted by commas
_LISTS = frozenset({"names", "kinds", "allow", "more", "less", "seeds"})
CHECKS = (
    "quotes",
    "numbers",
    "names",
    "polarity",
    "generality",
    "relations",
    "language",
    "form",
    "wrong_source",
    "entailment",
)


def _doc(text: str) -> Meta:
    return Meta(description=text)


class Web(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How requests leave this machine."""

    contact: Annotated[
        str, _doc("An address or URL put into the User-Agent, so that a server can reach you.")
    ] = ""
    timeout_s: Annotated[float, _doc("Seconds one operation of a request may wait.")] = 20.0
    budget_s: Annotated[float, _doc("Seconds one request may take in all, however slowly it drips.")] = 30.0
    source_s: Annotated[float, Meta(description="Seconds in which one source may ask.", gt=0)] = 300.0
    collect_s: Annotated[
        float, Meta(description="Seconds that collecting may take in all; who is late is named.", gt=0)
    ] = 900.0
    at_once: Annotated[
        int, Meta(description="Sources that are asked at once; each host is asked one thing at a time.", ge=1)
    ] = 16
    max_bytes: Annotated[int, _doc("Bytes of one answer, encoded or decoded; more is refused.")] = 10 * 2**20
    spacing_s: Annotated[float, _doc("Seconds between two requests to the same host.")] = 1.0
    allow: Annotated[
        tuple[str, ...],
        _doc("`host:port` pairs that may be reached although they are private; for your own servers."),
    ] = ()


class Ranking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many stories an edition holds."""

    most: Annotated[int, Meta(description="Stories in one edition at the most.", ge=1)] = 60
    most_each: Annotated[int, Meta(description="Stories in one category at the most.", ge=1)] = 12


class WholeText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether stories are told from their whole texts, and how much is read: `docs/fulltext.md`."""

    papers: Annotated[
        int,
        Meta(description="Papers of a day whose whole text is read, best first; 0: none.", ge=0),
    ] = 60
    articles: Annotated[
        int, Meta(description="News of a day whose linked article is read, best first.", ge=0)
    ] = 40
    figures: Annotated[
        int,
        Meta(description="Papers of a day whose figure 1 is shown, where the licence allows it.", ge=0),
    ] = 12
    comments: Annotated[
        int, Meta(description="Comments quoted of a story's thread on Hacker News.", ge=0, le=10)
    ] = 2
    total_s: Annotated[
        float, Meta(description="Seconds that an edition waits for whole texts at the most.", gt=0)
    ] = 300.0
    parse_s: Annotated[float, Meta(description="Seconds one document may take to read.", gt=0)] = 20.0
    memory_mib: Annotated[int, Meta(description="Memory one document may take to read.", ge=256)] = 1024
    keep: Annotated[int, Meta(description="Characters kept of a work under a free licence.", ge=1000)] = (
        12_000
    )
    arxiv: Annotated[str, _doc("Address of arXiv, or of a mirror of yours.")] = "https://arxiv.org"
    hacker_news: Annotated[str, _doc("Address of the interface that gives comments.")] = (
        "https://hacker-news.firebaseio.com/v0"
    )

    @property
    def wanted(self) -> bool:
        """Whether anything is read at all."""
        return bool(self.papers or self.articles)


class Search(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the archive is searched; its index is derived, so its folder may be deleted at any time."""

    folder: Annotated[str, _doc("Folder of the index; empty means beside the archive.")] = ""
    embedder: Annotated[
        str,
        _doc(
            "Who compares meanings: `minilm` or the faster `minilm-int8` (English), `use` or `e5` (many "
            "languages), the folder of an embedding model, or the address of a service like OpenAI's "
            "(`https://…/v1`); empty means that words alone decide."
        ),
    ] = ""
    model: Annotated[str, _doc("The name by which that service knows its model.")] = ""
    key_env: Annotated[str, _doc("The environment variable that holds its key; empty: it wants none.")] = ""
    rerank: Annotated[
        bool,
        _doc(
            "Whether a small model looks at the first hits again. It did not rank better beyond doubt "
            "where it was measured (`docs/figures.md`), so it is off."
        ),
    ] = False


class GuardOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The guard of the question box and of imported news: what does not belong to the scope is declined."""

    scope: Annotated[
        str,
        _doc(
            "What belongs, in a sentence: `Questions about AI research and AI news.` Empty, as it is at "
            "first, means that everything may be asked and imported: a broad scope declines too much."
        ),
    ] = ""
    encoder: Annotated[
        str,
        _doc(
            "Who compares meanings: `words`, `minilm` or the faster `minilm-int8` (English), `use` or `e5` "
            "(Korean too), or the folder of an embedding model; empty: as `search.embedder`, or `words`, "
            "which knows no meanings."
        ),
    ] = ""
    decline_at: Annotated[
        float,
        Meta(description="Probability of being off-topic above which a text is declined.", ge=0.4, le=1),
    ] = 0.6
    questions: Annotated[bool, _doc("Whether questions pass the guard.")] = True
    imports: Annotated[bool, _doc("Whether news that `daybrief import` reads passes the guard.")] = True


class Serve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the reader is served."""

    host: Annotated[str, _doc("Address to answer on; one that other machines reach needs a password.")] = (
        "127.0.0.1"
    )
    port: Annotated[int, Meta(description="Port to answer on.", ge=1, le=65_535)] = 8710
    names: Annotated[
        tuple[str, ...],
        _doc("Host names that are answered besides the address itself: what people type to reach it."),
    ] = ()
    https: Annotated[bool, _doc("Whether browsers reach the reader by https, through a proxy before it.")] = (
        False
    )
    password: Annotated[
        str,
        _doc("File with the hash that `daybrief serve --set-password` writes; empty: beside the archive."),
    ] = ""
    authority: Annotated[str, _doc("The name in the ids of feeds; keep it when the reader moves.")] = (
        "localhost"
    )
    metrics: Annotated[
        bool,
        _doc("Whether `/metrics` tells Prometheus how the reader and the last run do: `docs/watching.md`."),
    ] = False


class Observing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signals of a run besides its editions: `docs/watching.md`."""

    log: Annotated[
        Literal["words", "json"],
        _doc("How what happens is logged on the standard error: `words`, or `json`, an object a line."),
    ] = "words"
    level: Annotated[
        Literal["debug", "info", "warning"],
        _doc("From which level on: `debug` has every stage with its seconds and every call."),
    ] = "info"
    traces: Annotated[
        bool, _doc("Whether each run is traced by OpenTelemetry; needs `daybrief[otel]` and its `OTEL_*`.")
    ] = False
    heartbeat_env: Annotated[
        str, _doc("The environment variable with an address that is told of each day made; empty: nobody.")
    ] = ""


_NAME = re.compile(r"[\w-]{1,40}")


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reader of several on the same archive: what differs from the settings above, and their taste."""

    language: Annotated[str, _doc("Language of this profile's editions; empty: as set above.")] = ""
    kinds: Annotated[tuple[EditionKind, ...], _doc("Which editions to make; empty: as set above.")] = ()
    out: Annotated[str, _doc("Folder of its editions; empty: a folder of its name below `out`.")] = ""
    categories: Annotated[
        dict[str, Annotated[int, Meta(ge=0)]],
        _doc(
            "Stories a category may have at the most, by its id: `{ llm = 8, robotics = 3 }`. Those not "
            "named are left out; 0 leaves one out, and a table of zeros alone keeps all others."
        ),
    ] = {}
    more: Annotated[
        tuple[str, ...],
        _doc("Words or phrases to rank higher: whole words, whatever their ending, in Korean and English."),
    ] = ()
    less: Annotated[tuple[str, ...], _doc("Words or phrases to rank lower.")] = ()
    seeds: Annotated[
        tuple[str, ...],
        _doc("Papers to start from: arXiv ids, or keys such as `doi:10…` and `url:https://…`."),
    ] = ()
    taste: Annotated[
        float,
        Meta(
            description="Points that what was learned from likes may add or take at the most; 0 turns it "
            "off. For comparison, 400 votes are 6 points.",
            ge=0,
            le=100,
        ),
    ] = 6.0
    keyword: Annotated[float, Meta(description="Points that each keyword adds or takes.", ge=0, le=100)] = 3.0
    most: Annotated[int, Meta(description="Stories in one edition; 0: as set above.", ge=0)] = 0
    most_each: Annotated[int, Meta(description="Stories in one category; 0: as set above.", ge=0)] = 0
    publishers: Annotated[
        tuple[dict[str, Any], ...] | None, _doc("How its editions are told; absent: as set above.")
    ] = None
    channels: Annotated[
        tuple[dict[str, Any], ...] | None, _doc("Where its editions are sent; absent: as set above.")
    ] = None


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The static site that `daybrief site` makes of the archive."""

    out: Annotated[str, _doc("Folder of the site.")] = "site"
    base_url: Annotated[
        str, _doc("Address it is served at; empty means no feeds and no sitemap, which need it.")
    ] = ""
    pictures: Annotated[bool, _doc("Draw each edition's chart as SVG too.")] = True


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set."""

    language: Annotated[
        str, _doc(f"Language of headings and fixed phrases: {', '.join(f'`{code}`' for code in CODES)}.")
    ] = DEFAULT
    zone: Annotated[str, _doc("IANA time zone in which a day begins and ends.")] = "Asia/Seoul"
    kinds: Annotated[tuple[EditionKind, ...], _doc("Which editions to make.")] = ("papers", "news")
    out: Annotated[str, _doc("Folder the editions are written to.")] = "out"
    covers: Annotated[
        str,
        _doc(
            "Folder with `DAY/cover.jpg`, a picture for the first page of a day, as "
            "`daybrief lab use style cover` makes it; it may be `out`. Empty means none."
        ),
    ] = ""
    archive: Annotated[
        str,
        _doc(
            "The archive: a file, `sqlite:///PATH`, or `postgresql://USER@HOST/DATABASE`; empty means a file "
            "in the user's data folder."
        ),
    ] = ""
    backups: Annotated[
        int, Meta(description="Days whose backup of the archive is kept beside it; 0 makes none.", ge=0)
    ] = 7
    cache: Annotated[str, _doc("Folder for cached answers; empty means the user's.")] = ""
    models: Annotated[str, _doc("Folder of models that run on this machine; empty means the user's.")] = ""
    taxonomy: Annotated[str, _doc("A taxonomy file of your own; empty means the one shipped.")] = ""
    memory_days: Annotated[int, Meta(description="Days back in which near-duplicates are sought.", ge=1)] = 60
    trend_days: Annotated[int, Meta(description="Days back that keywords are compared with.", ge=1)] = 28
    max_items: Annotated[int, Meta(description="Items one source may bring to a day.", ge=1)] = 2_000
    processes: Annotated[
        int,
        Meta(
            description="Processes that file and write a large day without models; 0: at most two.",
            ge=0,
            le=64,
        ),
    ] = 0
    chart: Annotated[str, _doc("Form of the chart: `bars` or `pie`.")] = "bars"
    install: Annotated[
        str,
        _doc(
            "What `pip install` is given by the workflow of `daybrief schedule github`: `.` where the "
            "repository is a checkout of daybrief, else for example `git+https://…`."
        ),
    ] = "."
    web: Annotated[Web, _doc("How requests leave this machine.")] = Web()
    ranking: Annotated[Ranking, _doc("How many stories an edition holds.")] = Ranking()
    fulltext: Annotated[WholeText, _doc("Whether stories are told from their whole texts.")] = WholeText()
    search: Annotated[Search, _doc("How the archive is searched.")] = Search()
    guard: Annotated[GuardOptions, _doc("The guard of questions and of imported news.")] = GuardOptions()
    serve: Annotated[Serve, _doc("How the reader is served.")] = Serve()
    site: Annotated[Site, _doc("The static site that `daybrief site` makes.")] = Site()
    observe: Annotated[Observing, _doc("What is told of a run besides its editions.")] = Observing()
    categoriser: Annotated[dict[str, Any], _doc("Who files stories: `use` and that plugin's options.")] = (
        msgspec.field(default_factory=lambda: {"use": "embedded"})
    )
    writer: Annotated[dict[str, Any], _doc("Who writes: `use` and that plugin's options.")] = msgspec.field(
        default_factory=lambda: {"use": "extractive"}
    )
    sources: Annotated[tuple[dict[str, Any], ...], _doc("Where items come from, in order.")] = (
        {"use": "arxiv"},
        {"use": "hf_papers"},
        {"use": "deeplearn"},
        {"use": "hacker_news"},
        {"use": "hn_digest"},
        {
            "use": "feed",
            "name": "technologyreview_kr",
            "url": "https://www.technologyreview.kr/category/ai/feed/",
            "language": DEFAULT,
        },
    )
    enrichers: Annotated[tuple[dict[str, Any], ...], _doc("Who adds to items; they fail open.")] = ()
    checks: Annotated[tuple[dict[str, Any], ...], _doc("What is asked of every claim.")] = tuple(
        {"use": name} for name in CHECKS
    )
    publishers: Annotated[tuple[dict[str, Any], ...], _doc("How editions are told.")] = (
        {"use": "data"},  # first: its file is the largest, and nothing else is in memory yet
        {"use": "markdown"},
        {"use": "chart"},
        {"use": "html"},
        {"use": "feeds"},
    )
    channels: Annotated[tuple[dict[str, Any], ...], _doc("Where editions are sent, whole and once.")] = ()
    profiles: Annotated[
        dict[str, Profile],
        _doc("Several readers on one archive, each a table `[profiles.NAME]`; none means one without taste."),
    ] = {}

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as unknown:
            raise ConfigError(
                f"zone = {self.zone!r} is no IANA time zone", hint='for example "Asia/Seoul" or "UTC"'
            ) from unknown
        if self.chart not in {"bars", "pie"}:
            raise ConfigError(f"chart = {self.chart!r} is unknown", hint='use "bars" or "pie"')
        if not self.kinds:
            raise ConfigError("kinds is empty", hint='name at least one of "papers", "news"')
        for name in self.profiles:
            if not _NAME.fullmatch(name):
                raise ConfigError(
                    f"a profile is called {name!r}", hint="use up to 40 letters, digits, `_` and `-`"
                )

    def profile(self, name: str) -> Profile:
        """The profile of that name; raises ConfigError that says which there are."""
        if name not in self.profiles:
            hint = nearest(name, tuple(self.profiles)) if self.profiles else f"add [profiles.{name}]"
            raise ConfigError(f"there is no profile {name!r}", hint=hint)
        return self.profiles[name]

    def whose(self, name: str | None) -> str:
        """The profile somebody means: the one named, else the only one, "" where there is none.

        Raises ConfigError for an unknown name, and where several could be meant.
        """
        if name is None and len(self.profiles) > 1:
            raise ConfigError("several profiles could be meant", hint=f"--profile {'|'.join(self.profiles)}")
        if name is None:
            return next(iter(self.profiles), "")
        self.profile(name)
        return name

    def whose_taste(self, name: str | None) -> str:
        """The profile somebody means, as `whose`; raises ConfigError as well where there is none."""
        if profile := self.whose(name):
            return profile
        raise ConfigError(
            "taste belongs to a profile, and there is none", hint="add [profiles.me] to daybrief.toml"
        )

    def of(self, name: str) -> Settings:
        """The settings as the profile `name` overrides them; "" is the reader without one: these settings."""
        if not name:
            return self
        own = self.profile(name)
        ranking = Ranking(
            most=own.most or self.ranking.most, most_each=own.most_each or self.ranking.most_each
        )
        return msgspec.structs.replace(
            self,
            language=own.language or self.language,
            kinds=own.kinds or self.kinds,
            out=own.out or str(Path(self.out) / name),
            ranking=ranking,
            publishers=self.publishers if own.publishers is None else own.publishers,
            channels=self.channels if own.channels is None else own.channels,
        )


def load(
    file: Path | None, environment: Mapping[str, str], recorded: Mapping[str, Any] | None = None, **given: Any
) -> Settings:
    """The settings from a file (None: `daybrief.toml` here, if there is one), environment and arguments.

    `recorded` are the settings of a recorded day; they stand in for a file that was not named. Arguments
    that are None are not given. Raises ConfigError that names the setting and what to do.
    """
    raw = dict(recorded) if recorded is not None and file is None else _from_file(file)
    for name, value in _from_environment(environment).items():
        _merge(raw, name, value)
    given = {name: value for name, value in given.items() if value is not None}
    raw |= given
    raw["profiles"] = _without(raw.get("profiles", {}), given)
    wrong = tuple(faults(raw, Settings))
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if wrong[1:] else ""
        raise ConfigError(f"{wrong[0].sentence}{more}", hint=wrong[0].hint or _where(wrong[0].name))
    return _converted(raw)


def load_what_is_right(file: Path | None, environment: Mapping[str, str]) -> tuple[Settings, tuple[str, ...]]:
    """The settings as far as they can be read, and a sentence on each that cannot: it has its default."""
    problems: list[str] = []
    raw: dict[str, Any] = {}
    try:
        raw = _from_file(file)
    except ConfigError as broken:
        problems.append(broken.message)
    for name, value in _from_environment(environment).items():
        try:
            _merge(raw, name, value)
        except ConfigError as wrong:
            problems.append(wrong.message)
    for fault in tuple(faults(raw, Settings)):
        problems.append(fault.sentence)
        _remove(raw, fault.name.split("."))
    for name in list(raw):
        try:
            _converted({name: raw[name]})
        except ConfigError as wrong:
            problems.append(wrong.message)
            del raw[name]
    return _converted(raw), tuple(problems)


def _converted(raw: Mapping[str, Any]) -> Settings:
    try:
        # JSON-like input: TOML has no tuples, and the environment has only strings.
        return msgspec.convert(raw, Settings, strict=False)
    except msgspec.ValidationError as wrong:
        raise ConfigError(in_words(wrong, raw, ""), hint="see `daybrief config show`") from wrong


def _where(name: str) -> str:
    """The places in which a setting may be corrected."""
    if name.count(".") > 1:
        return f"correct it in {FILE}; `daybrief config show` says what it means"
    variable = PREFIX + name.upper().replace(".", "__")
    return f"correct it in {FILE} or {variable}; `daybrief config show` says what it means"


def _remove(raw: dict[str, Any], names: list[str]) -> None:
    """Take out the value at a dotted name, or the nearest table around it that is there."""
    table: Any = raw
    for name in names[:-1]:
        if not isinstance(table.get(name), dict):
            table.pop(name, None)
            return
        table = table[name]
    table.pop(names[-1], None)


def _without(profiles: Any, given: Mapping[str, Any]) -> Any:
    """The tables of the profiles without what an argument decides for all of them."""
    if not isinstance(profiles, dict) or not all(isinstance(table, dict) for table in profiles.values()):
        return profiles  # msgspec says what is wrong with it
    return {
        profile: {name: value for name, value in table.items() if name not in given}
        for profile, table in profiles.items()
    }


def _from_file(file: Path | None) -> dict[str, Any]:
    path = file or Path(FILE)
    if file is None and not path.exists():
        return {}
    try:
        return tomllib.loads(own_text(path.read_bytes()))
    except FileNotFoundError as gone:
        raise ConfigError(f"there is no file {path}", hint="check --config") from gone
    except UnicodeDecodeError as foreign:
        raise ConfigError(f"{path} is not in UTF-8", hint="save it as UTF-8 (or UTF-16)") from foreign
    except tomllib.TOMLDecodeError as broken:
        hint = "texts stand in quotes; docs/reference.md shows each setting"
        raise ConfigError(f"{path} is not valid TOML: {broken}", hint=hint) from broken
    except OSError as unreadable:
        raise ConfigError(
            f"{path} cannot be read: {unreadable.strerror}", hint="check --config"
        ) from unreadable


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """`DAYBRIEF_WEB__CONTACT=x` as `{"web.contact": "x"}`; secrets live in variables of other names."""
    names = (name for name in environment if name.startswith(PREFIX) and name != PASSWORD)
    return {n.removeprefix(PREFIX).lower().replace("__", "."): environment[n] for n in names}


def _merge(raw: dict[str, Any], dotted: str, value: str) -> None:
    *outer, last = dotted.split(".")
    table = raw
    for name in outer:
        table = table.setdefault(name, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{PREFIX}{dotted.upper().replace('.', '__')} does not name a table")
    table[last] = value.split(",") if last in _LISTS else value


def documented(settings: msgspec.Struct, prefix: str = "") -> list[tuple[str, str, str]]:
    """Every setting as (dotted name, value as TOML-like JSON, description), nested tables included."""
    rows: list[tuple[str, str, str]] = []
    hints = get_type_hints(type(settings), include_extras=True)
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        meta = next(m for m in get_args(hints[name]) if isinstance(m, Meta))
        if isinstance(value, msgspec.Struct):
            rows += documented(value, f"{prefix}{name}.")
        elif value and all(isinstance(nested, msgspec.Struct) for nested in _values(value)):
            for key, nested in value.items():
                rows += documented(nested, f"{prefix}{name}.{key}.")
        else:
            rows.append((f"{prefix}{name}", msgspec.json.encode(value).decode(), meta.description or ""))
    return rows


def _values(value: object) -> tuple[object, ...]:
    return tuple(value.values()) if isinstance(value, dict) else (value,)


# ── what is wrong with a value ──────────────────────────────────────────────────────────────────────


_NAMES = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
    "date": "a day (YYYY-MM-DD)",
}
_PLACE = re.compile(r"^(.*?)(?: - at `\$(.*)`)?$", re.DOTALL)
_EXPECTED = re.compile(r"^Expected `([^`]+)`(?:, got `([^`]+)`)?(.*)$", re.DOTALL)
_UNKNOWN = "is not one of the values that are known"
_MOST = 80  # letters of a value that is shown


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A wrong setting: its dotted name, what is wrong as a sentence, and what to do."""

    name: str
    sentence: str
    hint: str = ""


def faults(
    raw: Mapping[str, Any], struct: type[msgspec.Struct], prefix: str = "", show: bool = True
) -> Iterator[Fault]:
    """Yields what is wrong with each value of a table that is to become a `struct`, nested tables included.

    `prefix` stands before every name (`web.`); `show` puts the value into the sentence.
    """
    hints = get_type_hints(struct, include_extras=True)
    for name, value in raw.items():
        place = f"{prefix}{name}"
        if name not in hints:
            yield Fault(
                name=place,
                sentence=f"unknown setting {place!r}",
                hint=nearest(name, tuple(struct.__struct_fields__)),
            )
            continue
        yield from _of_value(value, hints[name], place, show)


def _of_value(value: Any, kind: Any, place: str, show: bool) -> Iterator[Fault]:
    plain = get_args(kind)[0] if hasattr(kind, "__metadata__") else kind
    if isinstance(plain, type) and issubclass(plain, msgspec.Struct) and isinstance(value, Mapping):
        yield from faults(value, plain, f"{place}.", show)
    elif get_origin(plain) is dict and isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _of_value(entry, get_args(plain)[1], f"{place}.{key}", show)
    else:
        try:
            msgspec.convert(value, kind, strict=False)
        except msgspec.ValidationError as wrong:
            sentence = in_words(wrong, value, place, show)
            yield Fault(name=place, sentence=sentence.replace(_UNKNOWN, _one_of(kind)))


def _one_of(kind: Any) -> str:
    """The rule of a type that holds a `Literal`, with its values."""
    if get_origin(kind) is Literal:
        return f"must be one of {', '.join(map(repr, get_args(kind)))}"
    rules = (_one_of(part) for part in get_args(kind) if part is not ...)
    return next((rule for rule in rules if rule != _UNKNOWN), _UNKNOWN)


def in_words(error: msgspec.ValidationError, value: Any, name: str, show: bool = True) -> str:
    """Returns a sentence such as `web.timeout_s = "x" must be a number`."""
    message, path = _split(str(error))
    inner = _inside(value, path)
    place = name + re.sub(r"^\.", "." if name else "", path)
    if missing := re.fullmatch(r"Object missing required field `(.+)`", message):
        return f"{f'{place}.' if place else ''}{missing[1]} is missing"
    if unknown := re.fullmatch(r"Object contains unknown field `(.+)`", message):
        return f"{f'{place}.' if place else ''}{unknown[1]} is unknown"
    shown = f" = {_shown(inner)}" if show else ""
    return f"{place}{shown} {_rule(message)}"


def nearest(name: str, known: tuple[str, ...]) -> str:
    """Returns a hint that names the nearest known name, or all of them."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"


def _split(text: str) -> tuple[str, str]:
    match = _PLACE.match(text)
    return (match[1], match[2] or "") if match else (text, "")


def _inside(value: Any, path: str) -> Any:
    """The part of a value that a path of msgspec's (`.a[0]`) leads to, as far as it can be followed."""
    for key, number in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path):
        try:
            value = value[key] if key else value[int(number)]
        except (KeyError, IndexError, TypeError):
            return value
    return value


def _rule(message: str) -> str:
    if message.startswith("Invalid enum value"):
        return _UNKNOWN
    match = _EXPECTED.match(message)
    if not match:
        return f"cannot be used: {message[:200]}"
    expected, got, more = match[1], match[2], match[3].strip()
    kinds = " or ".join(_NAMES.get(kind.strip(), kind.strip()) for kind in expected.split("|"))
    if got:
        return f"must be {kinds}"
    if limit := re.fullmatch(r"(>=|<=|>|<) (.+)", more):
        words = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}[limit[1]]
        return f"must be {words} {limit[2]}"
    if length := re.fullmatch(r"of length (>=|<=) (\d+)", more):
        return f"must hold {'at least' if length[1] == '>=' else 'at most'} {length[2]}"
    if pattern := re.fullmatch(r"matching regex '(.*)'", more, re.DOTALL):
        return f"must be written like {pattern[1]}"
    return f"must be {kinds} {more}".rstrip()


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"
