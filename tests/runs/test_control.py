"""What the dashboard asks reaches the trainer once, in order, and cheaply."""

import time

import pytest

from effdash.runs import Command, CommandName, RunWriter, send
from effdash.vocab import RunState, UserError


def test_commands_arrive_once_and_in_order(writer):
    send(writer.path, "pause")
    send(writer.path, "jumpstart", 0.3)
    send(writer.path, "lr", 0.001)
    send(writer.path, "pace", 20)
    send(writer.path, "pace")
    send(writer.path, "continue")
    assert writer.read_control() == [
        Command(CommandName.PAUSE),
        Command(CommandName.JUMPSTART, 0.3),
        Command(CommandName.LR, 0.001),
        Command(CommandName.PACE, 20.0),
        Command(CommandName.PACE, None),
        Command(CommandName.CONTINUE),
    ]
    assert writer.read_control() == []
    send(writer.path, "stop")
    assert writer.read_control() == [Command(CommandName.STOP)]


def test_nothing_new_costs_next_to_nothing(writer, record_of):
    writer.read_control()
    started = time.perf_counter()
    for _ in range(1000):
        writer.read_control()
    assert time.perf_counter() - started < 1
    writer.epoch(record_of(0))
    assert writer.read_control() == []


@pytest.mark.parametrize(
    ("command", "value", "answer"),
    [
        (
            "faster",
            None,
            "command 'faster' is unknown; known are pause, continue, step, stop, jumpstart, lr, pace",
        ),
        ("pause", 1.0, "command 'pause' takes no value, but got 1.0"),
        ("jumpstart", None, "jumpstart = None: should be a number from 0 up"),
        ("jumpstart", -0.1, "jumpstart = -0.1: should be a number from 0 up"),
        ("lr", 0.0, "lr = 0.0: should be a number above 0"),
        ("lr", float("nan"), "lr = nan: should be a number above 0"),
        ("pace", 0, "pace = 0: should be a number above 0, or nothing for as fast as it goes"),
        ("jumpstart", float("inf"), "jumpstart = inf"),
    ],
)
def test_what_cannot_be_asked_is_said(writer, command, value, answer):
    with pytest.raises(UserError, match=answer):
        send(writer.path, command, value)
    assert writer.read_control() == []


def test_lambda_can_be_turned_off(writer):
    send(writer.path, "jumpstart", 0)
    assert writer.read_control() == [Command(CommandName.JUMPSTART, 0.0)]


def test_nobody_trains_an_ended_run(finished):
    with pytest.raises(UserError, match="nobody is training run 'done', so it cannot pause now"):
        send(finished, "pause")


def test_a_deleted_run_is_said(tmp_path):
    with pytest.raises(UserError, match="is gone"):
        send(tmp_path / "none.effdash", "pause")


def test_what_was_asked_of_a_trainer_is_not_asked_of_the_next(writer):
    send(writer.path, "stop")
    writer.close(RunState.INTERRUPTED)
    second = RunWriter.claim(writer.path)
    assert second.read_control() == []
    send(writer.path, "step")
    assert second.read_control() == [Command(CommandName.STEP)]
    second.close(RunState.FINISHED)


def test_a_stranger_s_command_is_dropped(writer, tamper):
    writer.read_control()
    tamper(
        writer.path,
        "INSERT INTO control (command, value) VALUES ('rm', 1), ('lr', 0.1), ('lr', -1), ('stop', 3)",
    )
    assert writer.read_control() == [Command(CommandName.LR, 0.1)]
