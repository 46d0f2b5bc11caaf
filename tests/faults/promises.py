"""The promises, in the order of the page."""

from __future__ import annotations

from tests.faults import Promise, canaries, documents, network, runs, year

TESTED = (
    ("conditional", "What servers vouched for is asked for with their own words, and kept only when whole",
     "0 failures", "adapters/test_http_cache.py"),
    ("bodies", "No answer costs more than its limit, encoded or decoded; bombs are left before they open",
     "0 failures", "adapters/test_body.py"),
    ("spacing", "arXiv is asked one thing at a time by all processes together; a killed one frees its turn",
     "gap ≥ the spacing, one at a time", "adapters/test_throttle.py"),
    ("shapes", "A document of any shape is read or refused within a bound",
     "0 failures", "sources/test_gates.py"),
    ("calendar", "An empty bulletin of a weekend or holiday is normal, on another day it is not",
     "0 days misjudged", "sources/test_arxiv_calendar.py"),
    ("encodings", "Bytes of any encoding become text; what cannot be read never raises",
     "0 failures", "text/test_decoding.py"),
    ("titles", "Titles are one line without what reorders, hides or controls",
     "0 failures", "text/test_plain.py"),
    ("formulas", "LaTeX becomes readable text in linear time, and nothing of it is lost or run",
     "0 failures", "text/test_latex.py"),
    ("escapes", "Each destination reads back the title that was written",
     "0 failures", "text/test_escape.py"),
    ("injections", "A model that obeys the text it reads cannot leave its story, link or spend",
     "0 violations", "models/test_injections.py"),
    ("answers", "Nothing is published of an answer that is cut, malformed or of another story",
     "0 partial publications", "models/test_llm_answers.py"),
    ("spending", "Models never spend more than the cap, whatever they report", "0 overshoots",
     "models/test_llm_budget.py"),
    ("claims", "A sentence whose number, name, negation or quote was changed is not supported",
     "0 failures", "checks/test_claims.py checks/test_number_check.py checks/test_polarity.py"),
    ("paths", "No text becomes a path; readers of the folder see the old edition or the new",
     "0 files outside", "adapters/test_files.py"),
    ("lock", "One run an archive; a dead holder never blocks", "0 failures", "adapters/test_lock.py"),
    ("damage", "A damaged archive is noticed before it is used, and can be restored or salvaged",
     "0 failures", "adapters/test_upkeep.py"),
    ("outbox", "A message is sent once, or told as uncertain", "0 doubled", "delivery/test_post.py"),
    ("plugins",
     "A plugin that raises, hangs, forks, changes the process or gives rubbish costs its own part only",
     "0 editions lost",
     "contracts/test_border.py stages/test_collect.py stages/test_rank.py stages/test_write.py "
     "stages/test_verify.py"),
    ("days", "Whatever is done in whatever order, nothing collected is lost and no day forgotten",
     "0 items lost", "end_to_end/test_days.py"),
    ("queries", "Any input is a search, none is an error", "0 errors", "text/test_query.py"),
    ("reader-headers", "The reader's pages carry the whole policy and answer configured names alone",
     "0 routes without", "web/test_security.py"),
    ("reader-protocol", "Slow, large and malformed requests are bounded; caches match their bytes",
     "0 failures", "web/test_protocol.py"),
    ("arxiv-ways", "A refusal of arXiv's feed, interface or harvest is made good by the next way in, or told",
     "0 failures", "sources/test_arxiv.py"),
    ("politeness", "Each host is asked one thing at a time, by a named asker without cookies or proxies",
     "0 failures", "adapters/test_web.py"),
    ("robots", "A page is read only where its site's robots.txt lets us, wherever a redirect leads",
     "0 pages asked for", "adapters/test_robots.py"),
    ("freshness", "What will not change for a while, as its server or feed says, is not asked for in it, up "
     "to 12 hours; who told us to stay away is left alone by the next process, too",
     "0 requests sooner", "adapters/test_freshness.py"),
    ("error-pages", "A page of words, an error or another feed is never taken for news, nor for silence",
     "0 false items", "contracts/test_sources.py sources/test_feed.py"),
    ("collecting", "No source brings more than it may, takes more than its time, or costs another's items",
     "0 failures", "stages/test_collect.py"),
    ("links", "An address is one of the web, without what tracks a reader or shows a secret",
     "0 bad links", "text/test_identity.py adapters/test_addresses.py"),
    ("foreign-markup", "Nothing of a foreign text is an element, a handler or an address of a page",
     "0 foreign elements", "publishers/test_html.py web/test_text.py"),
    ("page-weight", "A hundred stories weigh less than 300 kB, and a quiet day is a whole page",
     "≤ 300 kB", "publishers/test_html.py::test_a_hundred_stories_weigh_less_than_300_kilobytes "
     "publishers/test_html.py::test_a_quiet_day_still_has_a_whole_page"),
    ("outages", "Without its model a day appears all the same, and only what is missing is paid for later",
     "100 % of editions", "models/test_llm_day.py"),
    ("repeats", "What was asked of a model is kept: the same question is never paid for twice", "0 calls",
     "models/test_llm_service.py::test_the_same_question_is_never_paid_for_twice "
     "models/test_llm_service.py::test_a_kept_answer_needs_neither_key_nor_server"),
    ("schedule", "A missed day is made up, a clock that jumps hides none, and the watch knows working days",
     "0 days hidden", "schedule/test_schedules.py"),
    ("migrations", "An archive of any earlier format opens; one of a newer program is refused untouched",
     "100 % of formats", "adapters/test_archive.py"),
    ("bad-input", "A wrong setting, argument or file is named with its remedy, and nothing is half written",
     "0 tracebacks", "end_to_end/test_bad_input.py cli/test_exit_codes.py"),
    ("ledger", "What goes into a stage comes out kept, merged or dropped with a reason", "0 unaccounted",
     "stages/test_decide.py stages/test_dedupe.py stages/test_rank.py stages/test_verify.py"),
    ("pages-scripts", "No stored vector runs in a browser, and no page asks anybody else for anything",
     "0 hits, 0 foreign requests", "web/test_in_a_browser.py"),
    ("reader-writes", "No parameter of any route reaches the archive as anything but a value", "0 writes",
     "web/test_every_route.py"),
    ("reader-doors", "Other names, forged forms, brute force and paths that lead elsewhere are refused",
     "0 accepted", "web/test_security.py"),
    ("reader-load", "Dear searches and greedy clients leave room for the others", "0 failures",
     "web/test_concurrency.py"),
    ("patterns", "No regular expression of ours takes more than linear time", "0 patterns",
     "meta/test_patterns.py"),
    ("korean", "Words of Korean are found in compounds, with other particles, and across languages",
     "0 failures", "search/test_search.py text/test_tokens.py"),
    ("feeds-out", "The feeds are valid, their ids stay, and our own collector reads them back",
     "0 invalid", "publishers/test_feeds.py"),
    ("site-pages", "The site works without script, by keyboard and narrow, and axe finds nothing",
     "0 violations", "publishers/test_site_in_a_browser.py"),
    ("watching", "What is logged, traced, counted and beaten holds facts and no text, address or header",
     "0 failures", "adapters/test_telemetry.py web/test_metrics.py"),
)  # fmt: skip
"""Name, words, what is asked, and the tests that try it."""

