"""A model learns from letters, says how sure it is and why, and says 不确定 where it is not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from huiying.common.errors import Refused
from huiying.mining import classify_training, features, model_files
from huiying.mining.alike_folds import folds, groups
from huiying.mining.classify import NEVER, UNSURE, Model, branches, softmax, surest
from huiying.mining.classify_scores import calibration_error, judge, scores
from huiying.mining.classify_training import (
    LETTERS,
    QUESTIONS,
    best_slope,
    count,
    fit,
    lowest_threshold,
    mixing,
    recipe_for,
    train,
)
from tests.mining.letters import letters


@pytest.fixture(scope="module")
def model() -> Model:
    return train(*letters())


def test_a_letter_nobody_learnt_is_understood_and_the_words_are_told(model: Model) -> None:
    verdict = model.predict("梅林小学乱收补课费\n学期开始，老师让家长交补课费，太贵了。")
    assert verdict.answer == "教育"
    assert verdict.best.probability > 0.7
    assert len(verdict.ranked) == 3
    assert sum(each.probability for each in verdict.ranked) == pytest.approx(1, abs=1e-4)
    assert {"补课费", "老师", "家长"} & {*verdict.words}


def test_segmented_letters_are_understood_by_a_model_of_written_ones_and_the_other_way(model: Model) -> None:
    texts, labels = letters(12, seed=9)
    assert (
        judge(model, _cut((texts, labels))[0], labels).accuracy == judge(model, texts, labels).accuracy == 1
    )
    assert judge(train(*_cut(letters())), texts, labels).accuracy == 1


def _cut(pair: tuple[list[str], list[str]]) -> tuple[list[str], list[str]]:
    import rjieba

    return [" ".join(rjieba.cut(text.replace("\n", "\u3000"))) for text in pair[0]], pair[1]


@pytest.mark.parametrize(
    "text", ["", "？", "😀😀😀", "12345678", "The street light is broken", "شكرا", "\ud800", "了" * 100_000]
)
def test_what_it_knows_nothing_of_is_uncertain(model: Model, text: str) -> None:
    verdict = model.predict(text)
    assert verdict.answer == UNSURE
    assert len(verdict.ranked) == 3
    assert verdict.words == ()


def test_an_endless_letter_is_read_in_a_moment(model: Model) -> None:
    assert model.predict("路灯不亮。" * 20_000).answer in {"市政", UNSURE}


def test_the_same_letters_give_the_same_model() -> None:
    one, other = train(*letters(10)), train(*letters(10))
    assert (one.weights == other.weights).all()
    assert (one.slope, one.threshold) == (other.slope, other.threshold)


def test_a_single_label_or_none_is_refused() -> None:
    for labels in (["市政"] * 2, []):
        with pytest.raises(Refused, match="至少要有两个类别"):
            train(["路灯不亮"] * len(labels), labels)


def test_a_class_with_one_example_is_learnt_though_it_cannot_be_tested() -> None:
    texts, labels = letters(20)
    model = train([*texts, "公交车晚点\n公交车总是晚点，等了一个小时"], [*labels, "交通"])
    assert model.labels == ("交通", "市政", "教育", "环保")
    assert model.predict("公交车晚点\n公交车等不到").ranked[0].label == "交通"


def test_units_with_one_case_each_do_not_crowd_out_the_others() -> None:
    texts, labels = letters(20)
    rare = [f"{sign}办" for sign in "甲乙丙丁戊己庚辛壬癸子丑"]
    model = train([*texts, *(f"{name}的事项\n请问{name}几点上班" for name in rare)], [*labels, *rare])
    told = judge(model, *letters(12, seed=9))
    assert told.accuracy == 1
    assert told.ece < 0.1, "what was learnt of many is said with the probability that it has"


def test_two_letters_make_a_model_that_is_never_certain() -> None:
    model = train(["路灯不亮", "学校收费"], ["市政", "教育"])
    assert model.threshold == NEVER
    assert model.predict("路灯不亮").answer == UNSURE
    assert model.predict("路灯不亮").ranked[0].label == "市政"


def test_labels_of_empty_texts_do_no_harm() -> None:
    texts, labels = letters(10)
    assert train([*texts, "", "。"], [*labels, "市政", "教育"]).predict(texts[0]).ranked[0].label == labels[0]


def test_the_certain_answers_keep_the_stated_precision() -> None:
    texts, labels = letters(60)
    rng = np.random.default_rng(5)
    noisy = [rng.choice(["市政", "教育", "环保"]) if rng.random() < 0.3 else label for label in labels]
    bold, careful = (train(texts, noisy, precision=precision) for precision in (0.7, 0.9))
    assert bold.threshold < careful.threshold
    assert bold.about["coverage"] > careful.about["coverage"]


# The parts


def test_the_threshold_is_the_lowest_that_keeps_the_precision() -> None:
    best = np.linspace(1, 0.01, 100, dtype=np.float32)
    right = np.arange(100) < 60
    assert lowest_threshold(best, right, 0.75) == pytest.approx(best[79])
    assert lowest_threshold(best, ~right, 0.75) == NEVER
    assert lowest_threshold(best[:10], right[:10], 0.75) == NEVER, "ten are too few to state a precision"


def test_scores_of_overconfident_machines_get_a_gentle_slope() -> None:
    rng = np.random.default_rng(3)
    given = rng.integers(0, 3, 3000)
    scores_ = rng.normal(0, 1, (3000, 3)).astype(np.float32)
    scores_[np.arange(3000), given] += 1
    assert best_slope(scores_ * 10, given) == pytest.approx(best_slope(scores_, given) / 10, rel=0.02)
    chances = softmax(scores_ * np.float32(best_slope(scores_, given)))
    assert calibration_error(chances.max(axis=1), chances.argmax(axis=1) == given) < 0.03


def test_labels_that_many_texts_show_confused_are_told_apart_and_a_few_texts_change_little() -> None:
    rng = np.random.default_rng(4)
    given = rng.integers(0, 3, 3000)
    scores_ = rng.normal(0, 0.5, (3000, 3)).astype(np.float32)
    scores_[np.arange(3000), given] += 1
    scores_[given == 2, 0] += 1.5  # what is of the third label looks like the first as well
    factors, terms = mixing(scores_[:1500], given[:1500])
    before, after = (
        (each.argmax(axis=1) == given[1500:]).mean()
        for each in (scores_[1500:], scores_[1500:] @ factors + terms)
    )
    assert after > before + 0.05
    few, few_terms = mixing(scores_[:30], given[:30])
    assert np.abs(few - np.diag(np.diag(few))).max() < np.abs(factors - np.diag(np.diag(factors))).max() / 2
    assert np.abs(few_terms).max() < np.abs(terms).max()


def test_scores_by_hand() -> None:
    chances = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.45, 0.55]], np.float32)
    told = scores(("甲", "乙"), chances, ["甲", "乙", "乙", "丙"], 0.7)
    assert told.n == 4
    assert told.accuracy == 0.5
    assert told.f1 == pytest.approx({"甲": 2 / 3, "乙": 0.5, "丙": 0})
    assert told.macro_f1 == pytest.approx((2 / 3 + 0.5) / 3)
    assert told.weighted_f1 == pytest.approx((2 / 3 + 0.5 * 2) / 4)
    assert told.top3_accuracy == 0.75
    assert (told.coverage, told.precision) == (0.5, 1)
    assert told.precision_at_80 == pytest.approx(2 / 3)


def test_twins_share_a_group_and_are_never_torn() -> None:
    texts = [text for text in letters(20)[0] for _ in range(2)]
    texts[1::2] = [text + "再次反映。" for text in texts[1::2]]
    together = groups(texts)
    assert (together[::2] == together[1::2]).all()
    given = np.arange(len(texts)) % 3
    for learnt, tested in folds(given, together, 4):
        assert {*together[learnt]}.isdisjoint({*together[tested]})
        assert len(learnt) + len(tested) == len(texts)


def test_labels_are_spread_evenly_over_the_folds() -> None:
    given = np.repeat([0, 1, 2], [100, 40, 8])
    for _, tested in folds(given, np.arange(148), 4):
        assert np.bincount(given[tested]).tolist() == [25, 10, 2]


def test_of_a_tree_the_deepest_branch_that_is_certain_is_told() -> None:
    labels = ("城建/道路/路灯", "城建/道路/井盖", "城建/供水", "教育")
    chances = np.array([0.5, 0.4, 0.06, 0.04], np.float32)
    assert branches(labels, chances)["城建/道路"] == pytest.approx(0.9)
    found = surest(labels, chances, 0.8)
    assert found is not None
    assert found.label == "城建/道路"
    assert surest(labels, chances, 0.99) is None


def test_where_the_leaf_is_open_the_branch_above_it_may_be_certain() -> None:
    texts, labels = letters(30)
    halves = {"市政": ("城建/市政", "城建/道路"), "教育": ("文教", "文教"), "环保": ("环保", "环保")}
    model = train(texts, [halves[label][no % 2] for no, label in enumerate(labels)], precision=0.9)
    model = replace(model, threshold=0.75)
    verdict = model.predict("北苑小区路灯不亮了\n路面塌陷没人修")
    assert verdict.answer == UNSURE
    assert verdict.branch is not None
    assert verdict.branch.label == "城建"
    assert model.predict("北苑小区路灯不亮了", among=("城建/市政", "城建/道路")).branch is None, "not offered"
    assert replace(model, threshold=NEVER).predict("北苑小区路灯不亮了").branch is None


def test_a_large_tree_keeps_only_as_many_features_as_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify_training, "MOST_WEIGHTS", 600)
    model = train(*letters(20))
    assert model.weights.shape == (200, 3)
    assert model.predict("工厂排污\n工厂偷排废气").ranked[0].label == "环保"


def test_short_questions_about_many_things_are_read_by_their_characters(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    texts, labels = letters(20)
    questions = [text.split("\n")[0] + "，为什么？" for text in texts]
    assert recipe_for(questions, 31) is QUESTIONS
    assert recipe_for(questions, 30) is LETTERS
    assert recipe_for([text * 2 for text in texts], 31) is LETTERS
    monkeypatch.setattr(classify_training, "MANY", 2)
    model_files.save(train(questions, labels), tmp_path / "m.npz")
    model = model_files.load(tmp_path / "m.npz")
    assert {*model.families} == {4}
    assert len(model.predict("为什么？").words) == 0, "an empty word decides nothing that is shown"
    verdict = model.predict("哪里的路灯坏了，为什么？")
    assert verdict.ranked[0].label == "市政"
    assert "路灯" in verdict.words


def test_in_questions_what_one_label_has_alone_counts_more_than_what_two_share() -> None:
    texts, given = ["日月", "日", "月", "星"], np.array([0, 0, 1, 1])
    for recipe, alone, shared in (
        (QUESTIONS, 1 + np.log(2), 1),
        (LETTERS, 1 + np.log(5 / 3), 1 + np.log(5 / 3)),
    ):
        recipe = recipe._replace(shares=QUESTIONS.shares, every_word=True)
        model = fit(count(texts, 2, recipe), given, ["甲", "乙"], recipe)
        for sign, rarity in (("日", alone), ("月", shared)):
            code = features.met(features.read(sign, every_word=True), recipe.shares).codes
            assert model.rarity[np.isin(model.codes, code)] == pytest.approx(rarity), sign


def test_texts_without_words_are_no_lesson() -> None:
    with pytest.raises(Refused, match="没有可学的词"):
        train(["", "。", "😀"], ["甲", "甲", "乙"])


def test_what_shares_no_word_with_the_lessons_is_uncertain_at_any_threshold(model: Model) -> None:
    assert replace(model, threshold=0.0).predict("ascii").answer == UNSURE
