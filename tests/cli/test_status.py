"""`effdash status`: every layer's units, on the run's data and on others."""

from pathlib import Path

from tests.shell import Shell


def test_status_counts_what_the_run_holds(shell: Shell, trained: str) -> None:
    for split, samples in (("train", 85), ("test", 15)):
        answer = shell.json("status", trained, "--split", split)
        assert (answer["split"], answer["samples"], answer["epoch"]) == (split, samples, 4)
        assert [row["layer"] for row in answer["layers"]] == ["fc1", "fc2", "fc3"]
        for word, count in answer["units"].items():
            assert sum(row[word] for row in answer["layers"]) == count
        assert sum(answer["units"].values()) == 12
    finished = shell.json("runs", "show", trained)
    assert finished["units"] == shell.json("status", trained)["units"]
    assert "fc2" in shell("status", trained)


def test_status_on_the_run_s_own_data_is_what_was_recorded(shell: Shell, trained: str) -> None:
    recorded = shell.json("status", trained)
    anew = shell.json("status", trained, "--data", "moons")
    assert anew["layers"] == recorded["layers"]


def test_status_refuses_data_that_do_not_fit(shell: Shell, trained: str) -> None:
    assert "digits" in shell.refused("status", trained, "--data", "digits")


def test_status_refuses_a_split_that_is_not_there(shell: Shell, trained: str) -> None:
    for words in ((), ("--data", "moons")):
        assert "split 'validation' is" in shell.refused("status", trained, "--split", "validation", *words)


def test_status_says_what_it_takes(shell: Shell, tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(b"")
    assert f"{model} is a model; say on which data it is looked at: --data NAME_OR_FILE" in shell.refused(
        "status", str(model)
    )
    assert f"'{model}' is not a run; give a run's id or a file that ends in .effdash" in shell.refused(
        "runs", "show", str(model)
    )
