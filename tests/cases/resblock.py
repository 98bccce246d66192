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


RIGHT = {'the kit': nndl.ResBlock, 'F.pad': PaddedBefore, 'textbook': TextbookStyle,
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


class ConvolutionBias(Base):
    bias = True


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


WRONG = {
    OverwrittenInPlace: 'no_gradient',
    NoGradientBehindConv2: 'no_gradient', DetachedShortcut: 'no_gradient',
    Dilated: 'conv_options', Grouped: 'conv_options', Reflected: 'conv_options',
    FirstReflected: 'conv_options', WithoutScale: 'norm_options',
    DropoutInside: 'random_in_training', LeakyAtTheEnd: 'no_relu_after_sum',
    ReluOnShortcut: 'relu_on_shortcut',
    NoReluAfterSum: 'no_relu_after_sum', SumBeforeNorm: 'sum_before_norm',
    ShortcutWithoutNorm: 'shortcut_without_norm', ShortcutWithoutStride: 'shortcut_stride',
    NoProjection: 'no_projection', Concatenated: 'concatenated',
    ShortcutStrideTwo: 'shortcut_size', ShortcutThree: 'shortcut_kernel',
    ProjectionOnlyForChannels: 'projection_not_for_stride',
    ResidualIgnored: 'residual_ignored',
    ResidualAlways: 'residual_always', ReluBeforeSum: 'relu_before_sum',
    ReluTwice: 'relu_before_sum', ConvolutionBias: 'conv_bias', NormUsedTwice: 'norm_reused',
    InPlaceOnInput: 'input_changed', NoReluInside: 'no_relu_inside',
    ReluBeforeNorm: 'first_norm_missing', NoFirstNorm: 'first_norm_missing',
    NoSecondNorm: 'second_norm_missing', StrideOnSecond: 'stride_on_second',
    OneConvolution: 'n_convolutions', ThreeConvolutions: 'n_convolutions', NoPadding: 'branch_size', PooledAtTheEnd: 'shape',
    LeakyReluInside: 'wrong_inside', HalfTheInput: 'wrong_sum', ProjectionAlways: 'projection_always',
    InAPlainList: 'not_registered', ReluOnTheInput: 'input_not_x',
    PlainWithoutRelu: 'no_relu_inside', OtherDefaults: 'residual_ignored', OtherOrder: 'signature',
    WrongSignature: 'signature', Crashes: 'crashed', ForgottenReturn: 'nothing_returned',
    AddedOnlyWhereEqual: 'added_only_where_equal', PlainOutputNegative: 'plain_without_relu',
    ProjectionOnlyForStride: 'no_projection', ProjectionOnlyForMore: 'no_projection',
}
PLANTED = ('bias=False', 'bias=True')  # makes the lab's solution wrong
