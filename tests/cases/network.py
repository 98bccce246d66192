"""Answers to the exercise Model_ResNet18: right ones in several styles, and wrong ones."""

import torch
import torch.nn.functional as F
from torch import nn

import nndl
from nndl import ResBlock, make_first_module, resnet_module

PLANTED = ('nn.Flatten()', 'nn.Identity(), nn.Flatten(0)')  # makes the lab's solution wrong
PLAN = (64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)  # c_in, c_out, stride


class Base(nn.Module):
    """The textbook's network; the cases differ in a part of it."""

    plan, n_blocks = PLAN, 2

    def __init__(self, in_channels=3, num_classes=10, use_residual=True):
        super().__init__()
        self.net = nn.Sequential(self.first(in_channels), *self.blocks(use_residual),
                                 *self.head(num_classes))

    def first(self, in_channels):
        return make_first_module(in_channels)

    def blocks(self, use_residual):
        return [nn.Sequential(*resnet_module(c_in, c_out, self.n_blocks, stride, use_residual))
                for c_in, c_out, stride in self.plan]

    def head(self, num_classes):
        return nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, num_classes)

    def forward(self, x):
        return self.net(x)


# ---- right ---------------------------------------------------------------------------------

class NamedParts(nn.Module):
    """No bias in the first convolution, a mean instead of a pooling layer."""

    def __init__(self, in_channels=3, num_classes=10, use_residual=True):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layers = nn.ModuleList()
        for c_in, c_out, stride in PLAN:
            self.layers.append(ResBlock(c_in, c_out, stride, use_residual))
            self.layers.append(ResBlock(c_out, c_out, 1, use_residual))
        self.fc = nn.Linear(512, num_classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for layer in self.layers:
            x = layer(x)
        return self.fc(x.mean(dim=(2, 3)))


class ShortcutFirst(Base):
    """Blocks that compute their shortcut first and change things in place."""

    class Block(ResBlock):
        def forward(self, x):
            added = self.bn3(self.shortcut(x)) if self.use_1x1conv else x
            y = self.bn2(self.conv2(F.relu_(self.bn1(self.conv1(x)))))
            if self.use_residual:
                y += added
            return F.relu_(y)

    def blocks(self, use_residual):
        return [nn.Sequential(self.Block(c_in, c_out, stride, use_residual),
                              self.Block(c_out, c_out, 1, use_residual))
                for c_in, c_out, stride in self.plan]


class ConvolutionalHead(Base):
    def head(self, num_classes):
        return nn.Conv2d(512, num_classes, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()


class GivesFloats(Base):
    def forward(self, x):
        return self.net(x).float()


RIGHT = {'the kit': nndl.Model_ResNet18, 'convolutional head': ConvolutionalHead,
         'textbook': Base, 'named parts': NamedParts, 'gives floats': GivesFloats,
         'shortcut first': ShortcutFirst}


# ---- wrong ---------------------------------------------------------------------------------

class TwoArguments(Base):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__(in_channels, num_classes)


class NoReturn(Base):
    def forward(self, x):
        self.net(x)


class AlwaysThreeChannels(Base):
    def first(self, in_channels):
        return make_first_module(3)


class ChannelsDoNotMeet(Base):
    plan = (64, 64, 1), (64, 128, 2), (64, 256, 2), (256, 512, 2)


class NoPooling(Base):
    def head(self, num_classes):
        return nn.Flatten(), nn.Linear(512, num_classes)


class NoFlatten(Base):
    def head(self, num_classes):
        return nn.AdaptiveAvgPool2d(1), nn.Linear(512, num_classes)


class AlwaysTenClasses(Base):
    def head(self, num_classes):
        return super().head(10)


class IgnoresBlocks(Base):
    def __init__(self, in_channels=3, num_classes=10, use_residual=True, num_blocks=(2, 2, 2, 2)):
        super().__init__(in_channels, num_classes, use_residual)


class NoLinear(Base):
    def head(self, num_classes):
        return nn.AdaptiveAvgPool2d(1), nn.Flatten()


class PlainList(Base):
    def __init__(self, in_channels=3, num_classes=10, use_residual=True):
        nn.Module.__init__(self)
        self.net = [self.first(in_channels), *self.blocks(use_residual), *self.head(num_classes)]

    def forward(self, x):
        for module in self.net:
            x = module(x)
        return x


class NoFirstModule(Base):
    def first(self, in_channels):
        return nn.Sequential(nn.Conv2d(in_channels, 64, 3, 1, 1), nn.BatchNorm2d(64), nn.ReLU())


class OneBlockEach(Base):
    n_blocks = 1


class ForgottenModule(Base):
    def blocks(self, use_residual):
        modules = super().blocks(use_residual)
        return [modules[0], ResBlock(64, 128, 2, use_residual), *modules[2:]]


class SameBlockTwice(Base):
    def blocks(self, use_residual):
        modules = super().blocks(use_residual)
        modules[0] = nn.Sequential(modules[0][1], modules[0][1])
        return modules


class OtherWidths(Base):
    plan = (64, 64, 1), (64, 128, 2), (128, 512, 2), (512, 512, 2)


class StrideInModule2(Base):
    plan = (64, 64, 2), *PLAN[1:]


class NoStride(Base):
    plan = tuple((c_in, c_out, 1) for c_in, c_out, _ in PLAN)


class ResidualAlways(Base):
    def blocks(self, use_residual):
        return super().blocks(True)


class ResidualInModule4(Base):
    def blocks(self, use_residual):
        modules = super().blocks(use_residual)
        modules[2] = nn.Sequential(*resnet_module(128, 256, 2, 2))
        return modules


class ResidualInModule5(Base):
    def blocks(self, use_residual):
        return [*super().blocks(use_residual)[:3], nn.Sequential(*resnet_module(256, 512, 2, 2))]


class ResidualNever(Base):
    def blocks(self, use_residual):
        return super().blocks(False)


class ScaledBetween(Base):
    def blocks(self, use_residual):
        m2, *others = super().blocks(use_residual)
        return [m2, nn.Sigmoid(), *others]


class MaxPooling(Base):
    def head(self, num_classes):
        return nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(512, num_classes)


class Softmax(Base):
    def head(self, num_classes):
        return *super().head(num_classes), nn.Softmax(dim=1)


class ReluAtTheEnd(Base):
    def head(self, num_classes):
        return *super().head(num_classes), nn.ReLU()


class TwoLinearLayers(Base):
    def head(self, num_classes):
        return (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 100), nn.ReLU(),
                nn.Linear(100, num_classes))


class OtherFeatures(Base):
    def head(self, num_classes):
        return nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, num_classes)


