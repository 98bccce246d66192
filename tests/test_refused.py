"""Wrong calls are refused, with the value, the place and the remedy."""

import pytest
from cases.inputs.refused import REFUSED

CALLS = [pytest.param(*row, id=f'{where}-{number}')
         for where, rows in REFUSED.items() for number, row in enumerate(rows)]


@pytest.mark.parametrize(('call', 'error', 'message'), CALLS)
def test_a_wrong_call_is_refused(call, error, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        call()
    assert not [*tmp_path.iterdir()]
