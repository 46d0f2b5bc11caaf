"""Learning from many teachers without a vote, "Teacher2Task" (arXiv 2411.12724).

tasks          what every teacher said, and the truth where it is known, as N+1 tasks; checked
network        one network for all tasks: a shared trunk and a token a task; NumPy and torch
classifier     `Teacher2TaskClassifier`, with scikit-learn's interface
filing         a brief's own papers, taught by rules, arXiv tags and the shipped model
aggregation    the ways that first merge the teachers: votes, Dawid-Skene, GLAD, MACE, best teacher
annotators     real classifiers with blind spots that label Fashion-MNIST
"""

from daybrief.labs.kit.lab import Lab

LAB = Lab(
    name="teachers",
    extra="lab-teachers",
    needs=("numpy", "scipy", "sklearn", "crowdkit"),
    engine=("daybrief.categorisers.embedded",),
)
