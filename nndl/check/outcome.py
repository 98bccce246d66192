"""One case of a comparison: a student's network beside the library's, with drawn values.

The same are: outputs in training and evaluation mode, gradients of every parameter and of the
input, statistics after two steps. Which of the student's tensors plays which role is not asked:
as long as all tensors of one size have the same values, nothing depends on it, and there each role
is recognised by its gradient. Then all values are made different, and everything is compared again.
"""

import math
import re
from collections import Counter
from functools import cache, partial

import torch

from nndl.check.feedback import Fault
from nndl.check.line import StudentError, kind_of
from nndl.check.observe import observe
from nndl.check.styles import ORDERS, layouts_of, with_statistics
from nndl.check.values import Draw, close

__all__ = ['Outcome']

PASSES = 'train', 'again', 'eval', 'one', 'repeat'
MOST_REFERENCES = 500
_references = {}  # what the library computes, for many answers with the same drawn values
FLOOR = 1e-5  # a gradient that small beside the largest is none: that of a bias before a norm


class Outcome:
    """The observations of one case.

    Args:
        examination: ``networks.Examination``.
        case: ``networks.Case``.

    Attributes:
        right: whether it computes the same as the library's.
        got, expected: observations (``observe.observe``) of the student's and the library's, as
            long as all tensors of one size have the same values.
        error: what the student's code raised, or None.
        call: as the case is written.
    """

    def __init__(self, examination, case):
        self.exam, self.case, self.error = examination, case, None
        self.call = case.called(examination.name)
        self.right, self.got, self.names, self.silent = False, {'kind': ''}, {}, []
        try:
            self._compare()
        except StudentError as error:
            self.error = error

    def _compare(self):
        for attempt in range(2):
            self._draw()
            self._base()
            if self.is_same(self.got, self.expected):
                self.right = self._all_different() or self._all_different(again=True)
                return
            if self._with_other_statistics():
                self.right = True
                return
            if attempt == 0 and not self._agree('train', self.got, tolerance=0.02):
                return  # else a ReLU at its kink may have tipped by rounding

    def _draw(self):
        self.seed = self.exam.draw.seed()
        draw = Draw(self.seed)
        self.inputs = [draw.normal(*self.case.shape) for _ in range(2)]
        self.fill = {'seed': self.seed}
        self.layouts = []

    def _base(self):
        """Tensors of one size have the same values; those without a gradient are 0."""
        self.expected, _ = self._silenced(self._reference)
        shapes = {tuple(shape) for shape, _ in self.expected['parameters'].values()}
        sizes = set(map(math.prod, shapes))
        for order in (self.exam.order, *(k for k in range(len(ORDERS)) if k != self.exam.order)):
            self.layouts = layouts_of(shapes, order)
            if order != self.exam.order and not self._agree(
                    'train', self.look({}, train_only=True)):
                continue
            self.got, self.silent = self._silenced(self.look)
            foreign = {tuple(shape) for shape, _ in self.got.get('parameters', {}).values()
                       if len(shape) > 1 and math.prod(shape) in sizes} - shapes
            if self._agree('train', self.got):
                self.exam.order = order
                return
            if not foreign and self.exam.order == 0:
                return
        self.layouts = layouts_of(shapes, self.exam.order)

    def _silenced(self, look):
        first = look({}, train_only=True)
        none = _without_gradient(first)
        seen = look(dict.fromkeys(none, 0))
        if 'train' in first and not self._agree('train', seen, first):
            # Something without a gradient changes the output: it was cut off from it.
            none = [name for name in none[:12]
                    if self._agree('train', look({name: 0}, train_only=True), first)]
            return look(dict.fromkeys(none, 0)), none
        return seen, none

    def look(self, own=None, **how):
        """An observation of the student's, by default with equal values."""
        own = dict.fromkeys(self.silent, 0) if own is None else own
        return self.exam.ask('observe', **self._request(own, self.layouts), **how)

    def _reference(self, own, make=None, **how):
        key = self.case, make or self.exam.make, self.seed, repr((self.fill, own, how))
        if key not in _references:
            if len(_references) >= MOST_REFERENCES:
                _references.clear()
            _references[key] = observe(key[1], **self._request(own, []), **how)
        return _references[key]

    def _request(self, own, layouts):
        return {'arguments': list(self.case.arguments), 'options': self.case.options,
                'fill': self.fill | {'layouts': layouts, 'own': own}, 'inputs': self.inputs,
                'several': self.exam.several, 'kept_channels': self.exam.kept_channels}

    def _agree(self, name, got, expected=None, tolerance=None):
        """True if a pass gave the same, by default as the library's with equal values."""
        expected = self.expected if expected is None else expected
        return close(got.get(name), expected.get(name), tolerance or self.exam.tolerance)

    def is_same(self, got, expected):
        """True if two observations agree; then ``names`` has {role: name of the tensor}."""
        if not all(self._agree(name, got, expected) for name in PASSES):
            return False
        self.names = self._assigned(got['gradients'], expected['gradients'])
        return self.names is not None and close(got['x'], self.inputs[0]) and all(
            self.exam.near(got['eval_gradients'].get(name), expected['eval_gradients'][role])
            for role, name in self.names.items())

    def _assigned(self, got, expected):
        """{role: name}, each by an equal gradient; None if one is left over on either side."""
        largest = max(p[-1] for p in expected.values())
        left = {name: p for name, p in got.items() if p[-1] > FLOOR * largest and name}
        names = {'': ''} if self.exam.near(got.get(''), expected['']) else None
        for role, wanted in expected.items():
            if names is None or not role or wanted[-1] <= FLOOR * largest:
                continue
            name = next((name for name, p in left.items() if self.exam.near(p, wanted)), None)
            if name is None:
                return None
            names[role] = name
            del left[name]
        return None if left else names

    def _all_different(self, again=False):
        """The same comparison with every tensor's values its own."""
        if again:
            self.fill = {'seed': self.exam.draw.seed()}
        own = {role: number for number, role in enumerate(self.names, 2) if role}
        silent = dict.fromkeys(self.silent, 0)
        got = self.look(silent | {self.names[role]: k for role, k in own.items()})
        expected = self._reference(dict.fromkeys(_without_gradient(self.expected), 0) | own)
        return all(self._agree(name, got, expected) for name in PASSES) and all(
            self.exam.near(got[kind].get(name), expected[kind][role])
            for kind in ('gradients', 'eval_gradients') for role, name in self.names.items())

    def _with_other_statistics(self):
        """True if it is right with another momentum, another eps or the biased variance."""
        gradients = self.got.get('gradients')
        for eps in (1e-5, 1e-3) if gradients and self.exam.policies else ():
            seen = self._reference({}, _policy(self.exam.make, eps, 0.1, False), train_only=True)
            if not self._agree('train', self.got, seen) or (
                    self._assigned(gradients, seen['gradients']) is None):
                continue
            if eps == 1e-5 and self._agree('eval', self.got):
                return False
            for momentum, biased in self.exam.policies:
                make = _policy(self.exam.make, eps, momentum, biased)
                seen, _ = self._silenced(partial(self._reference, make=make))
                if self.is_same(self.got, seen):
                    self.exam.policies = [(momentum, biased), *self.exam.policies]
                    return True
            self.exam.policies = []
        return False

    # ---- what is wrong --------------------------------------------------------------------

    @property
    def input_changed(self):
        """True if the network changed the tensor that it was given."""
        x = self.got.get('x')
        return isinstance(x, torch.Tensor) and not close(x, self.inputs[0])

    def left_out(self, repair):
        """Names of tensors that the output depends on and that an optimizer would not change."""
        try:
            got = self.look({}, repair=repair, train_only=True)
        except StudentError:
            return []
        learnt = {name for name, (_, learns) in self.got.get('parameters', {}).items() if learns}
        none = _without_gradient(got)
        return [name for name in got.get('gradients', {}) if name not in none + ['', *learnt]]

    def is_explained(self, make):
        """True if a changed network of the library's gives all that the student's gives."""
        try:
            seen = self._reference({}, make, train_only=True)
            if self.error or not self._agree('train', self.got, seen):
                return False
            seen, _ = self._silenced(partial(self._reference, make=make))
            return self.is_same(self.got, seen)
        except (RuntimeError, TypeError, ValueError) as error:  # it does not run either
            return self.error is not None and _without_order(str(error)) == _without_order(
                self.error.text)

    def difference(self, facts):
        """The ``Fault`` that says how a network differs."""
        got, expected = self.got, self.expected
        output, wanted = got['train'], expected['train']
        if not got['parameters']:
            return Fault('no_parameters', facts)
        if not isinstance(output, torch.Tensor):
            return Fault('nothing_returned', facts | {'kind': kind_of(output)})
        if not got['gradients']:
            return Fault('no_gradient', facts)
        if output.shape != wanted.shape:
            return Fault('shape', facts | {'got': tuple(output.shape),
                                           'expected': tuple(wanted.shape)})
        agree = {name: self._agree(name, got) for name in PASSES}
        if not close(got['repeat'], output, self.exam.tolerance):
            return Fault('random_in_training', facts)
        if not agree['one'] and agree['eval']:
            return Fault('one_image', facts | {'got': _shape(got['one']),
                                               'expected': tuple(expected['one'].shape)})
        if sizes := self._sizes_apart():
            return Fault(sizes[0], facts | {'shapes': sizes[1]})
        if all(agree.values()):
            return Fault('gradient', facts | {'shapes': self._gradients_missing()})
        fault, name = ('eval_differs', 'eval') if agree['train'] else ('differs', 'train')
        return Fault(fault, facts | _numbers(got[name], expected[name]))

    def _gradients_missing(self):
        """Shapes of the library's tensors, and x, whose gradient none of the student's has."""
        shapes = {role: shape for role, (shape, _) in self.expected['parameters'].items()}
        none = _without_gradient(self.expected)
        missing = [tuple(shapes[role]) if role else 'x'
                   for role, wanted in self.expected['gradients'].items() if role not in none
                   and not any(self.exam.near(p, wanted) and (not name) == (not role)
                               for name, p in self.got['gradients'].items())]
        return ', '.join(map(str, dict.fromkeys(missing))) or '?'

    def _sizes_apart(self):
        """('missing_tensors' or 'roles', shapes), where the tensors are not those of the library's
        network; None if they are, size by size."""
        def shapes(seen, none):
            return [tuple(shape) for name, (shape, _) in seen['parameters'].items()
                    if name not in none]
        expected = shapes(self.expected, _without_gradient(self.expected))
        used, own = (shapes(self.got, none) for none in (_without_gradient(self.got), ()))
        expected_sizes, used_sizes, own_sizes = (
            Counter(map(math.prod, each)) for each in (expected, used, own))
        for name, apart, among in (('roles', used_sizes - expected_sizes, used),
                                   ('missing_tensors', expected_sizes - own_sizes, expected)):
            if apart:
                shown = dict.fromkeys(shape for shape in among if math.prod(shape) in apart)
                return name, ', '.join(map(str, list(shown)[:6]))
        return None


