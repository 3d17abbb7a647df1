"""The rows of layers_bench.cpp from PyTorch on one thread, channels last: CPU milliseconds, the best of many."""

import time

import torch

torch.set_num_threads(1)


def best(action, seconds=0.5):
    action()
    action()
    times = []
    while sum(times) < seconds or len(times) < 5:
        start = time.thread_time()
        action()
        times.append(time.thread_time() - start)
    return min(times) * 1e3


def measure(name, layer, x, input_gradient=True):
    if x.dim() == 4:
        layer = layer.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    x.requires_grad_(input_gradient)
    gradient = torch.randn_like(layer(x))

    def forward_backward():
        layer.zero_grad()
        x.grad = None
        layer(x).backward(gradient)

    with torch.no_grad():
        print(f"{name} forward {best(lambda: layer(x)):.3f}")
    print(f"{name} forward+backward {best(forward_backward):.3f}", flush=True)


for rows in (32, 256):
    for inputs, units in ((784, 512), (512, 256), (256, 10), (9216, 128)):
        measure(f"dense {inputs}->{units} N{rows}", torch.nn.Linear(inputs, units), torch.randn(rows, inputs),
                inputs != 784)
    for size, inputs, filters, kernel, stride, padding in (
            (28, 1, 32, 3, 1, 0), (26, 32, 64, 3, 1, 0), (32, 3, 16, 3, 1, 1), (32, 16, 16, 3, 1, 1),
            (32, 16, 32, 3, 2, 1), (32, 16, 32, 1, 2, 0), (16, 32, 32, 3, 1, 1), (16, 32, 64, 3, 2, 1),
            (8, 64, 64, 3, 1, 1)):
        measure(f"conv {size} {inputs}->{filters} k{kernel} s{stride} N{rows}",
                torch.nn.Conv2d(inputs, filters, kernel, stride, padding),
                torch.randn(rows, inputs, size, size), inputs > 3)
    measure(f"maxpool 24 64 N{rows}", torch.nn.MaxPool2d(2), torch.randn(rows, 64, 24, 24))
