"""Networks whose answers are known beforehand."""

import torch
from torch import nn


class Always(nn.Module):
    """A network that reads every digit as the same, but for some numbers of the batch."""

    def __init__(self, read):
        super().__init__()
        self.bias = nn.Parameter(torch.nn.functional.one_hot(torch.tensor(read), 10) * 5.0)

    def forward(self, x):
        return self.bias.expand(len(x), 10)
