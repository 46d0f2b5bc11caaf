"""How deep to rerank, "Drowning in Documents" (arXiv 2411.11767).

collection   corpus, queries and judgements: a folder, arXiv titles, or docstrings of installed libraries
stages       the ports of first stages and rerankers; BM25, embedders, and the engine's interaction model
adapters     cross-encoders (sentence-transformers), and language models that rank lists
training     hard, random and mixed negatives; network, trees and a linear model
study        recall, nDCG, phantom hits and false alarms at every depth
"""

from daybrief.labs.kit.lab import Lab

LAB = Lab(
    name="rerank",
    extra="lab-rerank",
    needs=("numpy", "scipy", "sklearn", "bm25s"),
    engine=("daybrief.search.rerank",),
)
