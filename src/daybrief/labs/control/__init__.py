"""Control of a diffusion transformer by tokens of a picture, "OminiControl: Minimal and Universal Control for
Diffusion Transformer" (arXiv 2411.15098).

transformer  a small diffusion transformer with rotary positions, and linear layers with a branch of their own
guides       the method (one sequence, branch LoRA, positions, strength), and addition and cross-attention
flow         flow matching: noise, loss, training that can be resumed, sampling
tasks        pictures made into conditions (edges, depth, ...), and how far a picture follows one
worlds       the lab's pictures: Fashion-MNIST, and rendered scenes with exact depth
folder       a user's folder of pictures, and pictures as files
studio       training and drawing on pictures of one's own with the small model, and its files
flux         the same method for diffusers' FLUX transformer and pipeline
"""

from daybrief.labs.kit.lab import Lab

LAB = Lab(name="control", extra="lab-control", needs=("numpy", "scipy", "torch"))
