"""Panoptic segmentation and self-supervised depth in one network, "MGNiceNet: Unified Monocular Geometric
Scene
Understanding" (arXiv 2411.11466).

backbones  features at several strides: a small one, EfficientNet-Lite0, any torch module
kernels    kernel-update heads, mask-level binned depth linked to the kernels, the network
losses     matching of kernels to segments, losses of masks and classes, photometric loss, motion masks
geometry   cameras, warping, poses, metric scale
segments   panoptic maps, panoptic quality, errors of depth
training   a run that can be resumed; checkpoints; prediction; export to ONNX
folders    Cityscapes, KITTI, and pictures of one's own; overlays
scenes     rendered clips with exact depth, masks and moving things
"""

from daybrief.labs.kit.lab import Lab

LAB = Lab(name="panoptic", extra="lab-panoptic", needs=("numpy", "scipy", "torch", "PIL", "pybullet"))