class WindowOfSeven(Base):
    def head(self, num_classes):
        return nn.AvgPool2d(7), nn.Flatten(), nn.Linear(512, num_classes)


class WithoutHeadBias(Base):
    def head(self, num_classes):
        return nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, num_classes, bias=False)


class Dropout(Base):
    def head(self, num_classes):
        return nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(512, num_classes)


class ResidualByPosition(Base):
    def blocks(self, use_residual):
        *others, m5 = super().blocks(use_residual)
        return [*others, nn.Sequential(m5[0], ResBlock(512, 512, use_residual))]


class ForgottenStar(Base):
    def blocks(self, use_residual):
        return [super().blocks(use_residual)]


class Crashes(Base):
    def forward(self, x):
        return self.network(x)


class BlocksInAnotherOrder(nndl.Model_ResNet18):
    def __init__(self, in_channels=3, num_classes=10, use_residual=True, num_blocks=(2, 2, 2, 2)):
        n2, n4, n3, n5 = num_blocks
        super().__init__(in_channels, num_classes, use_residual, (n2, n3, n4, n5))


class NothingLearns(Base):
    def forward(self, x):
        with torch.no_grad():
            return self.net(x)


class Squeezed(Base):
    def forward(self, x):
        return self.net(x).squeeze()


class LogSoftmax(Base):
    def forward(self, x):
        return F.log_softmax(self.net(x), dim=1)


