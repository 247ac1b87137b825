"""A plan in a file applies again to the same network and data, and to nothing else."""

import json
from typing import Any

import pytest
import torch

import effdash as ed
from effdash.pruning import Choice, applies_to, hash_of_data, hash_of_weights, plan_json, read_plan
from effdash.vocab import UserError
from tests.pruning.dense import mlp, samples

CHOICE = Choice(amount=3, auto=True, kept=frozenset({("0", 4)}), removed=frozenset({("2", 1)}))


def test_a_plan_is_read_back_for_the_same_network_and_data() -> None:
    model, data = mlp(), samples()
    text = plan_json(CHOICE, applies_to(model, data, run_id="wide", epoch=7))
    assert read_plan(text, applies_to(model, data)) == CHOICE
    assert read_plan(text.encode(), applies_to(model.train(), data, run_id="its copy")) == CHOICE
    values = json.loads(text)
    assert values["applies_to"]["layers"] == {"0": 6, "2": 6}
    assert values["choice"]["removed"] == {"2": [1]}


def test_a_plan_of_something_else_is_refused_and_says_of_what() -> None:
    model, data = mlp(), samples()
    text = plan_json(CHOICE, applies_to(model, data, run_id="wide", epoch=7))
    here = applies_to(mlp(1), data, run_id="deep", epoch=9)
    with pytest.raises(
        UserError,
        match="run 'wide' at epoch 7 with other weights; it cannot be applied to run 'deep' at epoch 9",
    ):
        read_plan(text, here)
    with pytest.raises(
        UserError, match="with other data; it cannot be applied to a network that is in no run"
    ):
        read_plan(text, applies_to(model, samples(49)))
    with pytest.raises(UserError, match="with layers 0 of 6, 2 of 6"):
        read_plan(text, applies_to(mlp(width=7), data))


def test_hashes_hang_on_every_value_and_on_nothing_else() -> None:
    model = mlp()
    before = hash_of_weights(model)
    assert hash_of_weights(mlp()) == before
    with torch.no_grad():
        model[4].bias[2] += 1e-6
    assert hash_of_weights(model) != before
    data = ed.load_data("moons", seed=0)
    parts = (data.X_train, data.y_train, data.X_test, data.y_test)
    assert hash_of_data(parts) == hash_of_data(data)
    assert hash_of_data((*parts[:2], None, None)) != hash_of_data(data)
    assert hash_of_data((parts[0], 1 - parts[1], *parts[2:])) != hash_of_data(data)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the plan file is no JSON; was it cut off?"),
        ('{"effdash_plan": 1, "choice"', "the plan file is no JSON"),
        (b"\xff\xfe\x00", "the plan file is no JSON"),
        ("[" * 100_000, "the plan file is no JSON"),
        ("[1, 2]", "the file is no plan of effdash"),
        ('{"nodes": []}', "the file is no plan of effdash"),
        ('{"effdash_plan": 2}', "version 2, of a newer effdash; this one reads up to 1"),
        ('{"effdash_plan": 1}', "choice ="),
        ('{"effdash_plan": true}', "effdash_plan = True: it is the number of a version, such as 1"),
        ('{"effdash_plan": 1, "choice": {}}', "the plan chooses nothing: its choice is empty"),
        ('{"effdash_plan": 1, "choice": {"amount": 3}}', "its choice names no method"),
        ('{"effdash_plan": 1, "choice": {"method": "l1", "amount": true}}', "choice.amount = True"),
        ('{"effdash_plan": "1", "choice": {"method": "l1"}, "applies_to": {}}', "effdash_plan = '1'"),
    ],
)
def test_what_is_no_plan_is_told_in_a_sentence(text: Any, why: str) -> None:
    with pytest.raises(UserError, match=why):
        read_plan(text, applies_to(mlp(), samples()))
