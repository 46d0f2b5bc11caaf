"""The labs: papers that run here. An optional part, `pip install "daybrief[labs]"`.

One folder a paper; a folder that holds `page.toml` is a lab, and there is no list to edit:

    labs/NAME/__init__.py     LAB: what the lab needs, and which engine modules it measures
    labs/NAME/…               the method: a small library that works on a user's own data
    labs/NAME/experiment.py   run(trial) -> Findings: the measured reproduction
    labs/NAME/use.py          app: the commands of `daybrief lab use NAME …`, where the method is of use alone
    labs/NAME/page.toml       what the reader sees, and the falsifier, stated before the run
    labs/NAME/results/        card.json, picture.svg, picture.ko.svg

A lab may import the engine; the engine reads a lab's card by arXiv id (`daybrief.cards`) and never a lab.
How to write one: docs/labs/README.md.
"""
