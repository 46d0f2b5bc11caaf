"""Every check puts its name and a reason into each verdict, and supports a verbatim quote."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybrief import plugins
from daybrief.model import Claim, Item, Quote, Verdict
from daybrief.ports import Check, Tools
from daybrief.testing.editions import taxonomy

TEXT = (
    "Korvana outperforms Mistral on three benchmarks. "
    "It reaches 62% recall, and trains on 40 GB of text. "
    "Nothing else was tried."
)
PAPER = Item(
    key="arxiv:1", source="arxiv", kind="paper", title="Korvana", url="https://arxiv.org/abs/1", text=TEXT
)
NAMES = tuple(name for name in plugins.names("checks") if name != "judge")  # which asks a model
CHECKS: dict[str, Check] = {
    name: plugins.build("checks", {"use": name}, Tools(taxonomy=taxonomy(), language="en")) for name in NAMES
}


def claim(text: str, quoted: str = "", *, part: str = "finding") -> Claim:
    start = TEXT.index(quoted)
    quote = Quote(item_key="arxiv:1", source="arxiv", start=start, end=start + len(quoted), text=quoted)
    quotes = (quote,) if quoted else ()
    return Claim(text=text, part=part, quotes=quotes, stories=("s",), language="en")  # type: ignore[arg-type]


def verdict(check: str, made: Claim) -> tuple[str, str, str]:
    judged = CHECKS[check].check(made, [PAPER])
    return judged.check, judged.outcome, judged.why


@pytest.mark.parametrize("name", NAMES)
def test_a_verbatim_quote_is_supported_as_such(name: str) -> None:
    sentence = "Korvana outperforms Mistral on three benchmarks."
    why = "1 verbatim" if name == "quotes" else "verbatim"
    assert verdict(name, claim(sentence, sentence)) == (name, "supported", why)


RECALL = ": the source says 62%"
FIRST, SECOND = "Korvana outperforms Mistral on three benchmarks.", "It reaches 62% recall"


@pytest.mark.parametrize(
    ("name", "made", "outcome", "why"),
    [
        ("quotes", claim("x"), "unsupported", "the claim quotes nothing"),
        ("names", claim("It beats Mistral.", FIRST), "supported", "every name is in the sources"),
        ("names", claim("It beats Zonkers.", FIRST), "unsupported", "in no source: Zonkers"),
        (
            "names",
            claim("Korvana outperforms Zonkers on three benchmarks.", FIRST),
            "unsupported",
            "says Zonkers where the source says Mistral",
        ),
        ("numbers", claim("It is good.", FIRST), "supported", "0 numbers in the sources"),
        ("numbers", claim("Recall is 62%.", SECOND), "supported", "1 numbers in the sources"),
        ("numbers", claim("Recall is 63%.", SECOND), "unsupported", "63% is in no source"),
        ("numbers", claim("Recall is 6.2%.", SECOND), "unsupported", f"6.2% is 10 times too small{RECALL}"),
        ("numbers", claim("Recall is 620%.", SECOND), "unsupported", f"620% is 10 times too large{RECALL}"),
        ("numbers", claim("It has two parts.", FIRST), "unsupported", "two is in no source"),
        ("numbers", claim("It has two parts.", SECOND), "unclear", "no source counts two"),
        ("generality", claim("It is good.", FIRST), "supported", "speaks for what it quotes"),
        ("relations", claim("recall", FIRST, part="keyword"), "unclear", "a keyword states nothing"),
        ("relations", claim("It is good.", FIRST), "unclear", "nothing is exchanged, as far as words tell"),
        (
            "relations",
            claim("Mistral outperforms Korvana on three benchmarks.", FIRST),
            "contradicted",
            "'Mistral' and 'Korvana' are exchanged",
        ),
        ("wrong_source", claim("It is good.", FIRST), "unclear", "too few rare words to tell"),
        ("language", claim("It is good.", FIRST), "supported", "en"),
        ("form", claim("It is good.", FIRST), "supported", "plain text"),
    ],
)  # fmt: skip
def test_a_verdict_names_its_check_and_its_reason(name: str, made: Claim, outcome: str, why: str) -> None:
    assert verdict(name, made) == (name, outcome, why)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "entailment"])  # it loads a model
@given(text=st.text(max_size=120), quoted=st.sampled_from(["", FIRST, SECOND]))
@settings(deadline=None, max_examples=15)
def test_any_claim_gets_the_same_verdict_twice_with_a_reason(name: str, text: str, quoted: str) -> None:
    judged = CHECKS[name].check(claim(text, quoted), [PAPER])
    assert isinstance(judged, Verdict)
    assert (judged.check, bool(judged.why)) == (name, True)
    assert CHECKS[name].check(claim(text, quoted), [PAPER]) == judged
