"""The judge of blocks, modules and networks: accepted is what computes the same as the library's.

A fault is named only where one change of the library's network, and no other, explains everything
that was observed in all cases; else the answer says what was expected and what came.
"""

import inspect
import sys
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import torch
from tqdm.auto import tqdm

from nndl.check.feedback import Fault
from nndl.check.outcome import Outcome
from nndl.check.styles import MOMENTA

__all__ = ['Case', 'Examination', 'changed']


@dataclass(frozen=True, eq=False)
class Case:
    """A call of the student's class or function, and the shape of the input of what it makes.

    Attributes:
        arguments, options: of the call.
        shape: (N, C, H, W).
    """

    arguments: tuple
    options: dict
    shape: tuple

    def called(self, name):
        """The call as it is written."""
        shown = [*map(repr, self.arguments), *(f'{k}={v!r}' for k, v in self.options.items())]
        return f'{name}({", ".join(shown)})'


class Examination:
    """Compares what a student's class or function makes with what the library's makes.

    Args:
        ask, draw: see ``feedback.examine``.
        name: of the student's class or function.
        make: the library's.
        cases: {criterion: list of ``Case``}.
        variants: [(``Fault``, make)]: the library's with one change.
        several: the calls give lists of networks.
        tolerance: of the largest value; what differs less is rounding.
        kept_channels: outputs of inner modules with so many channels are kept; then a bar shows
            how far the comparison is.
    """

    def __init__(self, ask, draw, name, make, cases, variants=(), *, several=False,
                 tolerance=2e-4, kept_channels=None):
        self.ask, self.draw, self.name, self.make = ask, draw, name, make
        self.cases, self.variants, self.several = cases, variants, several
        self.tolerance, self.order, self.kept_channels = tolerance, 0, kept_channels
        momenta = MOMENTA[:2] if kept_channels else MOMENTA  # a whole network takes its time
        self.policies = list(product(momenta, (False, True)))

    def criteria(self):
        """{criterion: function that gives a ``Fault``, or None}."""
        return {criterion: lambda c=criterion: self.judge(c) for criterion in self.cases}

    def judge(self, criterion):
        """The ``Fault`` of a criterion, None if all its cases are right."""
        wrong = next((seen for case in self.cases[criterion]
                      if not (seen := self.outcomes[case]).right), None)
        return None if wrong is None else self.named or self._described(wrong)

    def near(self, got, wanted):
        """True if projections agree."""
        return got is not None and all(abs(a - b) <= 5 * self.tolerance * wanted[-1] + 1e-12
                                       for a, b in zip(got, wanted, strict=True))

    @cached_property
    def outcomes(self):
        """{case: ``Outcome``}."""
        cases = [case for cases in self.cases.values() for case in cases]
        return {case: Outcome(self, case)
                for case in (tqdm(cases, leave=False) if self.kept_channels else cases)}

    @cached_property
    def named(self):
        """The one fault that explains all cases, None if there is none."""
        outcomes = list(self.outcomes.values())
        if any(seen.got.get('bools') for seen in outcomes):
            return Fault('stride_is_bool')
        for seen in outcomes:
            if seen.got.get('modes', [True, False]) != [True, False]:
                return Fault('switches_mode', {'call': seen.call})
            if seen.input_changed:
                return Fault('input_changed', {'call': seen.call})
        first = next(seen for seen in outcomes if not seen.right)
        for repair, fault in ('register', 'not_registered'), ('unfreeze', 'frozen'):
            if names := first.left_out(repair):
                return Fault(fault, {'names': ', '.join(names[:6])})
        order = [first, *(seen for seen in outcomes if seen is not first)]
        explaining = [fault for fault, make in self.variants
                      if all(seen.is_explained(make) for seen in order)]
        if not explaining or any(fault != explaining[0] for fault in explaining):
            return None
        return Fault(explaining[0].name, {'call': first.call} | explaining[0].facts)

    def _described(self, wrong):
        """Return the fault of a case that no known mistake explains."""
        if wrong.error:
            raise wrong.error
        facts = {'call': wrong.call, 'given': tuple(wrong.case.shape)}
        if wrong.got['misfit']:
            return Fault('signature', {'error': wrong.got['misfit']})
        kind = wrong.got['kind']
        if kind != 'Module':
            a_list = self.several and wrong.got['n'] is None
            return Fault('not_a_list' if a_list else 'not_a_module', facts | {'kind': kind})
        return wrong.difference(facts)


def changed(thing, changes):
    """A class or function of the library's with one change each, made in its text.

    Args:
        thing: the class or function.
        changes: tuples (change, *(old, new)): the old parts of the text become the new ones;
            ``change`` is what the student reads, code in the words of the exercise, or a ``Fault``.

    Returns:
        [(``Fault``, the changed class or function)].

    Raises:
        ValueError: if an old part is not in the text.
    """
    source, made = inspect.getsource(thing), []
    for change, *parts in changes:
        text = source
        for old, new in parts:
            if old not in text:
                raise ValueError(f'{change}: {thing.__name__} has no {old!r} to be changed')
            text = text.replace(old, new)
        names = {'torch': torch} | vars(sys.modules[thing.__module__])
        exec(text, names)
        fault = change if isinstance(change, Fault) else Fault('computes', {'change': change})
        made.append((fault, names[thing.__name__]))
    return made
