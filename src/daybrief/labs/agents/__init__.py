"""Agents over hundreds of steps: BALROG's harness, games, and a simulated newsroom (arXiv 2411.13543).

harness      environment, agent, history, legal-action fallback, progress, resumable episodes
players      random, reflex, oracle, mixtures, and language models as agents
chat         an OpenAI-compatible service, or a local GGUF file
puzzle       a world whose rules are blocks that can be pushed
newsroom     a day of a newsroom with planted faults; the embedded editor and a sabotaged one
games        BabyAI, Crafter, TextWorld, MiniHack, NetHack behind the harness, where they are installed
scores       floors, errors, leaderboards, progress learned from a population, the published table
clones       one oracle cloned twice: from text, from pictures
"""

from daybrief.labs.kit.lab import Lab

LAB = Lab(
    name="agents",
    extra="lab-agents",
    needs=("numpy", "scipy", "sklearn"),
    engine=("daybrief.stages.dedupe", "daybrief.text.relevance"),
)
