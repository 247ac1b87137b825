"""`effdash diagnose`: the findings in sentences, on the run's data and on others."""

from tests.shell import Shell


def test_diagnose_says_what_is_wrong_and_what_to_try(shell: Shell) -> None:
    said = " ".join(shell("diagnose", "born-dead").split())
    assert said.startswith("Run born-dead · epoch 800 · on train ill 94 % of the units were dead or linear")
    assert "Try: jumpstart, another initialisation, skip connections." in said
    assert "it learned: train accuracy 1.00" in shell("diagnose", "digits-wide")


def test_diagnose_as_json_names_the_evidence(shell: Shell) -> None:
    answer = shell.json("diagnose", "dies-in-training", "--split", "test")
    assert (answer["run"], answer["epoch"], answer["split"]) == ("dies-in-training", 40, "test")
    assert answer["paragraph"].endswith(
        "Try: a learning rate ten times lower (0.005), which jumpstart does not replace."
    )
    (fell,) = [finding for finding in answer["findings"] if finding["kind"] == "learning_rate"]
    assert fell["severity"] == "ill"
    assert fell["evidence"]["epoch"] == 5
    assert fell["try"] == fell["remedies"][0]


def test_diagnose_of_a_run_that_hardly_began_says_so(shell: Shell, trained: str) -> None:
    assert "too early to say whether it learns" in " ".join(shell("diagnose", trained).split())


def test_diagnose_on_other_data_says_which(shell: Shell, trained: str) -> None:
    said = " ".join(shell("diagnose", trained, "--data", "circles", "--split", "test").split())
    assert "on circles, test" in said
    assert "too early" not in said
    answer = shell.json("diagnose", "digits-wide", "--data", "digits", "--split", "test")
    assert (answer["data"], answer["split"], answer["epoch"]) == ("digits", "test", 40)
    assert answer["findings"][0]["sentence"].startswith("accuracy on digits, test is .97 at epoch 40")
    assert answer["findings"][0]["evidence"]["split"] is None


def test_diagnose_on_data_that_do_not_fit_is_refused(shell: Shell) -> None:
    refused = shell.refused("diagnose", "digits-wide", "--data", "moons")
    assert "data 'moons' has inputs of shape (2,); run 'digits-wide' takes (64,)" in refused
    assert "is neither a file nor a data set" in shell.refused("diagnose", "digits-wide", "--data", "nowhere")


def test_diagnose_refuses_a_split_that_is_not_there(shell: Shell, trained: str) -> None:
    assert "split 'validation' is" in shell.refused("diagnose", trained, "--split", "validation")
