"""Undo and redo: how many steps there are each way, and whether the page is up with the hand."""

from effdash.figures.payload import Payload
from effdash.vocab import UserError


def steps_payload(*, back: int, forth: int, behind: bool = False, awaited: bool = False) -> Payload:
    """The two buttons, ready for the canvas.

    Args:
        back: so many steps can be undone.
        forth: so many of the undone ones can be done again.
        behind: whether some of the page still shows what was before; the canvas says when the hand rests.
        awaited: whether an exact answer is still being made; the canvas asks for it again and again.

    Raises:
        UserError: a negative number of steps.
    """
    if min(back, forth) < 0:
        raise UserError(f"{back} steps back and {forth} forth: a number of steps is not negative")
    return Payload({"back": back, "forth": forth, "isBehind": behind, "isAwaited": awaited})
