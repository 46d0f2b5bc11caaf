"""daybrief: the AI papers and news worth knowing, every morning, checked sentence by sentence."""

__version__ = "0.1.0"
