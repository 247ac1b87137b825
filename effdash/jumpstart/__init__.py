"""The jumpstart regularizer: no unit and no point dead or linear."""

from effdash.jumpstart.loss import jumpstart_loss
from effdash.jumpstart.regularizer import Jumpstart
from effdash.jumpstart.schedule import scheduled_weight

__all__ = ["Jumpstart", "jumpstart_loss", "scheduled_weight"]
