"""Language models behind `ports.Llm`: any OpenAI-compatible service, Anthropic, Gemini.

    question → kept answer? → preflight (once) → reserve → turn → service → settle → read → keep
                                                    ↑ waits, and asks again after passing errors ┘

    client.py     the flow of a call: what is asked, when, how often; models opened for a run
    service.py    one request over HTTP, bounded; the list of models
    dialects.py   requests and answers in the words of each service
    answers.py    a model's text read as the type asked for
    failures.py   what a refusal means and what is to be done about it
    budget.py     prices, the cap of a run, and the file of answers and spending

Nothing is sent before the settings are looked into, nothing is paid for that does not fit into the run's cap,
nothing is paid for twice, and nothing that a service answers raises anything but a WriterError.
"""

from daybrief.adapters.llm.client import Inspection, Models, inspect_model

__all__ = ["Inspection", "Models", "inspect_model"]
