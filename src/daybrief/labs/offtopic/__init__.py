"""A guardrail against off-topic prompts, fitted without traffic (arXiv 2411.12946).

scopes       test sets of scopes that no guard has seen: CLINC150, arXiv, the standard library's help, Korean
baselines    tuned cosine, nearest of six examples, zero-shot, late interaction
experiment   the engine's guard (`daybrief.guard`) beside them
"""

from daybrief.labs.kit.lab import Lab

LAB = Lab(
    name="offtopic",
    extra="lab-guard",
    needs=("numpy", "sklearn"),
    engine=(
        "daybrief.guard",
        "daybrief.guard.examples",
        "daybrief.guard.features",
        "daybrief.guard.heads",
        "daybrief.guard.scope",
    ),
)
