"""Names of modules as the owner of a model would say them."""

from torch import jit, nn
from torch.nn.parallel import DataParallel, DistributedDataParallel

from effdash.vocab import UserError


def tidy_path(path: str) -> str:
    """A module path without what compilation and parametrizations added to it."""
    parts = path.split(".parametrizations", maxsplit=1)[0].split(".")
    return ".".join(part for part in parts if part != "_orig_mod")


def unwrapped(model: nn.Module) -> nn.Module:
    """The module inside data-parallel and compiled wrappers: it computes the same, with the owner's names."""
    if isinstance(model, DataParallel | DistributedDataParallel):
        return unwrapped(model.module)
    inner = getattr(model, "_orig_mod", None)
    return unwrapped(inner) if isinstance(inner, nn.Module) else model


def watched_root(model: nn.Module) -> nn.Module:
    """The module whose forwards can be recorded.

    Raises:
        UserError: the model is compiled or scripted.
    """
    root = unwrapped(model)
    if hasattr(model, "_orig_mod"):
        raise UserError(
            "the model is compiled, and a compiled model runs without the hooks that record it; "
            "record the module it was compiled from"
        )
    if isinstance(root, jit.ScriptModule):
        raise UserError("the model is scripted and cannot be looked into; record the module it was made from")
    return root


def owner_names(model: nn.Module) -> dict[int, list[str]]:
    """By the id of every parameter, the paths of the modules that own it.

    Where the owner is the root itself or a list of parameters, it is the parameter's own path.
    """
    owners: dict[int, list[str]] = {}
    for path, module in model.named_modules(remove_duplicate=False):
        lone = path == "" or isinstance(module, nn.ParameterList | nn.ParameterDict)
        for name, parameter in module.named_parameters(recurse=False):
            full = f"{path}.{name}".lstrip(".") if lone else path
            owners.setdefault(id(parameter), []).append(tidy_path(full))
    return owners
