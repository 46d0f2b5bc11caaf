"""Which words are names, when the source has them, and which of its names a strange one stands for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.checks.names import Options, exchanged, folded, known, make, nearest, unknown
from daybrief.model import Claim, Item, Quote
from daybrief.ports import Tools
from daybrief.testing.editions import taxonomy

SENTENCE = "We show that Llama beats Mistral on the Atlas benchmark."


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("GPT-4o", "gpt4o"),
        ("Transformers", "transformer"),
        ("naïve", "naive"),
        ("DeepMind's", "deepmind"),
        ("DeepMind’s", "deepmind"),
        ("policies", "policy"),
        ("ties", "tie"),
        ("Press", "press"),
        ("as", "as"),
        ("GPUs", "gpu"),
        ("C++", "c"),
    ],
)
def test_one_spelling_of_a_name_has_no_case_accent_hyphen_possessive_or_plural(
    word: str, expected: str
) -> None:
    assert folded(word) == expected


@given(st.from_regex(r"[A-Za-z]{1,12}", fullmatch=True))
def test_case_does_not_matter_to_a_name(word: str) -> None:
    assert folded(word.upper()) == folded(word.lower())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We show that Gemma beats Mistral on the Atlas benchmark.", [("Gemma", "Llama")]),
        ("We show that Gemma beats Qwen on the Atlas benchmark.", [("Gemma", "Llama"), ("Qwen", "Mistral")]),
        ("We show that Mistral beats Mistral on the Atlas benchmark.", []),  # a name the sentence has
        ("We show that Llama beats Mistral on the Llama benchmark.", []),
        ("We show that gemma beats Mistral on the Atlas benchmark.", []),  # no capital
        ("We show that X beats Mistral on the Atlas benchmark.", []),  # one letter
        ("We show that However beats Mistral on the Atlas benchmark.", []),  # begins a sentence
        *(
            (f"{word} beat Mistral on the Atlas benchmark.", [])
            for word in (
                "Besides",
                "Summaries",
                "Batches",
                "Bigger",
                "Women",
                "Thirty",
                "Readers",
                "Twice",
                "Nobody",
            )
        ),
        ("We show that Llama-based beats Mistral on the Atlas benchmark.", []),  # a part of it
        ("We show that Llama beats Mistral on the Atlas benchmark.", []),
        ("We show that beats Mistral on the Atlas benchmark.", []),  # left out, not exchanged
        ("We show that Big Gemma beats Mistral on the Atlas benchmark.", [("Big", "Llama")]),
    ],
)
def test_a_name_in_the_place_of_another_is_exchanged(text: str, expected: list[tuple[str, str]]) -> None:
    assert list(exchanged(text, SENTENCE)) == expected


@pytest.mark.parametrize(
    ("words", "expected"), [("one two Mistral", [("Gemma", "Mistral")]), ("one two three Mistral", [])]
)
def test_a_run_of_more_than_three_times_the_words_is_no_exchange(
    words: str, expected: list[tuple[str, str]]
) -> None:
    assert list(exchanged("models like Gemma do well", f"models like {words} do well")) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("models like LLM do well", "models like Large Language Models do well"),
        ("models like Large Language Models do well", "models like LLM do well"),
        ("models like GPT4 do well", "models like GPT-4 do well"),
    ],
)
def test_an_acronym_is_not_exchanged_for_its_own_words(text: str, sentence: str) -> None:
    assert list(exchanged(text, sentence)) == []


@pytest.mark.parametrize(
    ("name", "source", "meant"),
    [
        ("Lllama", "Llama", "Llama"),
        ("Mistrla", "Mistral", "Mistral"),  # two neighbours turned are one step
        ("Mistral", "Mistral", ""),  # it is that name
        ("Qwen", "Gwen and Owen", "Gwen"),  # of two as near the first by letters
        ("Qwen", "Gwyn", ""),  # half of its letters
        ("Abcdefgh", "Abcdefxy", "Abcdefxy"),  # two of eight
        ("Abcdefg", "Abcdexy", ""),  # two of seven
        ("llama", "llamo", ""),  # no name of the source
        ("4omini", "4omino", "4omino"),
        ("Ab", "Ac", ""),  # too short
        ("Nothing", "", ""),
    ],
)
def test_a_misspelt_name_is_at_most_a_quarter_of_its_letters_away(name: str, source: str, meant: str) -> None:
    assert nearest(name, known(source)) == meant


SOURCE = (
    "We study electronic health records with DeepMind and GPT-4o. PixWizard edits images. "
    "A Large Vision Model (LVM) reads policies of the Hugging Face hub."
)


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("It uses GPT4o and gpt-4o.", []),
        ("It uses GPT-5o.", ["GPT-5o"]),
        ("It uses Deep Mind.", []),
        ("It uses Pix.", []),  # a hump
        ("It reads EHR.", []),  # initials
        ("It reads EHRs.", []),
        ("It reads EXR.", ["EXR"]),
        ("It uses HuggingFace.", []),
        ("A GPU and an API of AI.", []),  # the glossary
        ("It has 7B weights, 3D, N/2 and K+1.", []),
        ("It has Zonkers and Zonkers.", ["Zonkers"]),
        ("Zonkers wins.", ["Zonkers"]),
        ("However, it wins.", []),
        ("It wins. Zonkers wins.", ["Zonkers"]),
        ("zonkers wins.", []),
        ("It is Q.", []),
        ("It is DeepMind's.", []),
        ("It is PixWizard-Zonk.", ["PixWizard-Zonk"]),
        ("It is PixWizard-DeepMind.", []),
        ("It is iZonk.", ["iZonk"]),
        ("모델 Zonkers 이다", ["Zonkers"]),
    ],
)
def test_a_name_is_strange_when_the_source_writes_it_in_no_way(text: str, strange: list[str]) -> None:
    assert list(unknown(text, known(SOURCE))) == strange


def test_strange_names_come_in_order_each_once_and_two_hundred_at_most() -> None:
    many = " ".join(f"it has Zonk{chr(97 + n // 26)}{chr(97 + n % 26)}X" for n in range(250))
    strange = unknown(many, known("nothing"))
    assert len(strange) == 200
    assert strange[:2] == ("ZonkaaX", "ZonkabX")
    assert unknown("See Zed2 and Abe2 and Zed2.", known("nothing")) == ("Zed2", "Abe2")


def verdict(text: str, *, allow: tuple[str, ...] = (), part: str = "finding", quoted: str = SENTENCE) -> str:
    item = Item(
        key="arxiv:1", source="arxiv", kind="paper", title="A title", url="https://a.example/",
        text=SENTENCE, authors=("Ada Lovelace",), venue="NeurIPS",
    )  # fmt: skip
    start = SENTENCE.index(quoted)
    quote = Quote(item_key=item.key, source=item.source, start=start, end=start + len(quoted), text=quoted)
    claim = Claim(text=text, part=part, quotes=(quote,), stories=("s",), language="en")  # type: ignore[arg-type]
    judged = make(Options(allow=allow), Tools(taxonomy=taxonomy())).check(claim, [item])
    assert judged.check == "names"
    return f"{judged.outcome}: {judged.why}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SENTENCE, "supported: verbatim"),
        ("Nothing was named.", "supported: every name is in the sources"),
        ("Ada Lovelace was at NeurIPS.", "supported: every name is in the sources"),
        ("All of it is due to Zonkers.", "unsupported: in no source: Zonkers"),
        ("All of it is due to Mistrall.", "unsupported: in no source: Mistrall (the source has Mistral)"),
        (
            "We show that Gemma beats Mistral on the Atlas benchmark.",
            "unsupported: says Gemma where the source says Llama",
        ),
    ],
)
def test_a_verdict_names_what_is_strange_and_what_was_meant(text: str, expected: str) -> None:
    assert verdict(text) == expected


def test_a_verdict_names_ten_strange_names_at_most() -> None:
    many = " ".join(f"it has Zonk{chr(97 + n)}X" for n in range(12))
    assert verdict(many).count("Zonk") == 10


def test_a_name_that_the_settings_allow_is_known() -> None:
    assert verdict("All of it is due to Zonkers.", allow=("zonker",)).startswith("supported")


def test_a_keyword_may_be_cut_out_of_a_word_of_its_quote() -> None:
    assert verdict("‘Mistra’: 3 papers today", part="keyword") == "supported: verbatim"
    assert verdict("‘Zonkers’: 3 papers today", part="keyword").startswith("unsupported")


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("It is x2.", []),
        ("It is X2.", ["X2"]),
        ("It is X.", []),
        ("It has 12ab.", []),
        ("It has 12abC.", ["12abC"]),
        ("It is N/2.", []),
        ("It is a1b.", []),
        ("It is a1B.", ["a1B"]),
        ("It is Über.", ["Über"]),
        ("It is Zon.", ["Zon"]),
        ("Zon wins.", []),  # three letters at the start of a sentence may be any word
        ("Running wins.", []),  # no name ends so
        ("Fast wins.", []),  # a word of the glossary begins a sentence
        ("Clinicians ask.", []),
        ("Zonkish wins.", ["Zonkish"]),
        ("It won. However wins.", []),
        ("It won (However wins).", ["However"]),
        ("He said: Zon wins", []),
        ("• Zon wins", []),
        ('He left. "Zon wins"', []),
        ("He left, Zon wins", ["Zon"]),
        ("모델. Run 한다.", ["Run"]),  # letters without capitals: any capital is a name
        ("It is Zonk's own.", ["Zonk"]),
    ],
)
def test_a_word_is_a_name_by_its_letters_its_digits_and_its_place(text: str, strange: list[str]) -> None:
    assert list(unknown(text, known("nothing"))) == strange


EXPERTS = (
    "We study electronic health records with PixWizard and a mixture of experts; "
    "LLM and RAG by Model makers. Google wins."
)


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        # A compound is known by its parts, unless a number makes it another one.
        ("It is PixWizard-health.", []),
        ("It is PixWizard-4.", ["PixWizard-4"]),
        ("It is PixWizard-42.", ["PixWizard-42"]),
        # An acronym is known by the first letters of words in a row, with or without the little ones.
        ("It uses MoE.", []),
        ("It uses MOE.", []),
        ("It uses MoEs.", []),
        ("It uses ME.", []),
        ("It uses HR.", []),
        ("It uses RH.", ["RH"]),
        # A term is known by its acronym.
        ("It uses Large Language Models.", []),
        ("It is Retrieval-Augmented Generation here.", []),
        ("It uses Retrieval and Augmented Generation.", []),
        ("It uses the Augmented Retrieval Generation.", ["Augmented", "Retrieval", "Generation"]),
        ("It uses Retrieval.", ["Retrieval"]),
        ("It uses Large Language Modal.", ["Modal"]),  # a name of the source, misspelt
        # What is written in other letters is known by the name it stands for.
        ("구글이 발표했다", []),
        ("메타가 발표했다", ["메타"]),
        ("구글과 메타와 메타", ["메타"]),
        ("오로라넷 데이터셋을 쓴다", ["오로라넷"]),
        ("오로라넷을 쓴다", []),
    ],
)
def test_a_name_is_known_by_its_parts_its_initials_and_what_it_stands_for(
    text: str, strange: list[str]
) -> None:
    assert list(unknown(text, known(EXPERTS))) == strange


def test_a_name_in_other_letters_is_known_where_the_source_writes_it_so() -> None:
    assert unknown("오로라넷 데이터셋과 메타를 쓴다", known("메타의 오로라넷 데이터셋")) == ()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("flies", "fly"),
        ("gas", "ga"),
        ("is", "is"),
        ("Boss", "boss"),
        ("ﬁne-tunes", "finetune"),
        ("ＧＰＴ", "gpt"),
    ],
)
def test_plurals_of_more_than_two_letters_and_signs_of_other_widths_are_folded(
    word: str, expected: str
) -> None:
    assert folded(word) == expected


def test_a_source_is_known_by_words_runs_of_four_humps_initials_and_acronyms() -> None:
    source = known("The PixWizard of deep-dive Nets by ACME Labs, ACME 3D and PixWizard")
    assert {"pixwizard", "pix", "wizard", "deepdive"} <= source.words
    assert source.says("divenet")
    assert source.says("deepdivenetsby")
    assert not source.says("deepdivenetsbyacme")
    assert source.initials == ("tpoddnbala3ap", "pddnala3p")
    assert source.acronyms == {"acme", "pixwizard"}
    assert source.written == (
        "The",
        "PixWizard",
        "of",
        "deep-dive",
        "Nets",
        "by",
        "ACME",
        "Labs",
        "3D",
        "and",
    )
    assert source.native == "ThePixWizardofdeepdiveNetsbyACMELabsACMEDandPixWizard"


def test_a_verdict_asks_the_authors_and_the_venue_of_every_source() -> None:
    items = [
        Item(key=f"arxiv:{n}", source="arxiv", kind="paper", title=title, url="", text="", authors=authors)
        for n, (title, authors) in enumerate((("A title", ("Ada Lovelace",)), ("Zonkers", ("Bob Quorby",))))
    ]
    claim = Claim(
        text="It is by Bob Quorby of Zonkers.", part="finding", quotes=(), stories=("s",), language="en"
    )
    check = make(Options(), Tools(taxonomy=taxonomy()))
    assert check.check(claim, items).outcome == "supported"
    assert check.check(claim, items[:1]).why == "in no source: Bob, Quorby, Zonkers"


@pytest.mark.parametrize(
    ("text", "acronym", "strange"),
    [
        ("Large Vision Model works", "LVM", ()),  # also where the run of words begins
        ("a Large Vision Model works", "LVM", ()),
        ("Large Zonk Model works", "LVM", ("Zonk",)),
        ("a Quorby Zonk works", "QZ", ()),  # of two letters as of more
        ("the Zonk Quorby works", "QZ", ("Zonk", "Quorby")),  # in their order
        ("a Quorby works", "Q", ("Quorby",)),  # one letter is none
        ("Quorby of the Zonk works", "QZ", ()),  # little words have no letter
    ],
)
def test_an_acronym_of_the_source_may_be_spelled_out(
    text: str, acronym: str, strange: tuple[str, ...]
) -> None:
    assert unknown(text, known(f"The {acronym} works.")) == strange


@pytest.mark.parametrize(
    ("text", "url", "outcome"),
    [
        (
            "모델 컨텍스트 프로토콜 관련 Anthropic 발표입니다.",
            "https://www.anthropic.com/news/mcp",
            "supported",
        ),
        ("Anthropic describes a protocol.", "https://anthropic.com/news/mcp", "supported"),
        ("The page stands on LessWrong.", "https://www.lesswrong.com/posts/1", "supported"),
        (
            "모델 컨텍스트 프로토콜 관련 Mistral 발표입니다.",
            "https://www.anthropic.com/news/mcp",
            "unsupported",
        ),
        ("모델 컨텍스트 프로토콜 관련 Anthropic 발표입니다.", "https://example.org/anthropic", "unsupported"),
        ("Anthropic describes a protocol.", "https://[broken/", "unsupported"),
    ],
)
def test_the_site_that_a_source_stands_on_is_a_name_of_the_source(text: str, url: str, outcome: str) -> None:
    source = Item(key="hn:1", source="hacker_news", kind="news", title="A protocol", url=url, text="")
    claim = Claim(text=text, part="finding", quotes=(), stories=("s",), language="ko")
    assert make(Options(), Tools(taxonomy=taxonomy())).check(claim, [source]).outcome == outcome
