r"""Programs that accept or refuse an answer: grade-school arithmetic, competition mathematics, instructions.

No model and no torch: an answer's text, and what is known of the truth, give yes or no (section 6.1 of the
paper).

    gsm8k        the last number of the answer is the truth (thousands commas stripped, sign kept)
    math         the last boxed expression, else the Minerva phrase, else the last dollar pair, else the whole
                 answer: any of them equals the truth after normalisation
    constraint   a predicate of `CONSTRAINTS` with its arguments, as {"name": "word_count", "least": 50}
    exact        the answer is the truth, blanks aside

An answer that cannot be verified is refused, never an error; a truth that cannot be read is a LabError.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from daybrief.errors import LabError
from daybrief.languages import LANGUAGES, language_of

MOST = 20_000  # characters of an answer that are looked at, from its end

Verifier = Callable[[str, Any], bool]
Constraint = Callable[..., bool]

# ── numbers and mathematics ─────────────────────────────────────────────────────────────────────────

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?|-?\.\d+")


def last_number(text: str) -> str | None:
    """The last number of a text, without thousands commas; None where there is none."""
    numbers = _NUMBER.findall(text[-MOST:])
    return numbers[-1].replace(",", "").rstrip(".") if numbers else None


def gsm8k(answer: str, truth: Any) -> bool:
    """Whether the last number of the answer is the truth, compared as text as the paper does."""
    known = last_number(str(truth))
    if known is None:
        raise LabError(f"the truth {truth!r} holds no number", hint='give the final number, as "1,234"')
    return last_number(answer) == known


_MINERVA = re.compile(r"final answer is\s*:?\s*(.{1,200}?)(?:\.\s*(?:I hope|$)|\n|$)", re.I)
_DOLLARS = re.compile(r"\$([^$]{1,400})\$")
_DROPPED = re.compile(
    r"\\left|\\right|\\!|\\,|\\;|\\quad|\\displaystyle|\^\{?\\circ\}?|\\%|%|\\\$|\$|"
    r"(?<=[\d)}])\s{0,3}\\text\{\s*[a-z ]{0,20}\}$"
)
_TEXT = re.compile(r"\\(?:text|mathrm|mbox|textbf)\{([^{}]{0,80})\}")
_SHORT_FRACTION = re.compile(r"\\frac(\d)(\d)")
_FRACTION = re.compile(r"(-?)\\frac\{(-?\d{1,12})\}\{(-?\d{1,12})\}")
_PLAIN = re.compile(r"(-?\d{1,15}(?:\.\d{1,12})?)(?:/(\d{1,12}))?")


def boxed(text: str) -> str | None:
    r"""The content of the last `\boxed{…}`, braces matched; None where there is none."""
    start = max(text.rfind("\\boxed{"), text.rfind("\\fbox{"))
    if start < 0:
        return None
    inside = text[text.index("{", start) + 1 :]
    depth = 1
    for at, sign in enumerate(inside):
        depth += (sign == "{") - (sign == "}")
        if depth == 0:
            return inside[:at]
    return None


def normal(expression: str) -> str:
    """An expression without blanks, units, decorations and short fractions."""
    text = expression.strip().rstrip(".").replace("dfrac", "frac").replace("tfrac", "frac")
    text = (
        text.rpartition("=")[2] if text.count("=") == 1 and len(text.partition("=")[0].strip()) <= 2 else text
    )
    text = _TEXT.sub(r"\1", _DROPPED.sub("", text))
    text = _SHORT_FRACTION.sub(r"\\frac{\1}{\2}", text)
    text = re.sub(r"(\d),(?=\d{3}(?:\D|$))", r"\1", text)
    return re.sub(r"\s+", "", text).lower()


def value(expression: str) -> Fraction | None:
    """The number that a normal expression is; None where it is none, or not a plain one."""
    if match := _FRACTION.fullmatch(expression):
        sign, above, below = match.groups()
        return None if int(below) == 0 else Fraction(int(above), int(below)) * (-1 if sign else 1)
    if match := _PLAIN.fullmatch(expression):
        above, below = match.groups()
        return None if below is not None and int(below) == 0 else Fraction(above) / int(below or 1)
    return None


def same(first: str, second: str) -> bool:
    """Whether two expressions are equal as text after normalisation, or as numbers."""
    left, right = normal(first), normal(second)
    if left == right:
        return bool(left)
    numbers = value(left), value(right)
    return numbers[0] is not None and numbers[0] == numbers[1]


def math(answer: str, truth: Any) -> bool:
    """Whether any candidate of the answer equals the truth."""
    known = boxed(str(truth)) or str(truth)
    if not normal(known):
        raise LabError(f"the truth {truth!r} is empty", hint="give the final expression")
    text = answer[-MOST:]
    phrases, dollars = _MINERVA.findall(text), _DOLLARS.findall(text)
    candidates = (boxed(text), *phrases[-1:], *dollars[-1:], text if len(text) <= 400 else None)
    return any(same(candidate, known) for candidate in candidates if candidate)


def exact(answer: str, truth: Any) -> bool:
    """Whether the answer is the truth, blanks at the ends aside."""
    return answer.strip() == str(truth).strip()


# ── precise instructions ────────────────────────────────────────────────────────────────────────────

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_SENTENCE = re.compile(r"[^.!?。！？\n]{2,}(?:[.!?。！？]+|\n|$)")
_BULLET = re.compile(r"^\s{0,8}(?:[*+-]|•)\s+\S", re.M)
_HIGHLIGHT = re.compile(r"(?<!\*)\*{1,2}[^*\n]{1,300}\*{1,2}(?!\*)")


def words(text: str) -> list[str]:
    """The words of a text."""
    return _WORD.findall(text)


def _within(count: int, least: int | None, most: int | None) -> bool:
    if least is None and most is None:
        raise LabError("a count without a bound", hint="give `least`, `most` or both")
    return (least is None or count >= least) and (most is None or count <= most)


def _occurrences(text: str, word: str) -> int:
    return [token.lower() for token in words(text)].count(word.lower())


def keywords(text: str, *, all: Sequence[str]) -> bool:  # noqa: A002
    """Every keyword stands in the text, as a word or phrase."""
    low = text.lower()
    return bool(all) and not [phrase for phrase in all if phrase.lower() not in low]


def forbidden(text: str, *, any: Sequence[str]) -> bool:  # noqa: A002
    """None of the words stands in the text."""
    present = {word.lower() for word in words(text)}
    return not [word for word in any if word.lower() in present]


def keyword_count(text: str, *, word: str, least: int | None = None, most: int | None = None) -> bool:
    """The word stands so often in the text."""
    return _within(_occurrences(text, word), least, most)


def letter_count(text: str, *, letter: str, least: int | None = None, most: int | None = None) -> bool:
    """The letter stands so often in the text, in either case."""
    return _within(text.lower().count(letter.lower()), least, most)


def word_count(text: str, *, least: int | None = None, most: int | None = None) -> bool:
    """The text has so many words."""
    return _within(len(words(text)), least, most)


def sentence_count(text: str, *, least: int | None = None, most: int | None = None) -> bool:
    """The text has so many sentences."""
    return _within(len([s for s in _SENTENCE.findall(text) if s.strip()]), least, most)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text: parted by empty lines, or by a line of three stars."""
    return [p.strip() for p in re.split(r"\n[ \t]*(?:\*\*\*[ \t]*)?\n", text) if p.strip(" \t\n*")]


