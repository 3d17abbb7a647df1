"""The training steps of step_bench.cpp in PyTorch, eager, one thread: the same orders in, the same answers out.

    step_pytorch.py MODEL GLOBAL_BATCH OPTIMIZER

MODEL is mlp, cnn or resnet20, layer by layer what configs/models/ says: channels last, images as bytes in memory,
shuffled, rescaled in the model. Eager is how PyTorch is mostly run; torch.compile needs a C++ compiler and is not
used. The optimizers are the `foreach` forms, their default on a CPU or faster.
"""

import json
import sys
import time

import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(0)


class Rescaling(nn.Module):
    def forward(self, x):
        return x * (1 / 127.5) - 1


def convolution(inputs, filters, kernel=3, stride=1, bias=True):
    return nn.Conv2d(inputs, filters, kernel, stride, kernel // 2, bias=bias)


def mlp():
    return nn.Sequential(Rescaling(), nn.Flatten(), nn.Linear(784, 512), nn.SiLU(), nn.Dropout(0.25),
                         nn.Linear(512, 256), nn.SiLU(), nn.Dropout(0.25), nn.Linear(256, 10))


def cnn():
    return nn.Sequential(Rescaling(), convolution(1, 32), nn.SiLU(), convolution(32, 64, stride=2), nn.SiLU(),
                         convolution(64, 96, stride=2), nn.SiLU(), nn.Flatten(), nn.Dropout(0.25),
                         nn.Linear(4704, 128), nn.SiLU(), nn.Dropout(0.5), nn.Linear(128, 10))


def normalized(inputs, filters, kernel=3, stride=1):
    return nn.Sequential(convolution(inputs, filters, kernel, stride, bias=False),
                         nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01))


class Block(nn.Module):
    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.first = normalized(inputs, filters, 3, stride)
        self.second = normalized(filters, filters)
        self.shortcut = normalized(inputs, filters, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x):
        y = self.second(nn.functional.silu(self.first(x), inplace=True))
        return nn.functional.silu(y + self.shortcut(x), inplace=True)


def resnet20():
    layers = [Rescaling(), normalized(1, 16), nn.SiLU(inplace=True)]
    filters = 16
    for stage, width in enumerate((16, 32, 64)):
        for block in range(3):
            layers.append(Block(filters, width, 2 if stage > 0 and block == 0 else 1))
            filters = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def make_optimizer(name, model, decay):
    if name == "sgd":
        return torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=decay, foreach=True)
    return torch.optim.Adam(model.parameters(), lr=0.001, weight_decay=decay, foreach=True)


class Training:
    def __init__(self, name, batch, optimizer):
        self.batch = batch
        self.model = {"mlp": mlp, "cnn": cnn, "resnet20": resnet20}[name]().to(memory_format=torch.channels_last)
        self.optimizer = make_optimizer(optimizer, self.model, 1e-4 if name == "resnet20" else 0)
        # One channel: channels first and last are the same bytes.
        self.images = torch.randint(0, 256, (60000, 1, 28, 28), dtype=torch.uint8)
        self.labels = torch.arange(60000) % 10
        self.order = torch.randperm(60000)
        self.position = 0
        self.loss_sum = 0.0

    def next_batch(self):
        if self.position + self.batch > 60000:
            self.order = torch.randperm(60000)
            self.position = 0
        indices = self.order[self.position:self.position + self.batch]
        self.position += self.batch
        x = self.images[indices].to(torch.float32).contiguous(memory_format=torch.channels_last)
        return x, self.labels[indices]

    def step(self):
        x, y = self.next_batch()
        self.optimizer.zero_grad(set_to_none=True)
        output = self.model(x)
        loss = nn.functional.cross_entropy(output, y)
        loss.backward()
        self.optimizer.step()
        self.loss_sum += loss.item()  # what a progress line shows
        self.hits = (output.argmax(1) == y).sum().item()


def main():
    name, batch, optimizer = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    training = Training(name, batch, optimizer)
    parameters = sum(parameter.numel() for parameter in training.model.parameters())
    for line in sys.stdin:
        wall, cpu = time.monotonic(), time.process_time()
        for _ in range(int(line)):
            training.step()
        print(json.dumps({"samples": batch * int(line), "wall": time.monotonic() - wall,
                          "cpu": time.process_time() - cpu, "parameters": parameters}), flush=True)


main()
