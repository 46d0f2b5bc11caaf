"""The promises, in the order of the page."""

from __future__ import annotations

from tests.faults import Promise, documents, network, runs, year

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
    ("plugins", "A plugin that raises, hangs, leaks or returns rubbish costs its own part only",
     "0 editions lost", "stages/test_collect.py"),
    ("days", "Whatever is done in whatever order, nothing collected is lost and no day forgotten",
     "0 items lost", "end_to_end/test_days.py"),
    ("queries", "Any input is a search, none is an error", "0 errors", "text/test_query.py"),
    ("reader-headers", "The reader's pages carry the whole policy and answer configured names alone",
     "0 routes without", "web/test_security.py"),
    ("reader-protocol", "Slow, large and malformed requests are bounded; caches match their bytes",
     "0 failures", "web/test_protocol.py"),
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
        "0 unconditional repeats of 1,000 polls", network.manners, 20, 1_000, 1_000,
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
        "growth 0 within noise", runs.loops, 5, 1_000, 1_000,
    ),
    Promise(
        "year", "A year of weekends, holidays, late bulletins, outages and missed mornings is whole",
        "0 days missing, doubled or misdated, 0 items lost, at 5 % faults", year.year, 14, 364, 364,
    ),
    Promise(
        "windows", "Every instant belongs to one day, in every zone, whatever its clocks do",
        "0 gaps or overlaps", runs.windows, 2_000, 100_000, 48_000,
    ),
    *(
        Promise(name, words, asked, tests=tuple(f"tests/{test}" for test in tests.split()))
        for name, words, asked, tests in TESTED
    ),
)  # fmt: skip
