"""Open post-training, "TÜLU 3: Pushing Frontiers in Open Language Model Post-Training" (arXiv 2411.15124).

decontamination  8-gram overlap of training texts with evaluation items; an index in memory and as a file
verifiers        programs that accept or refuse an answer: GSM8K, MATH, 25 instruction constraints; no torch
policies         what a trained model must offer; a small decoder from nothing
finetuning       supervised fine-tuning with the token-sum loss
preferences      pairs of answers by a pool of models and a pool of judges
judging          models and judges behind OpenAI's interface; what they said is kept
dpo              length-normalised direct preference optimisation with cached reference log-probabilities
rlvr             reinforcement learning with verifiable rewards: PPO with a value model, GRPO
evaluation       development and unseen suites, greedy and sampled
adapters         causal models of transformers, whole, with LoRA, or from GGUF
recipes          stages in a TOML file, resumable
tasks            tiny verifiable families and word problems for the measured reproduction
study            the arms of the measured reproduction
"""

from daybrief.labs.kit.lab import Lab

LAB = Lab(
    name="posttrain",
    extra="lab-posttrain",
    needs=("numpy", "torch"),
)