@cache
def _policy(make, *policy):
    return lambda *args, **options: with_statistics(make(*args, **options), *policy)


def _without_gradient(seen):
    """Names of the parameters whose gradient is 0 up to rounding."""
    gradients = {name: p[-1] for name, p in seen.get('gradients', {}).items() if name}
    floor = FLOOR * max(gradients.values(), default=0)
    return [name for name, size in gradients.items() if size <= floor]


def _without_order(text):
    """An error's text without the order of its numbers: x + f and f + x fail alike."""
    text = ' '.join(text.split())[:280].strip()
    return re.sub(r'\d+', '#', text), sorted(re.findall(r'\d+', text))


def _numbers(got, expected):
    """The number that differs most, and where."""
    if not isinstance(got, torch.Tensor) or got.shape != expected.shape:
        return {'place': '', 'got': _shape(got), 'expected': _shape(expected)}
    flat = int((got - expected).abs().nan_to_num(float('inf')).argmax())
    place = [int(index) for index in torch.unravel_index(torch.tensor(flat), got.shape)]
    return {'place': place, 'got': f'{got.flatten()[flat]:.4f}',
            'expected': f'{expected.flatten()[flat]:.4f}'}


def _shape(value):
    return tuple(value.shape) if isinstance(value, torch.Tensor) else value
