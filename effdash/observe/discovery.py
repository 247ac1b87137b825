"""One forward pass watched closely: every nonlinearity, however written, and what it is applied to."""

import inspect
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.overrides import TorchFunctionMode
from torch.utils import checkpoint
from torch.utils.weak import WeakTensorKeyDictionary

from effdash.observe.calls import FEATURES_LAST, LAYOUT, NORMS, ONLY_LIKE, REDUCTIONS, VALUELESS, TorchCall
from effdash.observe.calls import is_watched as is_watched_call
from effdash.observe.composites import composite_of_call, meaning_of_call
from effdash.observe.curve import Curve
from effdash.observe.names import owner_names, tidy_path
from effdash.observe.recognise import UNKNOWN, curve_of_call
from effdash.observe.traces import Call, Pick, Producer, Site, Trace, tensors_in
from effdash.vocab import UserError

Visitor = Callable[[Tensor, bool], Any]
"""Called with a pre-activation as the network has it, and whether its units are its last dimension."""


def units_second(z: Tensor, features_last: bool) -> Tensor:
    """`(sample, *position, unit)` of a linear layer over a sequence as `(sample, unit, *position)`."""
    return z.movedim(-1, 1) if features_last else z


class Discovery(TorchFunctionMode):
    """From `begin` to `finish` it sees every call of torch and of every module; `sites` is what it met.

    `visit` is called on every pre-activation before anything is written over it. With `keep` the
    pre-activations themselves are held, as clones where they are written over.
    """

    def __init__(self, model: nn.Module, *, visit: Visitor | None, keep: bool) -> None:
        super().__init__()
        self.sites: list[Site] = []
        self.notes: list[str] = []
        self.calls: Counter[str] = Counter()
        self.watched = 0
        self._visit = visit
        self._keep = keep
        self._gradients = torch.is_grad_enabled()
        self._traces: Any = WeakTensorKeyDictionary()
        self._weights: Any = WeakTensorKeyDictionary()
        self._owners = owner_names(model)
        self._buffers = {id(buffer) for buffer in model.buffers()}
        self._constants: Any = WeakTensorKeyDictionary()
        self._n_samples = -1
        self._stack = [Call("", 0)]
        self._order = 0
        self._paths = {module: path for path, module in model.named_modules() if module is not model}
        # Hooks for all modules there are: scripted ones accept none of their own.
        self._handles = (
            register_module_forward_pre_hook(self._enter),
            register_module_forward_hook(self._leave, always_call=True),
        )

    def begin(self, inputs: Any) -> None:
        for tensor in tensors_in(inputs):
            self._traces[tensor] = Trace()
            if self._n_samples < 0 and tensor.dim() > 0:
                self._n_samples = tensor.shape[0]
        self.__enter__()

    def finish(self) -> None:
        """Stop watching, after the forward or after an error in the middle of it."""
        for handle in self._handles:
            handle.remove()
        self.__exit__(None, None, None)

    def layers(self) -> list[Site]:
        """The sites that are layers: known, and on their way to a parameter."""
        return [site for site in self.sites if site.feeds and not site.absorbed and not site.unknown]

    def unrecognised(self) -> list[str]:
        """What was met and is not observed, a sentence each."""
        unknown = [site.unknown for site in self.sites if site.feeds and site.unknown]
        return list(dict.fromkeys([*unknown, *self.notes]))

    # ------------------------------------------------------------------ modules

    def _enter(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        path = self._paths.get(module)
        if path is None:
            return
        call = Call(path, self.calls[path])
        self.calls[path] += 1
        if args and isinstance(args[0], Tensor):
            call.entered_with = self._traces.get(args[0])
        self._stack.append(call)

    def _leave(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        if module not in self._paths:
            return
        call = self._stack.pop()
        if not isinstance(output, Tensor):
            return
        seen = output in self._traces or output in self._weights
        if not seen and any(tensor in self._traces for tensor in tensors_in(args)):
            self._unseen(tidy_path(call.path))
            self._traces[output] = Trace()
        if output in self._traces:
            self._traces[output].returned_by = call

    # ------------------------------------------------------------------ calls of torch

    def __torch_function__(
        self, function: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        call = TorchCall(getattr(function, "__name__", ""), args, kwargs or {}, self.watched)
        self.watched += is_watched_call(function)
        for tensor in call.tensors:
            self._meet(tensor)
        data = [self._traces[tensor] for tensor in call.tensors if tensor in self._traces]
        if not data or call.name in VALUELESS:
            output = function(*args, **call.kwargs)
            self._follow_weights(call, output)
            return output
        site = self._site(call)
        if call.writes is not None:
            self._about_to_write(call.writes)
        output = function(*args, **call.kwargs)
        result = output if call.writes is None or isinstance(output, Tensor) else call.writes
        trace = self._trace(call, site, data, result)
        for tensor in tensors_in(result):
            self._traces[tensor] = trace.copy()  # one each, as the parts of a chunked tensor differ
        return output

    def _follow_weights(self, call: TorchCall, output: Any) -> None:
        """What is computed from parameters alone is a weight as well (weight normalization, say)."""
        owner = next(filter(None, map(self._owner, call.tensors)), None)
        for tensor in tensors_in(output):
            if owner is None:
                self._constants[tensor] = True
            elif self._owner(tensor) is None:
                self._weights[tensor] = owner

    def _meet(self, tensor: Tensor) -> None:
        """A tensor with a row a sample that no call of torch has made is data all the same."""
        known = tensor in self._traces or self._owner(tensor) is not None or tensor in self._constants
        if known or id(tensor) in self._buffers or tensor.dim() == 0 or tensor.shape[0] != self._n_samples:
            return
        self._unseen(tidy_path(self._stack[-1].path) or "the top of the model")
        self._traces[tensor] = Trace()

    def _unseen(self, place: str) -> None:
        self.notes.append(
            f"something at {place} cannot be looked into (it is scripted, or not written with torch "
            f"functions); nonlinearities in it are not observed"
        )

    def _owner(self, tensor: Tensor) -> str | None:
        """The module path a weight belongs to; of several that share it, the one that is running."""
        owners = self._owners.get(id(tensor))
        if owners is None:
            return self._weights.get(tensor)
        running = self._stack[-1].path
        return running if running in owners else owners[0]

    def _trace(self, call: TorchCall, site: Site | None, data: list[Trace], result: Any) -> Trace:
        """What to remember of the result of a call that was given data."""
        carried = frozenset(met for trace in data for met in trace.sites)
        if site is not None:
            if site.source.producer is not None:
                site.source.producer.fresh = False
            return Trace(None, site.features_last, carried | {site}, meaning=("phi", site))
        given = (tensor for tensor in call.tensors if tensor not in self._traces)
        owner = None if call.plain in ONLY_LIKE else next(filter(None, map(self._owner, given)), None)
        if owner is not None:
            return self._parameters_applied(call, owner, data, result)
        if call.plain in REDUCTIONS:
            carried = frozenset(met for met in carried if not met.unknown)
        same = all(trace.origin is data[0].origin for trace in data)
        return Trace(
            self._norm(call) or _newest([trace.producer for trace in data if trace.producer is not None]),
            data[0].features_last and call.plain not in LAYOUT,
            carried,
            data[0].origin if same else object(),
            meaning_of_call(call, self._traces.get),
        )

    def _parameters_applied(self, call: TorchCall, owner: str, data: list[Trace], result: Any) -> Trace:
        for trace in data:
            for met in trace.sites:
                met.feeds = True
            if trace.producer is not None:
                trace.producer.fresh = False
        same_layout = data[0].features_last and not call.plain.startswith("conv")
        return Trace(
            self._new_producer(owner),
            isinstance(result, Tensor) and result.dim() > 2 and (call.plain in FEATURES_LAST or same_layout),
        )

    def _norm(self, call: TorchCall) -> Producer | None:
        """A normalization gives its name to its result also where it has buffers only, or nothing."""
        path = tidy_path(self._stack[-1].path)
        frozen = any(id(tensor) in self._buffers for tensor in call.tensors)
        return self._new_producer(path) if path and (frozen or call.name in NORMS) else None

    def _new_producer(self, name: str) -> Producer:
        self._order += 1
        return Producer(name, self._order)

    # ------------------------------------------------------------------ nonlinearities

    def _site(self, call: TorchCall) -> Site | None:
        """The site that a call is, or completes; None if it applies no nonlinearity."""
        first = call.operands[0]
        if isinstance(first, Tensor) and first in self._traces and first.is_floating_point():
            curve = curve_of_call(call)
            if curve is not None or call.plain in UNKNOWN:
                return self._new_site(curve, first, 0, call)
        found = composite_of_call(call, self._traces.get)
        if found is None or found.z is None:
            return None if found is None else found.completes
        return self._new_site(found.curve, found.z, found.argument, call)

    def _new_site(self, curve: Curve | None, z: Tensor, argument: int, call: TorchCall) -> Site:
        """`curve` None: it bends values, but no rule is known for it; that is said, not guessed."""
        trace = self._traces[z]
        here = self._stack[-1]
        named = trace.producer.name if trace.producer is not None else f"{tidy_path(here.path)}.{call.plain}"
        site = Site(
            curve,
            trace,
            Pick(call.number, argument),
            named.lstrip("."),
            trace.features_last and z.dim() > 2,
            z.untyped_storage()._cdata,
            pre_hook=here if here.path and here.entered_with is trace else None,
            hook=trace.returned_by,
        )
        site.unknown = _why_unknown(curve, z, f"{call.plain} at {site.name}")
        if not site.unknown:
            self._take(site, z)
        self.sites.append(site)
        return site

    def _take(self, site: Site, z: Tensor) -> None:
        if self._gradients and not torch.is_grad_enabled():
            refuse_reentrant_checkpoint()
        if self._visit is not None:
            site.visited = self._visit(z, site.features_last)
        z = units_second(z, site.features_last)
        site.shape = tuple(z.shape)
        site.value = z if self._keep else None

    def _about_to_write(self, target: Tensor) -> None:
        storage = target.untyped_storage()._cdata
        for site in self.sites:
            if site.storage == storage and not site.overwritten:
                site.overwritten = True
                if site.value is not None:
                    site.value = site.value.clone()


def _newest(producers: list[Producer]) -> Producer | None:
    """Whom a sum is named after: its first summand that is new, as a residual stream is the older one."""
    fresh = (producer for producer in producers if producer.fresh)
    return next(fresh, max(producers, key=lambda one: one.order, default=None))


def _why_unknown(curve: Curve | None, z: Tensor, what: str) -> str:
    """The sentence that says why a nonlinearity is not observed, empty if it is."""
    if curve is None:
        return f"{what} bends values in a way effdash has no rule for; it is not observed"
    if z.dim() < 2:
        return f"{what} is applied to a tensor without units; it is not observed"
    if curve.kind == "hardtanh" and not set(curve.parameters).isdisjoint((-math.inf, math.inf)):
        return f"{what} limits values on one side, away from 0; it is not observed"
    return ""


def refuse_reentrant_checkpoint() -> None:
    """Reentrant activation checkpointing runs without a graph where a gradient will be wanted.

    Raises:
        UserError: the caller is within it.
    """
    frame = inspect.currentframe()
    while frame is not None:
        code = frame.f_code
        if code.co_name == "forward" and code.co_filename == checkpoint.__file__:
            raise UserError(
                "pre-activations inside reentrant activation checkpointing carry no gradient; "
                "use torch.utils.checkpoint.checkpoint(…, use_reentrant=False)"
            )
        frame = frame.f_back