def paragraph_count(text: str, *, count: int) -> bool:
    """The text has exactly so many paragraphs."""
    return len(paragraphs(text)) == count


def paragraph_first_word(text: str, *, count: int, number: int, word: str) -> bool:
    """Of exactly so many paragraphs, the one of this number, from 1, begins with the word."""
    parts = paragraphs(text)
    first = words(parts[number - 1])[:1] if len(parts) == count and 1 <= number <= count else []
    return [opening.lower() for opening in first] == [word.lower()]


def bullet_count(text: str, *, count: int) -> bool:
    """The text has exactly so many bullet points."""
    return len(_BULLET.findall(text)) == count


def highlight_count(text: str, *, least: int) -> bool:
    """At least so many passages stand between single or double stars."""
    return len(_HIGHLIGHT.findall(_BULLET.sub("", text))) >= least


def section_count(text: str, *, heading: str, least: int) -> bool:
    """At least so many sections begin with the heading and a number, as `SECTION 1`."""
    return len(re.findall(rf"^\W{{0,4}}{re.escape(heading)}\s+\d+", text, re.M | re.I)) >= least


def title(text: str) -> bool:
    """The text has a title between double angular brackets."""
    return any(heading.strip() for heading in re.findall(r"<<([^<>\n]{1,300})>>", text))


def is_json(text: str) -> bool:
    """The whole text is a JSON value, a code fence around it allowed."""
    try:
        json.loads(_unfenced(text.strip()))
    except (ValueError, RecursionError):
        return False
    return True


def _unfenced(text: str) -> str:
    """A text without the lines of a code fence around it."""
    lines = text.split("\n")
    if lines[0].startswith("```") and lines[-1].strip() == "```":
        return "\n".join(lines[1:-1])
    return text


def uppercase(text: str) -> bool:
    """No letter is lower-case."""
    return bool(words(text)) and text == text.upper()


def lowercase(text: str) -> bool:
    """No letter is upper-case."""
    return bool(words(text)) and text == text.lower()


def capital_words(text: str, *, least: int | None = None, most: int | None = None) -> bool:
    """So many words are all capitals."""
    return _within(sum(word.isupper() for word in words(text)), least, most)


def no_commas(text: str) -> bool:
    """No comma of any script."""
    return not set(text) & set(",،、，")


def starts_with(text: str, *, phrase: str) -> bool:
    """The text begins with the phrase."""
    return text.strip().lower().startswith(phrase.lower())


def ends_with(text: str, *, phrase: str) -> bool:
    """The text ends with the phrase, quotation marks aside."""
    return text.strip().strip("\"'”’").lower().endswith(phrase.strip().lower())


