"""An audit after "What is Fair? Defining Fairness in Machine Learning for Health" (arXiv 2406.09307).

population     label, score, decision and group of each row, checked
definitions    every group criterion: what it compares, and of whom
audit          each criterion between groups: difference, ratio, interval, test, verdict
individual     like cases alike (Lipschitz, consistency); the counterfactual of another group
conflicts      which criteria cannot hold together, and how far apart they must stay
mitigation     before, in and after training: what it moves, and what it costs
"""

from daybrief.labs.kit.lab import Lab

LAB = Lab(
    name="fairness",
    extra="lab-fairness",
    needs=("numpy", "scipy", "sklearn", "sksurv"),
    engine=("daybrief.audit.exposure",),
)
