from __future__ import annotations

from dataclasses import replace

from ladder.evaluation import board_view as view
from ladder.evaluation.rows import Row
from ladder.evaluation.score import Score
from ladder.project.task import Example

KNN = Score(
    method="knn", setup_hash="aaaa1111", split="validation", metric="accuracy", value=0.8,
    low=0.7, high=0.9, n=50, errors=0, abstained=0, invalid=0, prompt_tokens=0, cached_tokens=0,
    completion_tokens=0, p50_ms=4.0, p95_ms=6.0, cost_per_1k=None, deploy_cost_per_1k=None,
    model="all-minilm-l6-v2", dtype="", seed=0, limit=None, scheme="leave-one-out",
    created="2026-11-22T00:00:00+00:00", seconds=1.0, code_version="c", key="k1",
)  # fmt: skip
FEW = replace(
    KNN, method="few-shot", setup_hash="bbbb2222", value=0.7, low=0.56, high=0.81, key="k2",
    model="smollm2-135m-instruct", prompt_tokens=9_000, completion_tokens=1_000, p50_ms=310.0,
)  # fmt: skip
ONE_NN = replace(KNN, method="1-nn", setup_hash="cccc3333", value=0.76, key="k3")


def test_who_leads_is_said_with_the_target() -> None:
    assert view.standing([KNN, FEW, ONE_NN], target=0.85) == (
        "**knn** leads with 0.80 (0.70 to 0.90, n = 50); that is below the target of 0.85, "
        "though its interval still holds scores above it."
    )
    assert "**few-shot** leads" in view.standing([KNN, replace(FEW, value=0.9)], target=0.85)
    assert view.standing([], target=0.85) == ""


def test_the_target_is_said_to_be_reached_or_missed_only_with_the_whole_interval() -> None:
    sure = replace(KNN, value=0.95, low=0.9, high=0.98)
    assert "its whole interval reaches the target" in view.standing([sure], target=0.85)
    assert "its whole interval is short of the target" in view.standing([KNN], target=0.95)
    assert "above the target of 0.75" in view.standing([KNN], target=0.75)


def test_two_setups_of_one_method_are_told_apart() -> None:
    twin = replace(FEW, setup_hash="dddd4444")
    assert view.name_of(FEW, [FEW, KNN]) == "few-shot"
    assert view.name_of(twin, [FEW, twin]) == "few-shot (dddd)"


def test_a_setup_is_named_by_the_one_setting_in_which_all_of_its_method_differ() -> None:
    few = [
        replace(
            FEW, setup_hash=f"{i}{i}{i}{i}ffff", setup={"examples": {"count": count, "seed": 0}}
        )
        for i, count in enumerate((2, 4, 8))
    ]
    assert [view.name_of(score, few) for score in few] == [
        "few-shot (count 2)", "few-shot (count 4)", "few-shot (count 8)",
    ]  # fmt: skip
    other = replace(FEW, setup_hash="eeee5555", model="hf:org/large")
    assert view.name_of(other, [FEW, other]) == "few-shot (hf:org/large)"
    same = [replace(few[0], setup_hash="9999aaaa"), *few]
    assert view.name_of(few[0], same) == "few-shot (0000)"


def test_a_hash_in_a_name_is_as_long_as_it_must_be_to_tell_setups_apart() -> None:
    one, other = replace(FEW, setup_hash="abcdef1234"), replace(FEW, setup_hash="abcdef1299")
    names = {view.name_of(score, [one, other]) for score in (one, other)}
    assert names == {"few-shot (abcdef123)", "few-shot (abcdef129)"}


def test_the_board_says_on_what_it_was_measured() -> None:
    fitted = replace(KNN, method="logistic", scheme="5-fold")
    assert view.scheme_words([KNN, FEW]) == (
        "Measured on the 50 labelled examples outside the test split; for each, a method may use "
        "all the others (leave-one-out)."
    )
    assert view.scheme_words([KNN, fitted, replace(fitted, method="majority")]).endswith(
        " logistic and majority are fitted five times, on four fifths, and asked about the fifth "
        "that was left out (5-fold)."
    )
    assert "50 labelled examples" in view.scheme_words([fitted])
    held = replace(KNN, scheme="held-out", n=91)
    assert view.scheme_words([held, replace(held, n=10, limit=10)]) == (
        "Measured on 91 validation examples; a method may use the training examples alone."
    )
    assert "91 test examples; a method may use every" in view.scheme_words(
        [replace(held, split="test")]
    )
    assert view.scheme_words([]) == ""


