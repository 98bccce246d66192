"""Cells of the course document, with these slips of their own corrected:

`nn.Layer` is `nn.Module`; the ablation cells build ResNet18, not LeNet; the learning rate
is 0.01 in both arms; `metric = metric.Accuracy(...)` no longer shadows its module; the mapping
keeps the textbook's method, with the key names that exist and norms that are not all alike.
"""

SETUP = """
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.transforms import Compose, Normalize, Resize, ToTensor
from nndl import MNIST_dataset, Model_LeNet, Model_ResNet18, RunnerV3, metric
from nndl.plot import plot_training_loss_acc
from nndl.sources import bundled_digits

transforms = Compose([Resize(32), ToTensor(), Normalize(mean=[0.5], std=[0.5])])
images, labels = bundled_digits()
chosen = np.random.RandomState(0).permutation(5000)
train_set = [images[chosen[:512]], labels[chosen[:512]]]
dev_set = [images[chosen[512:712]], labels[chosen[512:712]]]
test_set = [images[chosen[712:912]], labels[chosen[712:912]]]
train_dataset = MNIST_dataset(dataset=train_set, transforms=transforms, mode='train')
dev_dataset = MNIST_dataset(dataset=dev_set, transforms=transforms, mode='dev')
test_dataset = MNIST_dataset(dataset=test_set, transforms=transforms, mode='test')
"""

TRAINING = """
lr = 0.01
batch_size = 64
train_loader = torch.utils.data.DataLoader(train_dataset, batch_size=batch_size, shuffle=True)
dev_loader = torch.utils.data.DataLoader(dev_dataset, batch_size=batch_size)
test_loader = torch.utils.data.DataLoader(test_dataset, batch_size=batch_size)
model = Model_ResNet18(in_channels=1, num_classes=10, use_residual=USE_RESIDUAL)
optimizer = torch.optim.SGD(lr=lr, params=model.parameters())
loss_fn = F.cross_entropy
accuracy = metric.Accuracy(is_logist=True)
runner = RunnerV3(model, optimizer, loss_fn, accuracy)
log_steps = 15
eval_steps = 15
runner.train(train_loader, dev_loader, num_epochs=3, log_steps=log_steps,
             eval_steps=eval_steps, save_path="best_model.pdparams")
plot_training_loss_acc(runner, 'cnn-loss2.pdf')
"""

EVALUATION = """
runner.load_model('best_model.pdparams')
score, loss = runner.evaluate(test_loader)
print("[Test] accuracy/loss: {:.4f}/{:.4f}".format(score, loss))
"""

MAPPING = """
from torchvision.models import resnet18
hapi_model = resnet18()
randomise(hapi_model)
model = Model_ResNet18(in_channels=3, num_classes=1000, use_residual=True)
params = hapi_model.state_dict()
new_params = {}
for key in params:
    if 'layer' in key:
        if 'downsample.0' in key:
            new_params['net.' + key[5:8] + '.shortcut' + key[-7:]] = params[key]
        elif 'downsample.1' in key:
            new_params['net.' + key[5:8] + '.bn3' + key[21:]] = params[key]
        else:
            new_params['net.' + key[5:]] = params[key]
    elif 'conv1.weight' == key:
        new_params['net.0.0.weight'] = params[key]
    elif 'bn1' in key:
        new_params['net.0.1' + key[3:]] = params[key]
    elif 'fc' in key:
        new_params['net.7' + key[2:]] = params[key]
new_params['net.0.0.bias'] = torch.zeros(64)
model.load_state_dict(new_params)
model.eval()
hapi_model.eval()
inputs = np.random.randn(*[1,3,32,32])
inputs = inputs.astype('float32')
x = torch.as_tensor(inputs)
output = model(x)
hapi_out = hapi_model(x)
diff = output - hapi_out
max_diff = torch.max(torch.abs(diff))
print(max_diff)
"""
