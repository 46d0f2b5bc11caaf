"""The Korean of English noun and verb phrases: a small transfer grammar over `ko_glossary.txt`.

    English words → pieces (glossary, names, compounds) → core → coordination → attachments, turned round

English hangs what qualifies a noun behind it, Korean puts it before: "a framework for editing images with
text" becomes 텍스트를 이용해 이미지를 편집하는 프레임워크. What the glossary lacks is kept only
where it is a name; else the phrase ends before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from daybrief.languages.en import (
    ADJECTIVAL,
    CLOSED,
    DETERMINERS,
    LEFT_OUT,
    PREPOSITIONS,
    singular,
)
from daybrief.languages.ko import Stem, doing, for_use, last_word, modifiers, particle, undoubled
from daybrief.languages.korean_words import (
    LEFT,
    Predicate,
    Rendered,
    WordPiece,
    WordReader,
    adjunct_template,
    as_list,
    filled,
    glossary,
    grown,
    hung_template,
    inflected,
    kinds,
    new_last,
    of_doing,
    rests_template,
    said_of,
    table,
    with_count,
    with_template,
)

_MARKS = {"에서 ": "에서", "에게 ": "에게", "에 ": "에", "로 ": "<로>", "와 ": "<와>"}  # verb to object
_BY, _MEANS = {"via", "through", "using"}, {"via", "through", "using", "with"}  # a further: the verb's
_WHERE = frozenset("in on across at within during from under".split())  # what follows is the verb's
_ASKED, _MOVED = {"요청하", "명령하", "지시하", "촉구하"}, {"압박하", "강요하", "설득하", "속이"}
_MOST_OF_VERB, _MOST_KEPT = 4, 1  # words of a verb: fall in love with; English words of one core
_COUNTED = ("두 가지", "세 가지", "네 가지", "다섯 가지", "여섯 가지")
_HANGS = re.compile("(?:위한|이용한|통한|대한|갖춘|기반한|부터의|미치는|(?<!최초)(?<!규모)의) ")
_STARTS = frozenset("several many various multiple two three four five most other different existing".split())
_WHICH, _TOWARD = frozenset("작업 시나리오 환경 설정 조건 클래스".split()), {"toward", "towards"}
_BESIDE = frozenset("with from at in on across within during under".split())  # the noun's, or the verb's
_AMOUNT = re.compile("[0-9%]$|(?:효율|성능|비용|정확도|품질|오버헤드|속도)$")  # at what cost
_TRAINING, _DATA, _SORTS = {"학습", "미세조정"}, {"데이터셋", "데이터", "말뭉치"}, {"유형", "형태", "종류"}
_TAKES_IN, _TAKEN_INTO = {"incorporate", "integrate"}, {"with", "into", "and", ",", "through", "via"}
_ED = re.compile("(?!proposed|introduced|presented|described|used)[a-z]+ed")
_Ending = Callable[[Stem], str]


class Grammar(WordReader):
    """Reads one phrase; methods take a place among its words and give what they made of it, or None."""

    def core(self, at: int) -> Rendered | None:
        """Determiners, modifiers and nouns up to the head."""
        if at not in self._cores:
            self._cores[at] = self._core(at)
        return self._cores[at]

    def _core(self, at: int) -> Rendered | None:
        while self.lower(at) in DETERMINERS:
            at += 1
        count, at = self.amount(at) or ("", at)
        pieces = self.pieces(at)
        if pieces and pieces[0].text == "서로 다른" and self.lower(at - 1) == "a":
            pieces[0] = msgspec.structs.replace(pieces[0], text="다른")  # one, and no several
        opened = len(pieces) > 1 and self.gerund_opens(at) and self.lower(at - 1) not in {"a", "an"}
        if opened or not pieces or not pieces[-1].noun or not self.boundary(pieces[-1].end):
            return None
        text = undoubled(" ".join(piece.text for piece in new_last(pieces)))
        if count:
            text = with_count(text, count, self.words[pieces[-1].end - 1])
        kept = sum(piece.kept for piece in pieces)
        if kept > _MOST_KEPT or kept == len(pieces):
            return None
        end = pieces[-1].end
        short = self.acronym(end)
        if short and self.opens_with(short, end) and self.lower(end + 3) in {"and", ","}:
            text, end = f"{text}({short})", end + 3
        return Rendered(text=text, end=end, details=len(pieces) - 1 + bool(count), kept=kept)

    def pieces(self, at: int) -> list[WordPiece]:
        """The pieces in a row that are understood; an acronym in brackets joins the one before it."""
        pieces: list[WordPiece] = []
        while True:
            while self.lower(at) in LEFT_OUT and self.piece(at) is None:
                at += 1
            piece = self.piece(at)
            ends = pieces and pieces[-1].noun and self.lower(at) in _STARTS
            if piece is None or ends or self._verb_ahead(at, pieces):
                return pieces
            at = piece.end
            if piece.noun and self.lower(at) == "based" and self.piece(at + 1):
                piece, at = WordPiece(f"{piece.text} 기반", False, at + 1), at + 1
            short = self.acronym(at) if self.piece(at + 3) is not None else ""
            if short and self.opens_with(short, at) and not self._verb_ahead(at + 3, [piece]):
                at += 3
                piece = WordPiece(f"{piece.text}({short})", True, at)
            elif not piece.noun and (following := self._second_modifier(at)):
                second = self.piece(following)
                at = second.end if second else following
                piece = WordPiece(modifiers(piece.text, second.text if second else ""), False, at)
            elif piece.noun and self.words[at - 1].owns:
                if pieces:
                    return []  # two experts' annotations: two of which
                piece = WordPiece(f"{piece.text}의", False, at, kept=piece.kept)
            pieces.append(piece)

    def _second_modifier(self, at: int) -> int:
        """The index of a further modifier behind "and" or a comma; 0 where there is none."""
        if self.lower(at) not in {"and", ",", "yet", "but"}:
            return 0
        after = at + 2 if self.lower(at) == "," and self.lower(at + 1) == "and" else at + 1
        following, sizes = self.piece(after), table("sizes")
        if self.lower(at - 1) in sizes and self.lower(after).partition("-")[0] in sizes:
            return 0  # short and long-form: some are this, some that
        return after if following and not following.noun else 0

    def gerund_opens(self, at: int) -> bool:
        """Whether a verb in -ing stands here with its object, and no compound: understanding long videos."""
        verb = self.inflected.get(self.lower(at))
        return verb is not None and verb[1] == "ing" and not self.noun_run(at)

    def boundary(self, at: int) -> bool:
        """Whether a noun phrase may end here: not in the middle of a compound that is not understood."""
        low = self.lower(at)
        if not low or low in {",", ";", ".", ":", "(", "?", "!"} or low in CLOSED or low in LEFT_OUT:
            return low != "based" or self.lower(at + 1) in {"on", "upon"}
        if low.endswith("ing"):
            sure = self.plural(at - 1) or self.words[at - 1].single in kinds()
            return low in self.inflected and self.object_next(at + 1, sure=sure)
        verb = self.inflected.get(low, ("", ""))[1]
        if verb == "base" and low in self.glossary.noun and not self.plural(at - 1):
            return False  # a price sentiment index is no sentiment
        known = (self.inflected, table("adverb"), ADJECTIVAL)
        return low.endswith(("ed", "ly")) or any(low in each for each in known)

    def _verb_ahead(self, at: int, pieces: Sequence[WordPiece]) -> bool:
        """Whether a verb begins here, behind a head that is already complete."""
        if not pieces or not pieces[-1].noun:
            return False
        word = self.words[at].lower
        verb = self.inflected.get(word)
        if word == "need" and (self.plural(at - 1) or self.lower(at + 1) == "not"):
            return True
        if _ED.fullmatch(word) and self.lower(at + 1) in PREPOSITIONS - {"of", "like"}:
            return True  # a method tailored for images
        if verb is None:
            return False
        if verb[1] == "ing":
            plural = self.plural(at - 1)
            if word in self.glossary.noun:  # neurons encoding knowledge, but a reward modeling
                return self.lower(at + 1) in DETERMINERS or (plural and self.piece(at + 1) is not None)
            return self.object_next(at + 1, sure=plural) and not self.noun_run(at)
        if verb[1] == "ed":
            return word not in self.glossary.modifier
        behind = self.piece(at + 1) if verb[1] == "s" and word != "models" else None
        if (behind and behind.noun) or (verb[1] == "s" and self.lower(at + 1).endswith("ly")):
            return True  # interface design shapes collaboration, and scales predictably
        if verb[1] == "base" and self.plural(at - 1):
            return True  # protocols shape the outcome
        return word not in self.glossary.noun and singular(word) not in self.glossary.noun

    def nouns(self, at: int) -> Rendered | None:
        """A core, or several that are joined."""
        first = self.core(at)
        if first is None:
            return None
        items = [first]
        while self.lower(items[-1].end) == ",":
            following = self.core(items[-1].end + 1)
            if following is None or self.lower(following.end) not in {",", "and", "or"}:
                break
            items.append(following)
        joint = items[-1].end
        if self.lower(joint) == "," and self.lower(joint + 1) in {"and", "or"} and len(items) > 1:
            joint += 1
        if self.lower(joint) in {"and", "or", "&"}:
            last = self.core(joint + 1)
            clause = last and self.lower(last.end) in {"that", "which"} and self.lower(at) not in {"a", "an"}
            a_new = self.lower(joint + 1) in {"a", "an"} and (clause or self.lower(at) not in DETERMINERS)
            indefinite = a_new or self.lower(joint + 1) in {"its", "their"} or self._acts(joint + 1)
            if last and (indefinite or self.lower(last.end) in DETERMINERS):  # and use the model: a verb
                return first
            if last and self.lower(joint + 1) in DETERMINERS and self.lower(last.end) == "of":
                return None  # the use of A and the making of B: what belongs to what is not sure
            if last and not self._finite(last.end):
                named = any(count in first.text for count in _COUNTED) and last.text.isascii()  # two, A and B
                a_set = self.lower(at) in {"a", "an"} and len(items) > 1
                named |= a_set and items[1].text.isascii()  # a set, A
                return None if named else as_list([*items, last], self.lower(joint))
            noun = self.lower(joint + 1) in self.glossary.noun  # perception and planning tasks
            noun = noun or (self.lower(joint - 1).endswith("ing") and self.lower(joint + 1).endswith("ing"))
            if last is None and (noun or not self.clause_ahead(joint + 1)):
                return None
        return first

    def _acts(self, at: int) -> bool:
        """Whether a verb spelled as a noun stands here: and design simple heuristics."""
        verb, behind = self.inflected.get(self.lower(at), ("", ""))[1], self.piece(at + 1)
        if verb == "ed" and self.lower(at + 1) in DETERMINERS | _STARTS:
            return True  # and proposed two models
        if verb == "s" and behind and behind.noun:
            return True  # and supports parameter tuning
        return verb == "base" and bool(behind and not behind.noun)

    def _finite(self, at: int) -> bool:
        """Whether a finite verb follows, so that what stands before it begins a clause of its own."""
        low = self.lower(at)
        helping = low in {"is", "are", "was", "were", "can", "has", "have"}
        return helping or self.inflected.get(low, ("", ""))[1] in {"s", "base"}

    def phrase(self, at: int, *, inside_verb: bool = False) -> Rendered | None:
        """A noun phrase with everything that hangs on it, as far as it can be rendered."""
        head = self._quantity(at, inside_verb=inside_verb) or self.nouns(at)
        if head and head.several and self.lower(at) in {"a", "an"} and self.lower(head.end) == "of":
            return None  # an encoder and optimization of it: only the last is of it
        while head is not None and not head.closed and not (self.means and self.lower(head.end) in _BY):
            hung = None if self._full(head, at) else self._attached(head, inside_verb=inside_verb)
            if hung is None:
                return None if self.lower(head.end) == "of" else head
            head = hung
        return head

    def _full(self, head: Rendered, at: int) -> bool:
        """Whether no more may hang on a noun of a paper, as what hangs may belong to another."""
        word, after, last = self.lower(head.end), head.end + 1, last_word(head.text)
        able = word == "to" and last in table("abilities")
        if able or word == "(" or (word, self.lower(after)) == ("at", "scale"):
            return False
        two_sided = last in table("two-sided") | table("joins two")
        two_sided |= word == "on" and last in table("rests on") | table("of is about")
        beside = word in _BESIDE and not two_sided and not (word == "with" and self.amount(after))
        unsure = self.inside and word != "of" and not two_sided
        joints = [place for place in range(at, head.end) if self.lower(place) in {"and", "or"}]
        if head.several and joints and word != "of" and self.lower(joints[-1] + 1) in {"the", "a", "an"}:
            return True  # it belongs to the last of the list alone
        return bool(unsure or beside or _HANGS.search(head.text))

    def _quantity(self, at: int, *, inside_verb: bool) -> Rendered | None:
        """A wide range of tasks, a set of tools."""
        start = at
        while self.lower(start) in DETERMINERS or self.lower(start) in table("ample"):
            start += 1
        if self.lower(start) in table("count") and self.lower(start + 1) in {"number", "numbers"}:
            inner = self.nouns(start + 3) if self.lower(start + 2) == "of" else None
            return inner and grown(
                inner, table("count")[self.lower(start)].format(inner.text), inner.end, 1, 0
            )
        word = self.words[start].single if start < len(self.words) else ""
        many = word == "number" and self.lower(start - 1) == "the" and start == at + 1
        if many or (word == "selection" and self.lower(at) not in {"a", "an"}):
            return None  # how many they are; the act of selecting
        if word not in table("quantity") or self.lower(start + 1) != "of":
            return None
        inner = self._of_quantity(start + 2, inside_verb=inside_verb)
        if inner is None or (word == "set" and inner.several):
            return None
        return grown(inner, table("quantity")[word].format(inner.text), inner.end, 1, 0)

    def _of_quantity(self, at: int, *, inside_verb: bool) -> Rendered | None:
        """The nouns behind a quantity with their "of" phrase; a place behind them belongs to the whole."""
        head = self.nouns(at)
        if head is not None and self.lower(head.end) == "of":
            return self._attached(head, inside_verb=inside_verb)
        return head

    def _attached(self, head: Rendered, *, inside_verb: bool) -> Rendered | None:
        """The head with the next thing that hangs on it put before it; None when that cannot be done."""
        at, word = head.end, self.lower(head.end)
        if word == "(":
            short = self.acronym(at)
            if short and not self.opens_with(short, at):
                return None  # it names more than this noun: Verifier on Hidden States (VHS)
            return grown(head, f"{head.text}({short})", at + 3, 0, 0) if short else None
        last = last_word(head.text)
        if word == "to" and last in table("abilities") and (deed := self.predicate(at + 1, ("base",))):
            return self._qualified(head, deed, lambda stem: stem.which)
        if (
            inside_verb
            and word not in {"of", "for", "between", "among"}
            and not (word == "against" and last in table("against"))
        ):
            hung = rests_template(last, word)
            return self._hung(head, at + 1, hung) if hung else None
        if word == "of":
            return self._of(head, at, inside_verb=inside_verb)
        if word in {"that", "which"}:
            return None if head.several or self._of_outer(at + 1) else self._relative(head, at + 1)
        behind = at + (word in LEFT_OUT)  # specifically designed to
        pair = f"{self.lower(behind)} {self.lower(behind + 1)}"
        if (participle := table("participle").get(pair)) is not None:
            after = behind + 2
            return self._hung(head, after, participle) if "{}" in participle else self._meant(head, after)
        if word == "to" or word in PREPOSITIONS:
            return self._prepositional(head, at, word, inside_verb=inside_verb)
        return self._doing(head, at, sure=self.plural(at - 1))  # a model updating strategy updates none

    def _doing(self, head: Rendered, at: int, *, sure: bool) -> Rendered | None:
        """The head with what it does behind it; not of a domain aligning mechanism."""
        verb = self.inflected.get(self.lower(at))
        if verb is None or verb[1] != "ing" or head.several or not self.object_next(at + 1, sure=sure):
            return None
        return self._qualified(head, self.predicate(at, ("ing",)), lambda stem: stem.which)

    def _meant(self, head: Rendered, at: int) -> Rendered | None:
        """The head with the verb or noun that it is able to do or designed for."""
        if predicate := self.predicate(at, ("ing", "base")):
            return self._qualified(head, predicate, lambda stem: stem.which)
        return self._hung(head, at, "{}<을> 위한")

    def _of(self, head: Rendered, at: int, *, inside_verb: bool) -> Rendered | None:
        if " 및 " in head.text:
            return None  # of which of them, is not sure
        if amount := self.amount(at + 1):
            if self.lower(amount[1]) == "and" and self.amount(amount[1] + 1):
                return None
            if self.piece(amount[1]) is not None:  # of 350 cases
                collected = last_word(head.text) in table("collections")
                return self._hung(head, at + 1, "{}<로> 구성된") if collected else None
            return grown(head, f"{head.text} {amount[0]}", amount[1], 1, 0)
        if last_word(head.text) == "집합" and (inner := self.nouns(at + 1)) and inner.several:
            return None  # a set of these and that set
        has_effect = self.words[at - 1].single in {"impact", "effect", "influence"}
        if has_effect and (effect := self._effect(head, at)):
            return effect
        return self._prepositional(head, at, "of", inside_verb=inside_verb)

    def _effect(self, head: Rendered, at: int) -> Rendered | None:
        """The impact of X on Y: X가 Y에 미치는 영향."""
        cause = self.phrase(at + 1, inside_verb=True)
        if cause is None or self.lower(cause.end) not in {"on", "in"}:
            return None
        inside = self.lower(cause.end) == "in" and "on" in map(self.lower, range(cause.end, cause.end + 9))
        target = None if inside else self.phrase(cause.end + 1)  # of this in that on the other
        if target is None or (last_word(cause.text) in _TRAINING and last_word(target.text) in _DATA):
            return None  # of training on data, or on what training does to data
        text = f"{cause.text}{particle(cause.text, '이/가')} {target.text}에 미치는 {head.text}"
        return grown(head, text, target.end, cause.details + target.details + 2, cause.kept + target.kept)

    def _of_outer(self, at: int) -> bool:
        """Whether a clause belongs to the noun around this phrase: a model for images that does it."""
        while self.lower(at) in LEFT_OUT or self.lower(at) in table("adverb"):
            at += 1
        verb = self.inflected.get(self.lower(at))
        return self.within > 0 and verb is not None and verb[1] == "s"

    def _relative(self, head: Rendered, at: int) -> Rendered | None:
        if self.inflected.get(self.lower(at), ("", ""))[1] == "base" and _HANGS.search(head.text):
            return None  # a method for tasks that require it: they do
        if self.lower(at) == "can":
            return self._qualified(head, self.predicate(at + 1, ("base",)), lambda stem: stem.able)
        return self._qualified(head, self.predicate(at, ("s", "base")), lambda stem: stem.which)

    def _qualified(self, head: Rendered, predicate: Predicate | None, ending: _Ending) -> Rendered | None:
        if predicate is None or head.text.count(" 위한 ") > 1:
            return None  # a system for this for that which does it: which of them
        text = doing(head.text, predicate.said(ending))
        longer = grown(head, text, predicate.end, predicate.details + 1, predicate.kept)
        return msgspec.structs.replace(longer, closed=True)

    def _prepositional(
        self, head: Rendered, at: int, word: str, *, inside_verb: bool = False
    ) -> Rendered | None:
        if word == "to" and (predicate := self.predicate(at + 1, ("base",))):
            return None if self.inside else self._qualified(head, predicate, lambda stem: stem.which)
        if word in {"for", "of", "to", "by", "via", "through", "in"} and (gerund := self._gerund(at + 1)):
            done = self.lower(at + 1) in table("done by models")
            thing = done and self.lower(at + 2).removesuffix("s") in kinds()
            if word not in {"for", "of"} or (word == "of" and thing):
                return None
            if word == "for" and last_word(head.text) not in kinds().values():
                return self._qualified(head, gerund, lambda stem: f"{stem}기 위한")
            return self._qualified(head, gerund, lambda stem: of_doing(stem, head.text))
        verb = self.inflected.get(self.lower(at + 1))
        if word == "to" and (last_word(head.text) not in table("takes to") or (verb and verb[1] == "base")):
            return None
        unsure = word in {"in", "by"} and {self.lower(at + 1), self.lower(at + 2)} & table("no tools").keys()
        if unsure or (word in {"over", "without"} and self.inside):  # the gain on types over baselines
            return None
        if word == "at" and self.lower(at + 1) == "scale":
            return grown(head, f"대규모 {head.text}", at + 2, 1, 0)
        template = hung_template(head.text, word)
        if word == "of" and head.several and template == "{}에 대한":
            template = "{}의"  # the training and use of agents
        return self._hung(head, at + 1, template, inside_verb=inside_verb) if template else None

    def _gerund(self, at: int) -> Predicate | None:
        """A verb in -ing with its object; not a noun that ends so (learning, reasoning)."""
        start = at
        while self.lower(start) in LEFT_OUT or self.lower(start) in table("adverb"):
            start += 1
        verb = self.inflected.get(self.lower(start))
        if verb is None or verb[1] != "ing" or self.noun_run(start):
            return None
        pair = self.lower(start + 1) == "and" and self.lower(start + 2).endswith("ing")
        return self.predicate(at, ("ing",)) if self.nominal_next(start + 1 + 2 * pair) else None

    def _hung(self, head: Rendered, at: int, template: str, *, inside_verb: bool = False) -> Rendered | None:
        self.within, self.inside = self.within + template.endswith("위한"), self.inside + 1
        inner = self.phrase(at, inside_verb=inside_verb)
        self.within, self.inside = self.within - template.endswith("위한"), self.inside - 1
        if inner is not None and self.lower(at) in table("unsaid") and not inner.details:
            return None  # of this problem, of any size
        kinds_of = head.several and last_word(head.text) in _SORTS  # datasets and types of these
        if inner and head.several and (kinds_of or ", " in inner.text) and template.startswith("{}의"):
            return None  # the synthesis and use of data, tuning and evaluation: of which of them
        alone = inner and inner.several and template.endswith("부터의") and " 또는 " not in inner.text
        if inner is None or alone or (template.endswith("사이의") and not inner.several):
            return None  # between the input and what is not understood; from this, and what more is done
        if self.lower(at - 1) == "with":
            template = with_template(template, head.text, inner.text)
        if last_word(head.text) in table("joins two") and "with" in map(self.lower, range(at, inner.end + 1)):
            return None  # the comparison of models with humans: no property of the models
        template = template.replace("<로>부터의", "에서의") if inner.text.endswith("관점") else template
        template = template.replace("이용한", "통한") if "이용한" in inner.text else template
        about = inner.text.replace("에 대한 ", "의 ") if template == "{}에 대한" else inner.text
        text = f"{filled(template, about)} {head.text}"
        if template == "{}의" and last_word(head.text) in _SORTS and head.details:
            text = f"{head.text}의 {inner.text}"  # 세 가지 유형의 메모리
        return grown(head, text, inner.end, inner.details + 1, inner.kept)

    def predicate(self, at: int, forms: tuple[str, ...]) -> Predicate | None:
        """A verb in one of some forms, its object and what qualifies it.

        A second verb behind "and" is left out, as whose it is, is not sure: we devise metrics and conduct.
        """
        adverbs, at = self._adverbs(at)
        verb_form = self._verb(at, forms)
        if verb_form is None:
            return None
        verb, korean, at = verb_form
        if verb in table("meets") and self.lower(at) in table("vague") and self.points_back(at):
            return None
        if used := self._used_for(at, korean):
            return used
        target = self.phrase(at, inside_verb=True)
        if target is None or (verb in table("taken as") and self.as_ahead(target.end)):
            return None
        if verb in table("causes") and self.lower(target.end) == "to":
            caused = self._caused(verb, target, adverbs)
            if caused or verb != "train":
                return caused  # what a model is trained to do may be left out
        if self.goes_on(target.end):
            target = msgspec.structs.replace(target, text=f"{target.text} 등", several=True)
        korean = self._joining(verb, korean, at, target)
        if not korean or not self._sure(verb, at, target, korean):
            return None
        target = self._with_amount(target, korean)
        target = msgspec.structs.replace(target, text=for_use(target.text))
        return self._completed(target, korean, adverbs)

    def _adverbs(self, at: int) -> tuple[list[str], int]:
        """The adverbs that stand here, and where the next word stands."""
        adverbs = []
        while self.lower(at) in LEFT_OUT or self.lower(at) in table("adverb"):
            adverbs.append(table("adverb").get(self.lower(at), ""))
            at += 1
        return [adverb for adverb in adverbs if adverb], at

    def _with_amount(self, target: Rendered, korean: str) -> Rendered:
        """An object that is used, with the number of its parts: 범주 22개를 갖춘 분류 체계를 사용하."""
        if korean in table("uses") and self.lower(target.end) == "with" and self.amount(target.end + 1):
            return self._hung(target, target.end + 1, "{}<을> 갖춘") or target
        return target

    def _used_for(self, at: int, korean: str) -> Predicate | None:
        """Leverage models for finding faults: 결함을 찾기 위해 모델을 활용하, not models that find them."""
        tool = self.nouns(at) if korean in table("uses") else None
        deed = self._gerund(tool.end + 1) if tool and self.lower(tool.end) == "for" else None
        if tool is None or deed is None:
            return None
        purpose = self._beside(deed, lambda own: f"{own}기 위해")
        before = f"{purpose.text} {tool.text}{particle(tool.text, '을/를')}"
        details, kept = tool.details + purpose.details, tool.kept + purpose.kept
        return Predicate(before=before, stem=Stem(korean), end=purpose.end, details=details, kept=kept)

    def _sure(self, verb: str, at: int, target: Rendered, korean: str) -> bool:
        """Whether a verb with its object says what is meant: not that it is one, or does this."""
        toward = self.lower(target.end)
        parted = toward == "from" and verb in table("needs from")
        if parted or self.goes_on(target.end):
            return False  # only a part of what is done
        if verb in table("needs with") and self.lower(target.end) == "with":
            return self._adjunct(target.end, Stem(korean)) is not None
        chosen = any(choice in korean for choice in table("chooses"))
        if chosen and toward in {"that", "which", "whose", "where"} and korean != "찾":
            return False  # which of them
        whose = verb in table("gives") or chosen
        if whose and self.lower(target.end) == "with":
            return False  # Gaussians with a low share: whose share it is, is not sure
        if verb == "represent" and last_word(target.text) in table("steps"):
            return False
        if "위한 " in target.text and toward == "to" and last_word(korean) in table("to is at"):
            return False  # applies models for small things to large ones
        enabled = korean == "가능하게 하" and last_word(target.text) in table("doers")  # to do what
        able = target.text in table("abilities") and self.lower(target.end) == "to"
        gained = last_word(target.text) in table("gains")
        back = self.lower(at) in table("pointing") and (gained or not target.details)
        if target.text == "필요성" or enabled or able or back:
            return False
        if last_word(target.text) in table("from one to another") and toward in {"from", "to", "into"}:
            return False
        moved = verb in table("goes somewhere") and toward in {"to", "into", "from"}
        return not moved or self._adjunct(target.end, Stem(korean)) is not None

    def _verb(self, at: int, forms: tuple[str, ...]) -> tuple[str, str, int] | None:
        """The verb that stands here, the Korean of it or of two, where its object stands."""
        for length in (_MOST_OF_VERB, 3, 2, 1):
            key = " ".join(word.lower for word in self.words[at : at + length])
            verb = self.inflected.get(key)
            if verb and verb[1] in forms:
                break
        else:
            return None
        korean, at = self.glossary.verb[verb[0]], at + length
        again = self.inflected.get(self.lower(at + 1)) if self.lower(at) == "and" else None
        if again and again[1] in forms and not (again[1] == "ing" and verb[0] in table("as nouns")):
            second = self.glossary.verb[again[0]]
            if second == korean:
                return verb[0], korean, at + 2  # describe and explain
            if not second.startswith(tuple(_MARKS)) and not korean.startswith(tuple(_MARKS)):
                return verb[0], f"{korean}고 {second}", at + 2
        return verb[0], korean, at

    def _joining(self, verb: str, korean: str, at: int, target: Rendered) -> str:
        """The Korean of a verb that may join things; "" where it is not sure with what a thing is joined."""
        sure = korean not in table("joins") or target.several or self._joined_with(at, target.end, korean)
        taken = verb in _TAKES_IN and self.lower(at) != "the" and self.lower(target.end) not in _TAKEN_INTO
        return korean if sure else "도입하" if taken else ""

    def _joined_with(self, start: int, end: int, korean: str) -> bool:
        """Whether it is sure what a thing is joined with: what stands behind, or others of its kind."""
        if self.lower(end) in {"with", "into"}:
            return self._adjunct(end, Stem(korean)) is not None
        last = self.words[end - 1]
        return self.lower(end) != "and" and last.single != last.lower and self.lower(start) not in {"a", "an"}

    def _caused(self, verb: str, target: Rendered, adverbs: Sequence[str]) -> Predicate | None:
        """Enable somebody to do something: 누가 무엇을 할 수 있게 하."""
        deed = self.predicate(target.end + 1, ("base",)) if verb in table("caused") else None
        if deed is None:
            return None
        ending, stem = table("caused")[verb].split()
        done = deed.said(lambda own: f"{own.coming} 수 있게" if ending == "게" else f"{own}도록")
        mark = "에" if stem in _ASKED else particle(target.text, "을/를" if stem in _MOVED else "이/가")
        before = " ".join(filter(None, (*adverbs, f"{target.text}{mark}", done)))
        details, kept = target.details + deed.details + 1, target.kept + deed.kept
        return Predicate(before=before, stem=Stem(stem), end=deed.end, details=details, kept=kept)

    def _completed(self, target: Rendered, korean: str, adverbs: list[str]) -> Predicate:
        """The object with its particle, and adjuncts before it as far as they can be rendered."""
        korean = said_of(korean, target.text)
        own = next((mark for mark in _MARKS if korean.startswith(mark)), "")
        stem = Stem(korean.removeprefix(own))
        phrase = filled(f"{{}}{_MARKS.get(own, '<을>')}", target.text)
        end, details, kept = target.end, target.details, target.kept
        if self.lower(end) == "by" and (degree := self.degree(end + 1)):
            amount, end = degree
            phrase, details = f"{phrase} {amount}", details + 1
            if stem == "능가하":
                phrase, stem = f"{target.text}보다 {amount} 앞선 성능을", Stem("보이")
        before: list[str] = []
        hung = korean not in table("joins") and (_HANGS.search(phrase) or " 위해 " in phrase)
        while not (before or hung) and (adjunct := self._adjunct(end, stem)):
            if before and adjunct.text.endswith("에서") and before[0].endswith("에서"):
                break  # where the one is within the other is not sure
            before.insert(0, adjunct.text)
            if self.lower(end) in _WHERE and self.lower(adjunct.end) == "with":
                end, details, kept = adjunct.end, details + adjunct.details + 1, kept + adjunct.kept
                break  # with what, the verb or the place, is not sure
            end, details, kept = adjunct.end, details + adjunct.details + 1, kept + adjunct.kept
        return Predicate(
            before=" ".join([*before, phrase, *adverbs]), stem=stem, end=end, details=details, kept=kept
        )

    def _adjunct(self, at: int, stem: Stem) -> Rendered | None:
        """An adjunct of a verb: by doing, to do, with, in."""
        word = self.lower(at)
        noun = stem in table("to nouns") and self.lower(at + 1) in self.glossary.noun
        if word == "to" and not noun and (purpose := self.predicate(at + 1, ("base",))):
            return self._beside(purpose, lambda own: f"{own}기 위해")
        if word in {"by", "via", "through"} and (means := self._gerund(at + 1)):
            return self._beside(means, lambda own: own.joined)
        if word == "without" and (left_out := self._gerund(at + 1)):
            return self._beside(left_out, lambda own: f"{own}지 않고")
        following = self.lower(at + 1)
        aims = {self.lower(at + 1), self.lower(at + 2)} & table("aims").keys()  # with a view to
        if (
            (word == "with" and aims)
            or (word == "in" and following in table("no tools"))
            or (word == "by" and (self.amount(at + 1) or self.lower(at + 2) == "factor"))
        ):
            return None  # by 40 tokens, by a factor of 4: how much, not what with
        if (word, following) == ("at", "scale"):
            return Rendered(text="대규모로", end=at + 2, details=1)
        if (word, following, self.lower(at + 2)) == ("in", "real", "time"):
            return Rendered(text="실시간으로", end=at + 3, details=1)
        return self._beside_noun(at, word, stem)

    def _beside_noun(self, at: int, word: str, stem: Stem) -> Rendered | None:
        """An adjunct of a preposition and a noun phrase."""
        template = adjunct_template(word, last_word(stem))
        self.means, self.inside = self.means + (word in _MEANS), self.inside + 1
        inner = self.phrase(at + 1, inside_verb=word in _WHERE or word == "into") if template else None
        self.means, self.inside = self.means - (word in _MEANS), self.inside - 1
        if inner is None:
            return None
        if word == "from" and self.lower(inner.end) == "to":
            return self._from_to(inner)
        back = self.lower(at + 1) in table("pointing") and not inner.details  # on this dataset
        on_gain = word == "on" and template == "{}<로>" and bool(_AMOUNT.search(inner.text))  # on accuracy
        back = back or on_gain or inner.text in table("bare tools")  # without the need for it; by a method
        if back or word in _TOWARD or (word in _WHERE and inner.text in _WHICH):
            return None  # on which tasks, is left out
        owned = last_word(inner.text) in table("owned") or last_word(stem) in {"사용하", "활용하", "이용하"}
        by_it = template == "{}에 맞춰" and last_word(inner.text) in table("done with")  # is it aligned
        if (word == "with" and (owned or by_it)) or (
            word == "into" and (self.lower(inner.end) == "," or self.goes_on(inner.end))  # this and the other
        ):
            return None
        amount = inner.text.startswith(tuple(table("amounts"))) or _AMOUNT.search(inner.text)
        if word == "with" and amount:
            template = "{}<로>"
        if template == "{}<을> 이용해" and word == "with":
            return None  # with what it is done, or what it has
        steps = inner.text.endswith("단계") and self.plural(inner.end - 1)
        if word == "in" and (steps or inner.text.endswith("방식")):
            template = "{}<로>"
        text = f"{inner.text} 등" if self.goes_on(inner.end) else inner.text
        return Rendered(text=filled(template, text), end=inner.end, details=inner.details, kept=inner.kept)

    def _from_to(self, start: Rendered) -> Rendered | None:
        """A change from this to that: 식별에서 평가로."""
        end = self.phrase(start.end + 1, inside_verb=True)
        if end is None:
            return None
        text = f"{start.text}에서 {end.text}{particle(end.text, '으로/로')}"
        return grown(start, text, end.end, end.details + 1, end.kept)

    def _beside(self, predicate: Predicate, ending: _Ending) -> Rendered:
        text, details = predicate.said(ending), predicate.details + 1
        return Rendered(text=text, end=predicate.end, details=details, kept=predicate.kept)

    def clause(self, at: int) -> tuple[Rendered, Predicate, bool] | None:
        """Subject, predicate, and whether it is only said to be able."""
        subject = self.phrase(at, inside_verb=True)
        if subject is None:
            return None
        after = subject.end
        able = self.lower(after) == "can"
        predicate = (
            self.predicate(after + 1, ("base",)) if able else self.predicate(after, ("s", "base", "ed"))
        )
        return (subject, predicate, able) if predicate else None


def grammar(phrase: str) -> Grammar:
    """A reader of one English phrase."""
    return Grammar(phrase)


_JOINED_ON = re.compile(r"\s*\([^()]{1,40}\)-")


def noun_phrase(text: str, *, whole: bool = False, left: bool = False) -> Rendered | None:
    """A noun phrase, as far as it can be rendered, or the whole of it; with `left` up to where it may end."""
    read = grammar(text)
    phrase = read.phrase(0)
    if phrase is None:
        return None
    end = read.words[phrase.end - 1].end
    if whole and text[end:].strip(" .?!:"):
        return None
    low = [word.lower for word in read.words[phrase.end : phrase.end + 2]]
    known = glossary()
    verb = low[:1] == ["and"] and low[-1] in inflected() and low[-1] not in known.noun | known.modifier
    if left and not LEFT.match(text, end) and not verb:  # a further verb behind "and" is no part of it
        return None
    goes_on = _JOINED_ON.match(text, end) or read.goes_on(phrase.end) or read.named_on(phrase.end)
    if left and (goes_on or (low[:1] == ["based"] and low[-1] not in {"on", "upon"})):
        return (
            None  # (MoE)-based or (NLP) based module; tokenization, integration and representation framework
        )
    return phrase
