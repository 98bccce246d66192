"""Answers to the exercise ResBlock: right ones in several styles, and wrong ones by their fault."""

import torch
import torch.nn.functional as F
from torch import nn

import nndl


class Base(nn.Module):
    """The textbook's layers; the cases differ in how they use them."""

    bias = False

    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__()
        self.use_residual = use_residual
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1,
                               bias=self.bias)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=self.bias)
        self.bn1, self.bn2 = nn.BatchNorm2d(out_channels), nn.BatchNorm2d(out_channels)
        self.use_1x1conv = in_channels != out_channels or stride != 1
        if self.use_1x1conv:
            self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False)
            self.bn3 = nn.BatchNorm2d(out_channels)

    def f(self, x):
        return self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))

    def side(self, x):
        return self.bn3(self.shortcut(x)) if self.use_1x1conv else x

    def forward(self, x):
        y = self.f(x)
        return F.relu(y + self.side(x) if self.use_residual else y)


# ---- right ---------------------------------------------------------------------------------

class TextbookStyle(Base):
    """The seed's forward, with its unused shortcut where use_residual is False."""

    def forward(self, inputs):
        y = F.relu(self.bn1(self.conv1(inputs)))
        y = self.bn2(self.conv2(y))
        if self.use_residual:
            if self.use_1x1conv:
                shortcut = self.shortcut(inputs)
                shortcut = self.bn3(shortcut)
            else:
                shortcut = inputs
            y = torch.add(shortcut, y)
        return F.relu(y)


class SequentialStyle(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, (3, 3), stride, 1, bias=False),
            nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, (3, 3), 1, 1, bias=False),
            nn.BatchNorm2d(out_channels))
        if not use_residual:
            self.side = None
        elif in_channels == out_channels and stride == 1:
            self.side = nn.Identity()
        else:
            self.side = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels))

    def forward(self, x):
        out = self.branch(x)
        if self.side is not None:
            out += self.side(x)
        return out.clamp(min=0)


class FunctionalStyle(Base):
    """Shortcut first, the layers' weights used by functions."""

    def forward(self, x):
        total = self.side(x) if self.use_residual else 0
        y = F.conv2d(x, self.conv1.weight, None, self.conv1.stride, 1)
        y = torch.relu(self.bn1(y))
        y = self.bn2(F.conv2d(y, self.conv2.weight, padding=1))
        return torch.maximum(total + y, torch.zeros(()))


class PaddedBefore(Base):
    """Zeros laid round the map by hand."""

    def f(self, x):
        x = F.pad(x, (1, 1, 1, 1))
        y = F.relu(self.bn1(F.conv2d(x, self.conv1.weight, stride=self.conv1.stride)))
        return self.bn2(F.conv2d(F.pad(y, (1, 1, 1, 1)), self.conv2.weight))


class FixesItsDtype(Base):
    def forward(self, x):
        return super().forward(x.float())


class BiasesBeforeNorms(Base):
    bias = True