def quoted(text: str) -> bool:
    """The whole text stands between double quotation marks."""
    body = text.strip()
    return len(body) > 1 and body[0] in '"“' and body[-1] in '"”'


def postscript(text: str, *, marker: str = "P.S.") -> bool:
    """A line begins with the marker of a postscript, and something follows."""
    marker_at = re.search(rf"^\s*{re.escape(marker)}\s*(\S)", text, re.M | re.I)
    return marker_at is not None


def placeholder_count(text: str, *, least: int) -> bool:
    """At least so many placeholders in square brackets, as `[address]`."""
    return len(re.findall(r"\[[^\[\]\n]{1,100}\]", text)) >= least


def two_answers(text: str) -> bool:
    """Two different answers, parted by six stars."""
    parts = [part.strip() for part in text.strip().strip("*").split("******") if part.strip()]
    return len(parts) == 2 and parts[0] != parts[1]


def repeats_prompt(text: str, *, prompt: str) -> bool:
    """The prompt stands first, word for word, and an answer follows."""
    reply, wanted = text.strip().lower(), prompt.strip().lower()
    return reply.startswith(wanted) and len(reply) > len(wanted) + 1


def in_language(text: str, *, code: str) -> bool:
    """The text is in the language of this code."""
    known = [language.code for language in LANGUAGES]
    if code not in known:
        raise LabError(f"the language {code!r} is not known", hint=f"there are: {', '.join(known)}")
    return bool(words(text)) and language_of(text) == code


def one_of(text: str, *, options: Sequence[str]) -> bool:
    """The text holds one of the answers that were allowed."""
    return any(option.lower() in text.lower() for option in options)


CONSTRAINTS: Mapping[str, Constraint] = {
    "keywords": keywords,
    "forbidden": forbidden,
    "keyword_count": keyword_count,
    "letter_count": letter_count,
    "word_count": word_count,
    "sentence_count": sentence_count,
    "paragraph_count": paragraph_count,
    "paragraph_first_word": paragraph_first_word,
    "bullet_count": bullet_count,
    "highlight_count": highlight_count,
    "section_count": section_count,
    "title": title,
    "json": is_json,
    "uppercase": uppercase,
    "lowercase": lowercase,
    "capital_words": capital_words,
    "no_commas": no_commas,
    "starts_with": starts_with,
    "ends_with": ends_with,
    "quoted": quoted,
    "postscript": postscript,
    "placeholder_count": placeholder_count,
    "two_answers": two_answers,
    "repeats_prompt": repeats_prompt,
    "language": in_language,
    "one_of": one_of,
}


def constraint(answer: str, truth: Any) -> bool:
    """Whether an answer keeps a constraint, or all of a list. Raises LabError for an unknown one."""
    wanted = truth if isinstance(truth, list) else [truth]
    if not wanted:
        raise LabError("no constraint is given", hint='give one as {"name": "word_count", "least": 50}')
    return all([_kept(answer, rule) for rule in wanted])


def _kept(answer: str, wanted: Any) -> bool:
    if not isinstance(wanted, dict) or wanted.get("name") not in CONSTRAINTS:
        raise LabError(
            f"the constraint {wanted!r} is not known", hint=f"there are: {', '.join(sorted(CONSTRAINTS))}"
        )
    arguments = {name: given for name, given in wanted.items() if name != "name"}
    try:
        return CONSTRAINTS[wanted["name"]](answer, **arguments)
    except (TypeError, AttributeError, ValueError) as wrong:
        raise LabError(
            f"the constraint {wanted['name']!r} cannot take {arguments}: {wrong}",
            hint="daybrief lab use posttrain verify --list",
        ) from wrong


# ── the registry ────────────────────────────────────────────────────────────────────────────────────

VERIFIERS: Mapping[str, Verifier] = {"gsm8k": gsm8k, "math": math, "constraint": constraint, "exact": exact}


def verifier(name: str) -> Verifier:
    """The verifier of a name, or `module:function` of one's own. Raises LabError for what there is not."""
    if name in VERIFIERS:
        return VERIFIERS[name]
    module, colon, function = name.partition(":")
    if not colon:
        raise LabError(
            f"the verifier {name!r} is not known",
            hint=f"there are: {', '.join(VERIFIERS)}; or name your own as module:function",
        )
    try:
        loaded = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as missing:
        raise LabError(f"the verifier {name!r} cannot be had: {missing}", hint="see PYTHONPATH") from missing
    own: Verifier = loaded
    return own


def verified(name: str, answer: str, truth: Any, *, check: Verifier | None = None) -> bool:
    """Whether the verifier of a name accepts the answer. What it throws is a LabError that names it."""
    try:
        return bool((check or verifier(name))(answer, truth))
    except LabError:
        raise
    except Exception as thrown:
        raise LabError(
            f"the verifier {name!r} broke on {answer[:80]!r} with the truth {str(truth)[:80]!r}: "
            f"{type(thrown).__name__}: {thrown}",
            hint="mend the verifier and run again: the run goes on where it stopped",
        ) from thrown
