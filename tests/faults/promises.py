"""The promises, in the order of the page."""

from __future__ import annotations

from tests.faults import Promise, network

PROMISES: tuple[Promise, ...] = (
    Promise(
        "addresses", "No address from outside, however spelt, resolved or redirected, leads inside a network",
        "≥ 150 vectors, 0 connections to the canary", network.private_addresses, 1, 1,
    ),
    Promise(
        "servers", "Whatever a server does, its source ends in time and memory, in items or in an error",
        "0 failures, ≤ 4 s at a budget of 3 s, ≤ 100 MiB", network.hostile_servers, 3, 99,
    ),
    Promise(
        "waits", "Nobody is asked sooner than they allowed, and never more than three times again",
        "0 of 10,000 schedules", network.schedules, 30, 10_000,
    ),
)  # fmt: skip
