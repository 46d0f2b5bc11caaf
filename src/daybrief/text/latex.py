r"""LaTeX in titles and abstracts made readable: `$\alpha$` α, `\'e` é, `{\it x}` x, `$10^{-3}$` 10⁻³.

A fixed table, never a TeX engine: nothing is defined, included or executed. A formula with anything in it
that the table does not know stays as it was written, whole; so does a command in running text. A dollar
sign opens a formula by Pandoc's rule (`tex_math_dollars`), which leaves prices alone. Linear in the input:
brackets are matched once, no part is read twice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence


def _greek() -> dict[str, str]:
    """Every Greek letter Unicode names as LaTeX does, small and capital."""
    names = (
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau "
        "upsilon phi chi psi omega"
    ).split()
    table = {}
    for name in names:
        unicode_name = "lamda" if name == "lambda" else name
        table[f"\\{name}"] = unicodedata.lookup(f"GREEK SMALL LETTER {unicode_name}")
        table[f"\\{name.capitalize()}"] = unicodedata.lookup(f"GREEK CAPITAL LETTER {unicode_name}")
    return table


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return {f"\\{name}": symbol for name, symbol in zip(words[::2], words[1::2], strict=True)}


# Between two operands: with blanks around them where the source has one.
_RELATIONS = _pairs(
    "le ≤ leq ≤ leqslant ≤ ge ≥ geq ≥ geqslant ≥ ne ≠ neq ≠ approx ≈ sim ∼ simeq ≃ cong ≅ equiv ≡ propto ∝ "
    "ll ≪ gg ≫ lesssim ≲ gtrsim ≳ in ∈ notin ∉ "
    "ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ to → rightarrow → "
    "leftarrow ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ implies ⇒ iff ⇔ mapsto ↦ "
    "longrightarrow → uparrow ↑ downarrow ↓ times × cdot · pm ± mp ∓ div ÷ cup ∪ cap ∩ setminus ∖ oplus ⊕ "
    "otimes ⊗ odot ⊙ wedge ∧ land ∧ vee ∨ lor ∨ mid ∣ parallel ∥ perp ⊥ vdash ⊢ models ⊨ preceq ⪯ succeq ⪰ "
    "prec ≺ succ ≻ star ⋆ ast ∗ circ ∘ bullet • gtrless ≷ triangleq ≜ coloneqq ≔ asymp ≍ doteq ≐"
)
RELATIONS = frozenset(_RELATIONS)

_OTHERS = _pairs(
    "varepsilon ε vartheta ϑ varphi φ varrho ϱ varsigma ς varpi ϖ "
    "infty ∞ partial ∂ nabla ∇ sum ∑ prod ∏ int ∫ "
    "ell ℓ hbar ℏ Re ℜ Im ℑ aleph ℵ forall ∀ exists ∃ "
    "nexists ∄ emptyset ∅ varnothing ∅ neg ¬ lnot ¬ top ⊤ bot ⊥ "
    "angle ∠ triangle △ square □ checkmark ✓ dagger † ddagger ‡ "
    "prime ′ degree ° ldots … dots … cdots ⋯ vdots ⋮ "
    "langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ "
    "lbrace { rbrace } vert | lvert | rvert | Vert ‖ lVert ‖ "
    "rVert ‖ colon : backslash \\ sharp ♯ flat ♭ natural ♮ clubsuit ♣ heartsuit ♡ spadesuit ♠ diamond ⋄ "
    "complement ∁ imath ı jmath ȷ"
)
_ESCAPED = {f"\\{sign}": sign for sign in "%&#$_{}"}
SYMBOLS = _greek() | _RELATIONS | _OTHERS | _ESCAPED | {"\\|": "‖"}

OPERATORS = {
    f"\\{name}": name
    for name in "log ln lg exp sin cos tan sinh cosh tanh "
    "arctan arcsin arccos max min sup inf lim limsup liminf "
    "argmax argmin det dim ker deg gcd Pr arg mod poly polylog hom".split()
}

# Commands that only space or size what stands beside them.
SPACES = (
    {f"\\{sign}": " " for sign in ",;: "}
    | {"\\quad": " ", "\\thinspace": " ", "\\qquad": " ", "\\!": "", "\\/": "", "\\-": ""}
    | {f"\\{name}": "" for name in "left right big Big bigg Bigg bigl bigr Bigl Bigr middle limits nolimits "
       "displaystyle textstyle scriptstyle".split()}
)  # fmt: skip

# In running text these commands are letters; mathematics is left to formulas.
LETTERS = _ESCAPED | _pairs(
    "ss ß o ø O Ø l ł L Ł ae æ AE Æ oe œ OE Œ aa å AA Å i ı j ȷ dh ð DH Ð th þ TH Þ dj đ DJ Đ "
    "textendash – textemdash — textquoteright ’ "
    "textquoteleft ‘ textregistered ® texttrademark ™ textdegree ° "
    "textmu µ textalpha α textbeta β textgreater > textless < textbackslash \\ textasciitilde ~ "
    "textunderscore _ ldots … dots … copyright © pounds £ euro € S § LaTeX LaTeX TeX TeX BibTeX BibTeX"
)

ACCENTS = {
    "\\`": "\u0300", "\\'": "\u0301", "\\^": "\u0302", "\\~": "\u0303", '\\"': "\u0308", "\\=": "\u0304",
    "\\.": "\u0307", "\\u": "\u0306", "\\v": "\u030c", "\\H": "\u030b", "\\c": "\u0327", "\\k": "\u0328",
    "\\r": "\u030a", "\\d": "\u0323", "\\b": "\u0331",
    # In formulas:
    "\\hat": "\u0302", "\\widehat": "\u0302", "\\tilde": "\u0303", "\\widetilde": "\u0303", "\\bar": "\u0304",
    "\\overline": "\u0305", "\\vec": "\u20d7", "\\dot": "\u0307", "\\ddot": "\u0308", "\\check": "\u030c",
}  # fmt: skip

STYLES = frozenset(
    f"\\{name}"
    for name in "textbf textit emph textsc texttt textsf textrm "
    "textsl textup textmd textnormal text uline underline "
    "mbox hbox mathrm mathbf mathsf mathit "
    "mathtt mathcal mathscr mathfrak mathnormal boldsymbol bm pmb operatorname "
    "operatorname* textsuperscript textsubscript url".split()
)
BOARD = {"\\mathbb": dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True))}
FONT_SWITCHES = frozenset(
    f"\\{name}"
    for name in "it bf em rm tt sc sf sl cal "
    "itshape bfseries scshape ttfamily sffamily small scriptsize footnotesize tiny large".split()
)

SUPERSCRIPTS = dict(
    zip("0123456789+-−=()nijabcdefghklmoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ′∘*†⊤° ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱʲᵃᵇᶜᵈᵉᶠᵍʰᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ′°*†ᵀ° ", strict=True)
)  # fmt: skip
SUBSCRIPTS = dict(
    zip("0123456789+-−=()aehijklmnoprstuvxβγρφχ ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ ", strict=True)
)  # fmt: skip


_TOKEN = re.compile(r"\\[A-Za-z]+\*?[ ]*|\\.|[{}$^_]|[^\\{}$^_]+|\\", re.DOTALL)
_DEEPEST = 24
_MOST_FORMULA = 200  # tokens: a title's formula is short, a stray dollar's reach should be, too


class _Unknown(Exception):
    """Something the table does not know stands in a formula."""


def readable(text: str) -> str:
    """The text with its LaTeX in Unicode; what is not understood stays as it is."""
    if "\\" not in text and "$" not in text:
        return text
    tokens = _TOKEN.findall(text)
    return unicodedata.normalize("NFC", _Reader(tokens).running(0, len(tokens), 0))


class _Reader:
    """The tokens of one text, with the place of each opening bracket's partner."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tokens
        self.partner = _partners(tokens)
        self.closers = {"\\)", "\\]"} & set(tokens)

    def running(self, at: int, end: int, depth: int) -> str:
        """Running text from `at` to `end`."""
        out: list[str] = []
        while at < end:
            sign = self.tokens[at]
            if sign == "$" or sign.rstrip() in {"\\(", "\\["}:
                piece, at = self._formula(at, end, depth)
            elif sign == "{":
                piece, at = self._group(at, end, depth)
            elif sign[0] == "\\":
                piece, at = self._command(at, end, depth)
            else:
                piece, at = sign, at + 1
            out.append(piece)
        return "".join(out)

    def _formula(self, at: int, end: int, depth: int) -> tuple[str, int]:
        opened = self.tokens[at]
        close = self._closing_dollar(at, end) if opened == "$" else self._closing_bracket(at, end)
        if close is None:
            return opened, at + 1
        try:
            return self._math(at + 1, close, depth + 1).strip(), close + 1
        except _Unknown:
            return "".join(self.tokens[at : close + 1]), close + 1

    def _closing_dollar(self, at: int, end: int) -> int | None:
        """The partner of a dollar that opens a formula; None when it is a price or stands alone."""
        last = min(end, at + _MOST_FORMULA)
        close = next((i for i in range(at + 1, last) if self.tokens[i] == "$"), None)
        if close is None or close == at + 1:
            return None
        after = self.tokens[close + 1] if close + 1 < len(self.tokens) else ""
        outside = self.tokens[at + 1][0].isspace() or self.tokens[close - 1][-1:].isspace()
        doubtful = outside or after[:1].isdigit()
        return None if doubtful and not self._plainly_math(at + 1, close) else close

    def _plainly_math(self, at: int, end: int) -> bool:
        """Whether a command, a power or an index between two dollars says that they are no prices."""
        return any(t in "^_" or (t[0] == "\\" and t[1:2].isalpha()) for t in self.tokens[at:end])

    def _closing_bracket(self, at: int, end: int) -> int | None:
        wanted = {"\\(": "\\)", "\\[": "\\]"}[self.tokens[at].rstrip()]
        if wanted not in self.closers:
            return None
        return next(
            (i for i in range(at + 1, min(end, at + _MOST_FORMULA)) if self.tokens[i] == wanted), None
        )

    def _group(self, at: int, end: int, depth: int) -> tuple[str, int]:
        """`{\\it x}` and `{\\'e}` lose their brackets, other brackets stay: they may be a set."""
        close = self.partner.get(at)
        if close is None or close >= end or depth >= _DEEPEST:
            return "{", at + 1
        first = self.tokens[at + 1]
        inner = self.running(at + 1, close, depth + 1)
        known = first.strip() in FONT_SWITCHES or first[:2] in ACCENTS or first.strip() in LETTERS
        return (inner.lstrip() if known else "{" + inner + "}"), close + 1

    def _command(self, at: int, end: int, depth: int) -> tuple[str, int]:
        sign = self.tokens[at]
        name = sign.rstrip()
        if name in FONT_SWITCHES and at > 0 and self.tokens[at - 1] == "{":
            return "", at + 1
        if name in ACCENTS and (accented := self._accent(at, end)):
            return accented
        if name in STYLES and depth < _DEEPEST and (close := self._argument(at + 1, end)):
            return self.running(at + 2, close, depth + 1), close + 1
        if name in LETTERS:
            return LETTERS[name], at + 1
        return sign, at + 1

    def _accent(self, at: int, end: int) -> tuple[str, int] | None:
        r"""`\'e`, `\'{e}`, `\c{c}`: the letter with its mark, or None when no letter follows."""
        mark = ACCENTS[self.tokens[at].rstrip()]
        close = self._argument(at + 1, end)
        if close is not None:
            inside = "".join(self.tokens[at + 2 : close]).strip()
            letter = {"\\i": "i", "\\j": "j"}.get(inside, inside)
            return (letter + mark, close + 1) if len(letter) == 1 and letter.isalpha() else None
        named = self.tokens[at][1].isalpha()
        if named or at + 1 >= end or not self.tokens[at + 1][0].isalpha():
            dotless = {"\\i": "i", "\\j": "j"}.get(self.tokens[at + 1].strip()) if at + 1 < end else None
            return (dotless + mark, at + 2) if dotless and not named else None
        following = self.tokens[at + 1]
        return unicodedata.normalize("NFC", following[0] + mark) + following[1:], at + 2

    def _argument(self, at: int, end: int) -> int | None:
        """The index at which the bracketed argument that starts at `at` closes; None where it does not."""
        close = self.partner.get(at)
        return close if close is not None and close < end else None

    # ── formulas ────────────────────────────────────────────────────────────────────────────────────

    def _math(self, at: int, end: int, depth: int) -> str:
        """A formula, or _Unknown."""
        if depth >= _DEEPEST:
            raise _Unknown
        out: list[str] = []
        while at < end:
            sign = self.tokens[at]
            if sign in "^_":
                piece, at = self._script(sign, at + 1, end, depth)
            elif sign == "{":
                close = self._needed(at, end)
                piece, at = self._math(at + 1, close, depth + 1), close + 1
            elif sign[0] == "\\":
                piece, at = self._math_command(at, end, depth, bool(out))
            elif sign in "}$":
                raise _Unknown
            else:
                piece, at = sign, at + 1
            if piece[:1].isalpha() and sign.rstrip() in OPERATORS and out and out[-1][-1:].isalnum():
                piece = " " + piece
            out.append(piece)
        return re.sub(r" {2,}", " ", "".join(out))

    def _needed(self, at: int, end: int) -> int:
        close = self._argument(at, end)
        if close is None:
            raise _Unknown
        return close

    def _script(self, kind: str, at: int, end: int, depth: int) -> tuple[str, int]:
        """A power or an index: in small figures where Unicode has them, else behind `^` or `_`."""
        if at >= end:
            raise _Unknown
        rest = ""
        if self.tokens[at] == "{":
            close = self._needed(at, end)
            inner, at = self._math(at + 1, close, depth + 1), close + 1
        elif self.tokens[at][0] == "\\":
            inner, at = self._math_command(at, end, depth, False)
        else:
            inner, rest, at = self.tokens[at][0], self.tokens[at][1:], at + 1
        return _small(kind, inner.strip()) + rest, at

    def _math_command(self, at: int, end: int, depth: int, after: bool) -> tuple[str, int]:
        sign = self.tokens[at]
        name = sign.rstrip()
        spaced = " " if sign != name else ""
        if name in SYMBOLS or name in OPERATORS:
            symbol = SYMBOLS.get(name) or OPERATORS[name]
            return (f" {symbol} " if name in RELATIONS and spaced and after else symbol + spaced), at + 1
        if name in SPACES:
            return SPACES[name], at + 1
        if name in FONT_SWITCHES:
            return "", at + 1
        if name in STYLES or name in ACCENTS or name in BOARD:
            return self._styled(name, at + 1, end, depth)
        if name == "\\unicode":
            return self._code_point(at + 1, end)
        if name == "\\sqrt":
            close = self._needed(at + 1, end)
            return "√" + _bracketed(self._math(at + 2, close, depth + 1)), close + 1
        if name in {"\\frac", "\\tfrac", "\\dfrac"}:
            return self._fraction(at + 1, end, depth)
        raise _Unknown

    def _styled(self, name: str, at: int, end: int, depth: int) -> tuple[str, int]:
        if at < end and self.tokens[at] != "{":
            first, rest = self.tokens[at][0], self.tokens[at][1:]
            if not first.isalnum():
                raise _Unknown
            return _dressed(name, first) + rest, at + 1
        close = self._needed(at, end)
        inner = self._math(at + 1, close, depth + 1)
        return _dressed(name, inner), close + 1

    def _code_point(self, at: int, end: int) -> tuple[str, int]:
        r"""`\unicode{x2013}`, which MathJax and arXiv's own pages know."""
        close = self._needed(at, end)
        code = re.fullmatch(r"x([0-9A-Fa-f]{2,5})", "".join(self.tokens[at + 1 : close]))
        letter = chr(int(code[1], 16)) if code else ""
        if not letter.isprintable() or not letter:
            raise _Unknown
        return letter, close + 1

    def _fraction(self, at: int, end: int, depth: int) -> tuple[str, int]:
        over = self._needed(at, end)
        under = self._needed(over + 1, end)
        above = self._math(at + 1, over, depth + 1)
        below = self._math(over + 2, under, depth + 1)
        return f"{_bracketed(above)}/{_bracketed(below)}", under + 1


def _partners(tokens: Sequence[str]) -> dict[int, int]:
    opened: list[int] = []
    partner: dict[int, int] = {}
    for place, sign in enumerate(tokens):
        if sign == "{":
            opened.append(place)
        elif sign == "}" and opened:
            partner[opened.pop()] = place
    return partner


def _small(kind: str, text: str) -> str:
    table = SUPERSCRIPTS if kind == "^" else SUBSCRIPTS
    if text and all(letter in table for letter in text):
        return "".join(table[letter] for letter in text)
    return kind + (text if len(text) <= 1 or text.isalnum() else f"({text})")


def _bracketed(text: str) -> str:
    return text if len(text) <= 1 or text.isalnum() else f"({text})"


def _dressed(name: str, text: str) -> str:
    if name in ACCENTS:
        if len(text) != 1:
            raise _Unknown
        return text + ACCENTS[name]
    return BOARD[name].get(text, text) if name in BOARD else text
