"""Layers of ResNet18 in the textbook."""

# The layer table of the textbook for an input of 1x64x32: type, output shape, parameters.
LAYER_TABLE = """
Conv2d 64,32,16 3200 | BatchNorm2d 64,32,16 128 | ReLU 64,32,16 0 | MaxPool2d 64,16,8 0
Conv2d 64,16,8 36864 | BatchNorm2d 64,16,8 128 | Conv2d 64,16,8 36864 | BatchNorm2d 64,16,8 128
ResBlock 64,16,8 0
Conv2d 64,16,8 36864 | BatchNorm2d 64,16,8 128 | Conv2d 64,16,8 36864 | BatchNorm2d 64,16,8 128
ResBlock 64,16,8 0
Conv2d 128,8,4 73728 | BatchNorm2d 128,8,4 256 | Conv2d 128,8,4 147456 | BatchNorm2d 128,8,4 256
Conv2d 128,8,4 8192 | BatchNorm2d 128,8,4 256 | ResBlock 128,8,4 0
Conv2d 128,8,4 147456 | BatchNorm2d 128,8,4 256 | Conv2d 128,8,4 147456 | BatchNorm2d 128,8,4 256
ResBlock 128,8,4 0
Conv2d 256,4,2 294912 | BatchNorm2d 256,4,2 512 | Conv2d 256,4,2 589824 | BatchNorm2d 256,4,2 512
Conv2d 256,4,2 32768 | BatchNorm2d 256,4,2 512 | ResBlock 256,4,2 0
Conv2d 256,4,2 589824 | BatchNorm2d 256,4,2 512 | Conv2d 256,4,2 589824 | BatchNorm2d 256,4,2 512
ResBlock 256,4,2 0
Conv2d 512,2,1 1179648 | BatchNorm2d 512,2,1 1024 | Conv2d 512,2,1 2359296
BatchNorm2d 512,2,1 1024 | Conv2d 512,2,1 131072 | BatchNorm2d 512,2,1 1024 | ResBlock 512,2,1 0
Conv2d 512,2,1 2359296 | BatchNorm2d 512,2,1 1024 | Conv2d 512,2,1 2359296
BatchNorm2d 512,2,1 1024 | ResBlock 512,2,1 0
AdaptiveAvgPool2d 512,1,1 0 | Flatten 512 0 | Linear 10 5130
"""
