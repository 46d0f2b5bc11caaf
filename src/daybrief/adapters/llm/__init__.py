"""Language models behind `ports.Llm`: any OpenAI-compatible service, Anthropic, Gemini.

    question → kept answer? → preflight (once) → reserve → turn → service → settle → shape → keep
                                                    ↑ waits, and asks again after passing errors ┘

Nothing is sent before the settings are known to be right, nothing is paid for that does not fit into the
run's cap, and nothing is paid for twice. pydantic-ai translates between the services; it is imported when the
first question is asked, and needs the extra `llm`.
"""

from daybrief.adapters.llm.models import Models

__all__ = ["Models"]
