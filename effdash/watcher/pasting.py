"""The lines that somebody pastes into a training script of their own."""

MODEL = "model, train_loader, test=test_loader"


def snippet(runs_folder: str, name: str = "mine", jumpstart: float | None = None) -> str:
    """Python text: what to add to a loop so that its run is in a folder of runs; also with jumpstart.

    Args:
        runs_folder: Where the runs are, as an absolute path.
        name: What the run is called.
        jumpstart: λ; `None`: jumpstart is left out.
    """
    watched = f"with ed.watch({MODEL}, name={name!r}, runs={runs_folder!r}) as run:  # around your epochs"
    if jumpstart is None:
        return "\n".join(
            (
                "import effdash as ed",
                watched,
                "    run.epoch(loss=loss)  # at the end of every epoch",
            )
        )
    return "\n".join(
        (
            "import effdash as ed",
            "reg = ed.Jumpstart(model)  # before the optimizer's first step",
            watched,
            f"    loss = loss + {jumpstart:g} * reg.loss  # after model(x), before loss.backward()",
            f"    run.epoch(loss=loss, jumpstart={jumpstart:g})  # at the end of every epoch",
        )
    )