class Sigmoid(Base):
    def forward(self, x):
        return self.net(x).sigmoid()


class ThreeChannelsInTheStem(Base):
    """Takes one channel too, by repeating it."""

    def first(self, in_channels):
        return make_first_module(3)

    def forward(self, x):
        return self.net(x if x.shape[1] == 3 else x.repeat(1, 3, 1, 1))


class KernelThree(Base):
    def first(self, in_channels):
        return nn.Sequential(nn.Conv2d(in_channels, 64, 3, 2, 1), nn.BatchNorm2d(64), nn.ReLU(),
                             nn.MaxPool2d(3, 2, 1))


class FirstBlockOnly(Base):
    """In module 3 only the first block gets use_residual."""

    def blocks(self, use_residual):
        modules = super().blocks(use_residual)
        modules[1] = nn.Sequential(modules[1][0], ResBlock(128, 128))
        return modules


class BothBlocksHalve(Base):
    def blocks(self, use_residual):
        modules = super().blocks(use_residual)
        modules[2] = nn.Sequential(ResBlock(128, 256, 2, use_residual),
                                   ResBlock(256, 256, 2, use_residual))
        return modules


class SumPooling(Base):
    def forward(self, x):
        return self.net[-1](self.net[:-3](x).sum((2, 3)))


WRONG = {
    ThreeChannelsInTheStem: 'first_map', KernelThree: 'nn.Conv2d(in_channels, 64, 3, stride=2, padding=1)',
    FirstBlockOnly: 'ResBlock(out_channels, out_channels)', BothBlocksHalve: 'ResBlock(out_channels, out_channels, stride, use_residual)',
    SumPooling: 'differs',
    BlocksInAnotherOrder: 'num_blocks', NothingLearns: 'no_gradient', Squeezed: 'one_image',
    LogSoftmax: 'nn.Linear(512, num_classes), LogSoftmax(dim=1)', Sigmoid: 'nn.Linear(512, num_classes), Sigmoid()',
    TwoArguments: 'signature', NoReturn: 'nothing_returned', AlwaysThreeChannels: 'crashed',
    ChannelsDoNotMeet: 'crashed', NoPooling: 'crashed', NoFlatten: 'crashed', IgnoresBlocks: 'num_blocks',
    AlwaysTenClasses: 'nn.Linear(512, 10)', NoLinear: 'shape', PlainList: 'not_registered',
    NoFirstModule: 'first_map', OneBlockEach: 'resnet_module(..., num_res_blocks=1)', ForgottenModule: 'resnet_module(..., num_res_blocks=1)',
    SameBlockTwice: 'missing_tensors', OtherWidths: 'resnet_module(..., out_channels=512)',
    StrideInModule2: 'resnet_module(..., stride=2)', NoStride: 'resnet_module(..., stride=1)',
    ResidualAlways: 'resnet_module(..., use_residual=True)', ResidualInModule4: 'resnet_module(..., use_residual=True)',
    ResidualInModule5: 'resnet_module(..., use_residual=True)', ResidualNever: 'resnet_module(..., use_residual=False)',
    ScaledBetween: 'module', MaxPooling: 'nn.AdaptiveMaxPool2d(1)', Softmax: 'nn.Linear(512, num_classes), Softmax(dim=1)',
    ReluAtTheEnd: 'nn.Linear(512, num_classes), ReLU()', TwoLinearLayers: 'roles', Crashes: 'crashed',
    OtherFeatures: 'crashed', WindowOfSeven: 'crashed',
    WithoutHeadBias: 'nn.Linear(512, num_classes, bias=False)', Dropout: 'random_in_training',
    ResidualByPosition: 'stride_is_bool', ForgottenStar: 'crashed',
}