PROMISES: tuple[Promise, ...] = (
    Promise(
        "addresses", "No address from outside, however spelt, resolved or redirected, leads inside a network",
        "≥ 150 vectors, 0 connections to the canary", network.private_addresses, 1, 1, 150,
    ),
    Promise(
        "servers", "Whatever a server does, its source ends in time and memory, in items or in an error",
        "0 failures, ≤ 4 s besides polite waits at a budget of 3 s, ≤ 100 MiB",
        network.hostile_servers, 3, 99, 200,
    ),
    Promise(
        "waits", "Nobody is asked sooner than they allowed, and never more than three times again",
        "0 of 10,000 schedules", network.schedules, 30, 10_000, 10_000,
    ),
    Promise(
        "kills-run", "A run killed at any step leaves nothing torn; the next one ends as if nothing had been",
        "≥ 200 kill points, 0 reruns that differ, SQLite and PostgreSQL", runs.killed_runs, 1, 999, 200,
    ),
    Promise(
        "kills-delivery", "A delivery killed at any step sends nothing twice and loses nothing in silence",
        "≥ 100 kill points, 0 doubled, 0 lost", runs.killed_deliveries, 1, 999, 100,
    ),
    Promise(
        "races", "Of eight processes that start the same day at once, one makes it",
        "0 of 200 days with two winners", runs.races, 2, 200, 200,
    ),
    Promise(
        "disk", "A full, read-only, forbidden or broken disk leaves the old or the new, and a clear error",
        "0 states between", runs.disk_faults, 1, 999, 100,
    ),
    Promise(
        "manners", "An unchanged feed is asked for with its own validators, without cookie or referer, named",
        "0 unconditional repeats of 1,000 polls; ≤ 2 at once and ≥ 1 s apart", network.politeness,
        20, 1_000, 1_000,
    ),
    Promise(
        "arxiv-gap", "Three processes and a killed one, with one clock, ask arXiv one at a time and apart",
        "gap ≥ 3.0 s, at once 1", network.arxiv_gap, 9, 90, 90,
    ),
    Promise(
        "fuzz", "Feeds and answers spoilt at random are read or refused by an error of a type of ours",
        "0 untyped errors of 100,000", documents.spoilt, 300, 100_000, 100_000,
    ),
    Promise(
        "flips", "A bit that flips in the content of an archive is noticed by `archive check`",
        "0 of 1,000 unnoticed, 0 tracebacks", documents.flips, 2, 1_000, 1_000,
    ),
    Promise("reruns", "A day run again changes no byte and sends nothing", "0", runs.reruns, 1, 50),
    Promise(
        "loops", "A thousand runs leave no memory, descriptor, thread or temporary file behind",
        "growth 0 within noise", runs.loops, 3, 1_000, 1_000,
    ),
    Promise(
        "year", "A year of weekends, holidays, late bulletins, outages and missed mornings is whole",
        "0 days missing, doubled or misdated, 0 items lost, at 5 % faults", year.year, 10, 364, 364,
    ),
    Promise(
        "secrets", "No secret of the settings is said, logged, traced, kept, recorded or published",
        "0 canaries seen, at the highest verbosity", canaries.secrets, 1, 99, 100,
    ),
    Promise(
        "windows", "Every instant belongs to one day, in every zone, whatever its clocks do",
        "0 gaps or overlaps", runs.windows, 2_000, 100_000, 48_000,
    ),
    *(
        Promise(name, words, target, tests=tuple(f"tests/{test}" for test in tests.split()))
        for name, words, target, tests in TESTED
    ),
)  # fmt: skip
