"""Stages: the verbs of a day, one a file. A stage is a function of data and touches nothing else."""
