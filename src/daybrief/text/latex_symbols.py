r"""The table behind `latex.readable`: what each LaTeX command is in Unicode.

Names and meanings after Scott Pakin's "Comprehensive LaTeX Symbol List" and the Unicode character names;
chosen by what stands in 56,000 arXiv titles and abstracts.
"""

from __future__ import annotations

import unicodedata


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
