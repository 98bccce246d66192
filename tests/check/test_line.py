"""The line between checker and probe: plain values come as they went, all else is refused."""

import json

import numpy as np
import pytest
import torch

from nndl.check.line import Kind, Malformed, StudentError, _packed, _unpacked, read_answer
from nndl.check.values import close, is_number, same_number


@pytest.mark.parametrize('value', [
    None, 5, 0.5, 'x', True, [1, [2]], {'a': [None]}, torch.randn(2, 3), torch.tensor(5),
    torch.zeros(0, 4), torch.arange(6), torch.zeros(2, dtype=torch.double)])
def test_values_come_back_as_they_went(value):
    back = _unpacked(_packed(value))
    assert torch.equal(back, value) if isinstance(value, torch.Tensor) else back == value


def test_other_values_arrive_as_the_name_of_their_type():
    assert _unpacked(_packed((np.float64(0.5), np.int64(3)))) == [0.5, 3]
    assert _unpacked(_packed(float('inf'))) == float('inf')
    for value, name in ((torch.nn.ReLU, 'class ReLU'), (1j, 'complex'), ({1: 2}, 'dict'),
                        (torch.nn.ReLU(), 'ReLU')):
        assert _unpacked(_packed(value)) == Kind(name)

    class Half(float):
        pass

    assert _unpacked(_packed(Half(0.5))) == Kind('Half'), 'it may compare as it likes'


def message(told, numbers=b'', size=None):
    text = json.dumps(told).encode()
    return (len(text) if size is None else size).to_bytes(4, 'big') + text + numbers


def test_tensors_are_read_in_their_order():
    told = {'a': torch.arange(3), 'b': [torch.ones(2, 2), torch.zeros(0)], 'c': torch.tensor(True)}
    back = _unpacked(_packed(told))
    assert torch.equal(back['a'], told['a']) and torch.equal(back['b'][0], told['b'][0])
    assert back['b'][1].shape == (0,) and back['c'].dtype == torch.bool


ODD = [{'$tensor': 'float32'}, {'shape': [1], '$tensor': 'complex64'},
       {'shape': [2], '$tensor': 'float32'}, {'shape': [-1], '$tensor': 'int64'},
       {'shape': [True], '$tensor': 'float32'}, {'shape': 'x', '$tensor': 'float32'},
       {'$number': 'x'}, {'shape': [10 ** 9] * 9, '$tensor': 'float32'}]


@pytest.mark.parametrize('told', ODD)
def test_what_is_no_value_is_refused(told):
    with pytest.raises(Malformed):
        read_answer(message({'value': told}, b'four'))


@pytest.mark.parametrize('data', [
    b'', b'\0\0\0', message({}), message([1]), message({'error': {}}), message({'error': 5}),
    message({'value': 1}, size=5), message({'value': 1}, size=2 ** 32 - 1),
    message({'value': 'x' * 1_000_000}), b'\0\0\0\x0d{"value": NaN}'])
def test_what_is_no_answer_is_refused(data):
    with pytest.raises(Malformed):
        read_answer(data)


def test_an_error_of_the_students_code_is_raised_here():
    told = {'kind': 'ValueError', 'text': 'x', 'line': 'f()', 'name': 'g', 'clue': ''}
    with pytest.raises(StudentError, match='ValueError: x') as caught:
        read_answer(message({'error': told}))
    assert (caught.value.line, caught.value.name) == ('f()', 'g')


def test_close():
    assert close(torch.ones(2), torch.ones(2) + 5e-5)
    for got in (torch.ones(2) + 2e-4, torch.ones(2, 1), torch.ones(2, dtype=torch.long), 1.0,
                torch.tensor([1.0, float('nan')])):
        assert not close(got, torch.ones(2))
    assert not close(torch.tensor([1]), torch.tensor([2]))


def test_numbers_are_plain():
    assert same_number(0.5, 0.50001)
    for bad in (True, None, '0.5', float('nan'), float('inf'), [0.5], 0.51):
        assert not same_number(bad, 0.5)
    assert not is_number(True)