def test_a_board_of_samples_alone_says_so_and_never_takes_them_for_the_split() -> None:
    sample = replace(KNN, n=2, limit=2)
    assert view.scheme_words([sample], 38) == (
        "Measured on a sample of 2 of the 38 labelled examples outside the test split; for each, "
        "a method may use all the others (leave-one-out)."
    )
    assert "a sample of 2 of the 91 test examples; a" in view.scheme_words(
        [replace(sample, scheme="held-out", split="test")], 91
    )
    fitted = replace(sample, method="logistic", scheme="5-fold")
    assert "a sample of 2 of the 38 labelled examples" in view.scheme_words([fitted], 38)
    assert view.scheme_words([sample]).startswith("Measured on a sample of 2 of the labelled ")
    larger = replace(FEW, n=5, limit=5)
    assert "samples of 2 to 5 of the 38 labelled" in view.scheme_words([sample, larger], 38)


def test_a_sample_is_called_one_and_leads_only_where_nothing_else_is_there() -> None:
    sample = replace(FEW, value=1.0, n=10, limit=10)
    assert view.best([KNN, sample]) == KNN
    assert view.best([sample]) == sample
    assert "n = 10, a sample)" in view.standing([sample], target=0.85)
    rows = view.table_rows([KNN, sample], {})
    assert [row["Sample"] for row in rows] == ["10 drawn at random", ""]
    assert "Sample" not in view.table_rows([KNN], {})[0]


def test_what_stands_beside_no_other_is_named_with_the_reason() -> None:
    scores = [KNN, replace(FEW, stale=True), replace(ONE_NN, metric="macro-f1")]
    assert view.left_out(scores, "accuracy") == [
        "Measured with another metric, measure again: 1-nn.",
        "Measured before the examples changed, measure again: few-shot 0.70 (n = 50).",
    ]
    assert view.left_out([KNN], "accuracy") == []


def test_the_table_is_best_first_and_every_score_has_its_interval_and_n() -> None:
    rows = view.table_rows([FEW, KNN], {"smollm2-135m-instruct": "rehearsal model, 135M"})
    assert [row["Method"] for row in rows] == ["knn", "few-shot"]
    assert rows[1]["Score"] == "0.70 (0.56 to 0.81)"
    assert rows[1]["n"] == 50
    assert rows[1]["Tokens a query"] == 200
    assert rows[1]["Cost per 1,000"] == "set a price"
    assert rows[1]["Model"] == "rehearsal model, 135M"
    assert "As deployed" not in rows[0]


def test_scores_without_near_duplicates_stand_beside_the_others_where_there_are_any() -> None:
    clean = replace(KNN, value_without_near_duplicates=0.75, n_without_near_duplicates=40)
    assert view.table_rows([clean, FEW], {})[0]["Without near-duplicates"] == "0.75 (n = 40)"
    assert "Without near-duplicates" not in view.table_rows([KNN, FEW], {})[0]


def test_the_first_pair_sets_an_llm_against_the_best_without_one() -> None:
    assert view.first_pair([ONE_NN, FEW, KNN]) == ("knn", "few-shot")
    assert view.first_pair([ONE_NN, replace(FEW, value=0.99), KNN]) == ("few-shot", "knn")
    assert view.first_pair([ONE_NN, KNN]) == ("knn", "1-nn")


def test_items_that_are_scored_differently_stand_side_by_side() -> None:
    a = {
        "1": Row("1", "repair", True, "repair", "repair"),
        "2": Row("2", "account", True, "account", "account"),
    }
    b = {
        "1": Row("1", "repair", True, "opening", "opening"),
        "2": Row("2", "account", True, "account", "account"),
        "3": Row("3", "account", True, "", error="The server did not answer."),
    }
    examples = [Example("1", "flat tyre", "repair"), Example("2", "password", "account")]
    assert view.differing(a, b, "accuracy", examples, ("knn", "few-shot")) == [
        {
            "Input": "flat tyre",
            "Right answer": "repair",
            "knn": "✓ repair",
            "few-shot": "✗ opening",
            "Better": "knn",
        }
    ]


def test_a_price_is_shown_with_the_digits_that_count() -> None:
    assert view.money(None) == "set a price"
    assert view.money(1234.5) == "$1,234.50"
    assert view.money(0.00042) == "$0.00042"
    assert view.money(0) == "$0.00"