class OwnNorm(nn.Module):
    """Batch normalisation as in lab 00 and in d2l: the biased variance is kept."""

    def __init__(self, channels, momentum=0.1):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.shift = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.register_buffer('mean', torch.zeros(1, channels, 1, 1))
        self.register_buffer('var', torch.ones(1, channels, 1, 1))
        self.momentum = momentum

    def forward(self, x):
        if self.training:
            mean = x.mean(dim=(0, 2, 3), keepdim=True)
            var = ((x - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
            with torch.no_grad():
                self.mean.lerp_(mean, self.momentum)
                self.var.lerp_(var, self.momentum)
        else:
            mean, var = self.mean, self.var
        return self.scale * (x - mean) / torch.sqrt(var + 1e-5) + self.shift


class OwnConvolution(nn.Module):
    """By unfold and a matrix product, as in lab 00."""

    def __init__(self, in_channels, out_channels, kernel, stride=1, padding=0):
        super().__init__()
        self.weight = nn.Parameter(0.1 * torch.randn(in_channels * kernel ** 2, out_channels))
        self.kernel, self.stride, self.padding = kernel, stride, padding

    def forward(self, x):
        n, _, h, w = x.shape
        h, w = ((size + 2 * self.padding - self.kernel) // self.stride + 1 for size in (h, w))
        columns = F.unfold(x, self.kernel, padding=self.padding, stride=self.stride)
        return (self.weight.T @ columns).view(n, -1, h, w)


class OwnLayers(Base):
    norm, conv = OwnNorm, OwnConvolution

    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        nn.Module.__init__(self)
        self.use_residual = use_residual
        self.conv1 = self.conv(in_channels, out_channels, 3, stride, 1)
        self.conv2 = self.conv(out_channels, out_channels, 3, 1, 1)
        self.bn1, self.bn2 = self.norm(out_channels), self.norm(out_channels)
        self.use_1x1conv = in_channels != out_channels or stride != 1
        if self.use_1x1conv:
            self.shortcut = self.conv(in_channels, out_channels, 1, stride)
            self.bn3 = self.norm(out_channels)


class Transposed(nn.Module):
    """A convolution whose weight is kept as (in, out, height, width)."""

    def __init__(self, in_channels, out_channels, kernel, stride=1, padding=0):
        super().__init__()
        self.kernels = nn.Parameter(0.1 * torch.randn(in_channels, out_channels, kernel, kernel))
        self.stride, self.padding = stride, padding

    def forward(self, x):
        return F.conv2d(x, self.kernels.transpose(0, 1), None, self.stride, self.padding)


class AsInTensorFlow(Transposed):
    def __init__(self, in_channels, out_channels, kernel, stride=1, padding=0):
        super().__init__(in_channels, out_channels, kernel, stride, padding)
        self.kernels = nn.Parameter(0.1 * torch.randn(kernel, kernel, in_channels, out_channels))

    def forward(self, x):
        return F.conv2d(x, self.kernels.permute(3, 2, 0, 1), None, self.stride, self.padding)


class OtherOrderOfAxes(OwnLayers):
    norm, conv = nn.BatchNorm2d, Transposed


class TensorFlowStyle(OwnLayers):
    norm, conv = nn.BatchNorm2d, AsInTensorFlow


class CumulativeStatistics(OwnLayers):
    conv = staticmethod(lambda i, o, k, s=1, p=0: nn.Conv2d(i, o, k, s, p, bias=False))
    norm = staticmethod(lambda channels: nn.BatchNorm2d(channels, momentum=None))


class OtherMomentum(CumulativeStatistics):
    norm = staticmethod(lambda channels: nn.BatchNorm2d(channels, momentum=0.01, eps=1e-3))


class Lazy(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__()
        self.use_residual = use_residual
        self.conv1 = nn.LazyConv2d(out_channels, 3, stride=stride, padding=1)
        self.conv2 = nn.LazyConv2d(out_channels, 3, padding=1)
        self.bn1, self.bn2 = nn.LazyBatchNorm2d(), nn.LazyBatchNorm2d()
        self.side = None
        if use_residual and (in_channels != out_channels or stride != 1):
            self.side = nn.Sequential(nn.LazyConv2d(out_channels, 1, stride=stride),
                                      nn.LazyBatchNorm2d())

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.use_residual:
            y = y + (x if self.side is None else self.side(x))
        return F.relu(y)


class LinearShortcut(Base):
    """The 1x1 convolution as a linear layer on every second pixel."""

    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.stride = stride
        if self.use_1x1conv:
            self.shortcut = nn.Linear(in_channels, out_channels, bias=False)

    def side(self, x):
        if not self.use_1x1conv:
            return x
        x = x[:, :, ::self.stride, ::self.stride].movedim(1, -1)
        return self.bn3(self.shortcut(x).movedim(-1, 1))


class Mixture(nn.Module):
    """(..., C) -> (..., K) by a matrix of shape (C, K)."""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.mix = nn.Parameter(0.1 * torch.randn(in_channels, out_channels))

    def forward(self, x):
        return x @ self.mix


class MatrixShortcut(LinearShortcut):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        if self.use_1x1conv:
            self.shortcut = Mixture(in_channels, out_channels)


class AssertsFloat32(Base):
    def forward(self, x):
        assert x.dtype == torch.float32
        return super().forward(x)


class ListOfLayers(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__()
        sizes = [(in_channels, out_channels, 3, stride, 1), (out_channels, out_channels, 3, 1, 1)]
        self.layers = nn.ModuleList(layer for size in sizes
                                    for layer in (nn.Conv2d(*size), nn.BatchNorm2d(size[1])))
        self.side = nn.ModuleDict({'conv': nn.Conv2d(in_channels, out_channels, 1, stride),
                                   'norm': nn.BatchNorm2d(out_channels)})
        self.kind = 'none' if not use_residual else 'same' if (
            in_channels == out_channels and stride == 1) else 'other'

    def forward(self, x):
        y = x
        for number, layer in enumerate(self.layers):
            y = layer(y).relu() if number == 1 else layer(y)
        if self.kind == 'other':
            return torch.relu(self.side['norm'](self.side['conv'](x)) + y)
        return torch.relu(x + y if self.kind == 'same' else y)


RIGHT = {'the kit': nndl.ResBlock, 'biases before norms': BiasesBeforeNorms,
         'own layers': OwnLayers, 'other order of axes': OtherOrderOfAxes,
         'TensorFlow': TensorFlowStyle, 'cumulative statistics': CumulativeStatistics,
         'other momentum': OtherMomentum, 'lazy layers': Lazy, 'linear shortcut': LinearShortcut,
         'matrix shortcut': MatrixShortcut, 'asserts float32': AssertsFloat32,
         'lists': ListOfLayers, 'F.pad': PaddedBefore, 'textbook': TextbookStyle,
         'nn.Sequential': SequentialStyle, 'fixes its dtype': FixesItsDtype,
         'functions': FunctionalStyle}


# ---- wrong ---------------------------------------------------------------------------------

class NoReluAfterSum(Base):
    def forward(self, x):
        return self.f(x) + self.side(x) if self.use_residual else F.relu(self.f(x))


class SumBeforeNorm(Base):
    def forward(self, x):
        y = self.conv2(F.relu(self.bn1(self.conv1(x))))
        return F.relu(self.bn2(y + self.side(x) if self.use_residual else y))


class ShortcutWithoutNorm(Base):
    def side(self, x):
        return self.shortcut(x) if self.use_1x1conv else x


class ShortcutWithoutStride(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        if self.use_1x1conv:
            self.shortcut = nn.Conv2d(in_channels, out_channels, 1, bias=False)


class NoProjection(Base):
    def side(self, x):
        return x


class ResidualIgnored(Base):
    def forward(self, x):
        return F.relu(self.f(x))


class ResidualAlways(Base):
    def forward(self, x):
        return F.relu(self.f(x) + self.side(x))


class ReluBeforeSum(Base):
    def forward(self, x):
        y = F.relu(self.f(x))
        return y + self.side(x) if self.use_residual else y


class ReluTwice(Base):
    def forward(self, x):
        y = F.relu(self.f(x))
        return F.relu(y + self.side(x)) if self.use_residual else y


class NormUsedTwice(Base):
    def f(self, x):
        return self.bn1(self.conv2(F.relu(self.bn1(self.conv1(x)))))


class InPlaceOnInput(Base):
    def forward(self, x):
        y = self.f(x)
        if not self.use_residual:
            return F.relu(y)
        if self.use_1x1conv:
            return F.relu(y + self.side(x))
        x += y
        return F.relu(x)


class NoReluInside(Base):
    def f(self, x):
        return self.bn2(self.conv2(self.bn1(self.conv1(x))))


class ReluBeforeNorm(Base):
    def f(self, x):
        return self.bn2(self.conv2(self.bn1(F.relu(self.conv1(x)))))


class NoFirstNorm(Base):
    def f(self, x):
        return self.bn2(self.conv2(F.relu(self.conv1(x))))


class NoSecondNorm(Base):
    def f(self, x):
        return self.conv2(F.relu(self.bn1(self.conv1(x))))


class StrideOnSecond(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, stride=stride, padding=1, bias=False)


class OneConvolution(Base):
    def f(self, x):
        return self.bn1(self.conv1(x))


class ThreeConvolutions(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.conv3 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn4 = nn.BatchNorm2d(out_channels)

    def f(self, x):
        return self.bn4(self.conv3(F.relu(super().f(x))))


class NoPadding(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, bias=False)


class PooledAtTheEnd(Base):
    def forward(self, x):
        return F.max_pool2d(super().forward(x), 2)


class LeakyReluInside(Base):
    def f(self, x):
        return self.bn2(self.conv2(F.leaky_relu(self.bn1(self.conv1(x)))))


class ProjectionAlways(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.use_1x1conv = True
        self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)


class InAPlainList(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.layers = [self.conv1, self.bn1]
        del self.conv1, self.bn1

    def f(self, x):
        conv1, bn1 = self.layers
        return self.bn2(self.conv2(F.relu(bn1.eval()(conv1(x)))))


class ReluOnTheInput(Base):
    def f(self, x):
        return super().f(F.relu(x))


class PlainWithoutRelu(Base):
    def f(self, x):
        y = self.bn1(self.conv1(x))
        return self.bn2(self.conv2(F.relu(y) if self.use_residual else y))


class OtherDefaults(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=False):
        super().__init__(in_channels, out_channels, stride, use_residual)


class OtherOrder(Base):
    def __init__(self, in_channels, out_channels, use_residual=True, stride=1):
        super().__init__(in_channels, out_channels, stride, use_residual)


class HalfTheInput(Base):
    def side(self, x):
        return 0.5 * super().side(x)


class WrongSignature(nn.Module):
    def __init__(self, channels):
        super().__init__()


class Crashes(Base):
    def forward(self, x):
        return self.convolution1(x)


class ForgottenReturn(Base):
    def forward(self, x):
        super().forward(x)


class AddedOnlyWhereEqual(Base):
    def forward(self, x):
        y = self.f(x)
        return F.relu(y + x if self.use_residual and y.shape == x.shape else y)


class PlainOutputNegative(Base):
    def forward(self, x):
        return super().forward(x) if self.use_residual else self.f(x)


class ProjectionOnlyForStride(Base):
    def side(self, x):
        return super().side(x) if self.conv1.stride != (1, 1) else x


class ProjectionOnlyForMore(Base):
    def side(self, x):
        narrower = self.conv1.in_channels > self.conv1.out_channels and self.conv1.stride == (1, 1)
        return x if narrower else super().side(x)


class Concatenated(Base):
    def forward(self, x):
        return F.relu(torch.cat([self.f(x), self.side(x)], dim=1))


class ShortcutStrideTwo(Base):
    def side(self, x):
        if self.conv1.in_channels == self.conv1.out_channels and self.conv1.stride == (1, 1):
            return x
        return F.batch_norm(F.conv2d(x, self.shortcut.weight, stride=2), self.bn3.running_mean,
                            self.bn3.running_var, self.bn3.weight, self.bn3.bias)


class ShortcutThree(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        if in_channels != out_channels or stride != 1:
            self.shortcut = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)


class ProjectionOnlyForChannels(Base):
    def side(self, x):
        return x if self.conv1.in_channels == self.conv1.out_channels else super().side(x)


class OverwrittenInPlace(Base):
    def f(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        z = self.bn2(self.conv2(y))
        y.mul_(0.5)  # conv2's gradient needs what stood there
        return z


class NoGradientBehindConv2(Base):
    def f(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        with torch.no_grad():
            y = self.conv2(y)
        return self.bn2(y)


class DetachedShortcut(Base):
    def side(self, x):
        return super().side(x) if self.use_1x1conv else x.detach()


class SecondConvolution(Base):
    options = {}

    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, bias=False,
                               **{'padding': 1, **self.options})


class Dilated(SecondConvolution):
    options = {'padding': 2, 'dilation': 2}


class Grouped(SecondConvolution):
    options = {'groups': 2}


class Reflected(SecondConvolution):
    options = {'padding_mode': 'reflect'}


class FirstReflected(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False,
                               padding_mode='reflect')


class WithoutScale(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.bn1 = nn.BatchNorm2d(out_channels, affine=False)


class DropoutInside(Base):
    def f(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return self.bn2(self.conv2(F.dropout(y, 0.1, self.training)))


class LeakyAtTheEnd(Base):
    def forward(self, x):
        y = self.f(x)
        return F.leaky_relu(y + self.side(x)) if self.use_residual else F.relu(y)


class ReluOnShortcut(Base):
    def side(self, x):
        return F.relu(super().side(x))


class ReluOnProjection(Base):
    def side(self, x):
        return F.relu(super().side(x)) if self.use_1x1conv else x


class ConvolutionBias(Base):
    """No norm behind the convolutions, whose biases then matter."""

    bias = True

    def f(self, x):
        return self.conv2(F.relu(self.conv1(x)))


class ShortcutOfRelu(Base):
    def side(self, x):
        return super().side(F.relu(x)) if self.use_1x1conv else x


class PooledShortcut(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.pool = nn.AvgPool2d(stride, stride, ceil_mode=True)
        if self.use_1x1conv:
            self.shortcut = nn.Conv2d(in_channels, out_channels, 1, bias=False)

    def side(self, x):
        return super().side(self.pool(x)) if self.use_1x1conv else x


class ShortcutOfHidden(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        if self.use_1x1conv:
            self.shortcut = nn.Conv2d(out_channels, out_channels, 1, bias=False)

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(h))
        if self.use_residual:
            y = y + (self.bn3(self.shortcut(self.source(h, y))) if self.use_1x1conv else x)
        return F.relu(y)

    def source(self, h, y):
        return h


class ShortcutOfF(ShortcutOfHidden):
    def source(self, h, y):
        return y


class OnlyInEvalMode(Base):
    """The shortcut exists in evaluation mode only."""

    def forward(self, x):
        y = self.f(x)
        return F.relu(y + self.side(x) if self.use_residual and not self.training else y)


class FrozenShortcut(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.conv2.requires_grad_(False)


class NeverUpdates(CumulativeStatistics):
    norm = staticmethod(lambda channels: nn.BatchNorm2d(channels, momentum=0.0))


class SwitchesItsMode(Base):
    def forward(self, x):
        self.eval()
        return super().forward(x)


class TrainsWhenEvaluated(Base):
    def forward(self, x):
        self.train()
        return super().forward(x)


class WeightNorm(Base):
    """Right, but its tensors are not those of the block; only a person can tell."""

    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.conv2 = nn.utils.parametrizations.weight_norm(self.conv2)


class ClassOfActivation(Base):
    def f(self, x):
        return self.bn2(self.conv2(nn.ReLU(self.bn1(self.conv1(x)))))


class ForgottenSelf(Base):
    def f(self, x):
        return bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))  # noqa: F821  the slip


class AddedAndConcatenated(Base):
    def forward(self, x):
        y = self.f(x)
        return F.relu(torch.cat([y, self.side(x)], dim=1) if self.use_residual else y)


class StrideTwoByDefault(Base):
    def __init__(self, in_channels, out_channels, stride=2, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)


class HalvesWithTheChannels(Base):
    """The first stride is taken from the channels, the shortcut's from the argument."""

    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        if in_channels != out_channels:
            self.conv1.stride = 2, 2


class NoNorms(Base):
    bias = True

    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride)

    def f(self, x):
        return self.conv2(F.relu(self.conv1(x)))

    def side(self, x):
        return self.shortcut(x) if self.use_1x1conv else x


class NoReluAtTheEnd(Base):
    def forward(self, x):
        y = self.f(x)
        return y + self.side(x) if self.use_residual else y


class Inverted(Base):
    def forward(self, x):
        y = self.f(x)
        return F.relu(y if self.use_residual else y + self.side(x))


class ShortcutNormReused(Base):
    def side(self, x):
        return self.bn2(self.shortcut(x)) if self.use_1x1conv else x


class AlwaysHalvedShortcut(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        if self.use_1x1conv:
            self.shortcut.stride = 2, 2


class StrideIgnored(Base):
    """Every layer is made without the stride, the 1x1 convolution with equal channels too."""

    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.conv1.stride = 1, 1
        if self.use_1x1conv:
            self.shortcut.stride = 1, 1


class StrideOnBoth(Base):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        self.conv2.stride = stride, stride


class NormCalledToLook(Base):
    """A call for debugging: the statistics move twice in one pass."""

    def f(self, x):
        self.bn1(self.conv1(x)).shape  # noqa: B018  the slip
        return super().f(x)


class MadeInForward(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__()
        self.options = in_channels, out_channels, stride, use_residual

    def forward(self, x):
        return nndl.ResBlock(*self.options)(x)


class SharedConvolution(Base):
    """One convolution for both where the channels agree."""

    def f(self, x):
        if self.conv1.in_channels != self.conv1.out_channels or self.conv1.stride != (1, 1):
            return super().f(x)
        return self.bn2(self.conv1(F.relu(self.bn1(self.conv1(x)))))

    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__(in_channels, out_channels, stride, use_residual)
        if in_channels == out_channels and stride == 1:
            del self.conv2


WRONG = {
    NormCalledToLook: 'eval_differs', MadeInForward: 'no_parameters',
    SharedConvolution: 'missing_tensors',
    AddedAndConcatenated: 'torch.cat((f(x), x), 1)', StrideTwoByDefault: 'other_default',
    HalvesWithTheChannels: 'conv1 = nn.Conv2d(..., stride=2 if in_channels != out_channels else stride)', NoNorms: 'bn1 = bn2 = bn3 = nn.Identity()',
    NoReluAtTheEnd: 'return f(x) + x if use_residual else f(x)', Inverted: 'use_residual = not use_residual',
    ShortcutNormReused: 'relu(f(x) + bn2(shortcut(x)))', AlwaysHalvedShortcut: 'shortcut = nn.Conv2d(..., stride=2)',
    StrideIgnored: 'stride = 1', StrideOnBoth: 'conv1, conv2 = nn.Conv2d(..., stride=stride), nn.Conv2d(..., stride=stride)',
    ShortcutOfRelu: 'shortcut(relu(x))', PooledShortcut: 'shortcut(avg_pool2d(x))',
    ShortcutOfHidden: 'shortcut(relu(bn1(conv1(x))))', ShortcutOfF: 'shortcut(f(x))',
    OnlyInEvalMode: 'differs', FrozenShortcut: 'frozen', NeverUpdates: 'eval_differs',
    SwitchesItsMode: 'switches_mode', TrainsWhenEvaluated: 'switches_mode', WeightNorm: 'roles',
    ClassOfActivation: 'crashed', ForgottenSelf: 'crashed',
    OverwrittenInPlace: 'crashed_in_library',
    NoGradientBehindConv2: 'gradient', DetachedShortcut: 'gradient',
    Dilated: 'differs', Grouped: 'roles', Reflected: 'differs',
    FirstReflected: 'differs', WithoutScale: 'differs',
    DropoutInside: 'random_in_training', LeakyAtTheEnd: 'return leaky_relu(f(x) + x)',
    ReluOnShortcut: 'relu(f(x) + relu(x))', ReluOnProjection: 'relu(f(x) + relu(bn3(shortcut(x))))',
    NoReluAfterSum: 'return f(x) + x', SumBeforeNorm: 'relu(bn2(conv2(relu(bn1(conv1(x)))) + x))',
    ShortcutWithoutNorm: 'relu(f(x) + shortcut(x))', ShortcutWithoutStride: 'shortcut = nn.Conv2d(..., stride=1)',
    NoProjection: 'no_projection', Concatenated: 'shape',
    ShortcutStrideTwo: 'crashed', ShortcutThree: 'shortcut = nn.Conv2d(in_channels, out_channels, 3, ...)',
    ProjectionOnlyForChannels: 'if in_channels != out_channels: x = bn3(shortcut(x))',
    ResidualIgnored: 'use_residual = False',
    ResidualAlways: 'use_residual = True', ReluBeforeSum: 'relu(f(x)) + x',
    ReluTwice: 'relu(f(x)) + x', ConvolutionBias: 'f(x) = conv2(relu(conv1(x)))', NormUsedTwice: 'f(x) = bn1(conv2(relu(bn1(conv1(x)))))',
    InPlaceOnInput: 'crashed_in_library', NoReluInside: 'f(x) = bn2(conv2(bn1(conv1(x))))',
    ReluBeforeNorm: 'f(x) = bn2(conv2(bn1(relu(conv1(x)))))', NoFirstNorm: 'f(x) = bn2(conv2(relu(conv1(x))))',
    NoSecondNorm: 'f(x) = conv2(relu(bn1(conv1(x))))', StrideOnSecond: 'conv2 = nn.Conv2d(..., stride=stride)',
    OneConvolution: 'f(x) = bn1(conv1(x))', ThreeConvolutions: 'f(x) = bn(conv(relu(bn2(conv2(relu(bn1(conv1(x))))))))', NoPadding: 'nn.Conv2d(..., padding=0)', PooledAtTheEnd: 'shape',
    LeakyReluInside: 'f(x) = bn2(conv2(leaky_relu(bn1(conv1(x)))))', HalfTheInput: 'differs', ProjectionAlways: 'projection_always',
    InAPlainList: 'not_registered', ReluOnTheInput: 'conv1(relu(x))',
    PlainWithoutRelu: 'differs', OtherDefaults: 'other_default', OtherOrder: 'stride_is_bool',
    WrongSignature: 'signature', Crashes: 'crashed', ForgottenReturn: 'nothing_returned',
    AddedOnlyWhereEqual: 'differs', PlainOutputNegative: 'return relu(f(x) + x) if use_residual else f(x)',
    ProjectionOnlyForStride: 'no_projection', ProjectionOnlyForMore: 'no_projection',
}
PLANTED = ('return F.relu(y)', 'return y')  # makes the lab's solution wrong
