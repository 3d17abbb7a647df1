"""Models of the kinds that people train, small, with Dropout rates 0; for train_models.py.

The residual network has silu: at relu's kink a rounding decides where a gradient goes, and twenty normalized layers
amplify that within ten steps, in Keras too.
"""

import dataclasses
from typing import Callable

import keras
from keras import layers

CLASSES, SIZE, STEPS, WORDS = 5, 16, 10, 20


@dataclasses.dataclass(frozen=True)
class Recipe:
    make: Callable
    # Keras's class and arguments.
    optimizer: tuple = ("SGD", {"learning_rate": 0.01, "momentum": 0.9})
    # By output name for several outputs.
    loss: object = "sparse_categorical_crossentropy"
    loss_weights: object = None
    metrics: object = None


def image():
    return keras.Input((SIZE, SIZE, 3), name="image")


def words(name="words"):
    return keras.Input((STEPS,), dtype="int32", name=name)


def classes(x, name="classes"):
    return layers.Dense(CLASSES, activation="softmax", name=name)(x)


def mlp():
    x = layers.Flatten()(image_input := image())
    for units in (32, 16):
        x = layers.Dropout(0.0)(layers.Dense(units, activation="relu")(x))
    return keras.Model(image_input, classes(x))


def normalized(x, activation="silu"):
    x = layers.BatchNormalization()(x)
    return layers.Activation(activation)(x) if activation else x


def cnn():
    inputs = x = image()
    for filters in (8, 16):
        x = normalized(layers.Conv2D(filters, 3, padding="same", use_bias=False)(x))
        x = layers.MaxPooling2D()(x)
    return keras.Model(inputs, classes(layers.Dropout(0.0)(layers.GlobalAveragePooling2D()(x))))


def residual(x, filters, strides):
    def convolution(x, size, strides=1):
        return layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False)(x)

    y = normalized(convolution(x, 3, strides))
    y = normalized(convolution(y, 3), None)
    if strides != 1:
        x = normalized(convolution(x, 1, strides), None)
    return layers.Activation("silu")(layers.Add()([x, y]))


def resnet20():
    inputs = image()
    x = normalized(layers.Conv2D(8, 3, padding="same", use_bias=False)(inputs))
    for stage, filters in enumerate((8, 16, 32)):
        for block in range(3):
            x = residual(x, filters, 2 if stage > 0 and block == 0 else 1)
    return keras.Model(inputs, classes(layers.GlobalAveragePooling2D()(x)))


def mobile_block(x, filters, strides):
    """An inverted residual with squeeze and excitation."""
    channels = x.shape[-1]
    y = normalized(layers.Conv2D(4 * channels, 1, use_bias=False)(x), "relu6")
    y = layers.ZeroPadding2D(1)(y)
    y = normalized(layers.DepthwiseConv2D(3, strides=strides, use_bias=False)(y), "relu6")
    s = layers.GlobalAveragePooling2D(keepdims=True)(y)
    s = layers.Conv2D(channels, 1, activation="relu")(s)
    s = layers.Conv2D(4 * channels, 1, activation="hard_sigmoid")(s)
    y = layers.Multiply()([y, s])
    y = normalized(layers.Conv2D(filters, 1, use_bias=False)(y), None)
    return layers.Add()([x, y]) if strides == 1 and filters == channels else y


def mobilenet():
    inputs = image()
    x = layers.Rescaling(2.0, offset=-1.0)(inputs)
    x = normalized(layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x), "relu6")
    for filters, strides in ((8, 1), (12, 2), (12, 1)):
        x = mobile_block(x, filters, strides)
    return keras.Model(inputs, classes(layers.GlobalAveragePooling2D()(x)))


def unet():
    def twice(x, filters):
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer="he_normal")(x)
        return x

    inputs = image()
    skips, x = [], inputs
    for filters in (6, 8):
        skips.append(twice(x, filters))
        x = layers.MaxPooling2D()(skips[-1])
    x = twice(x, 12)
    for filters, skip in zip((8, 6), reversed(skips)):
        up = layers.Conv2DTranspose(filters, 2, strides=2, padding="same")
        x = up(x) if filters == 8 else layers.Conv2D(filters, 2, padding="same")(layers.UpSampling2D()(x))
        x = twice(layers.Concatenate()([skip, x]), filters)
    return keras.Model(inputs, layers.Conv2D(CLASSES, 1, activation="softmax", name="classes")(x))


def lstm_text():
    inputs = words()
    x = layers.Embedding(WORDS, 8, mask_zero=True)(inputs)
    x = layers.LSTM(12, return_sequences=True)(x)
    x = layers.LSTM(10)(layers.Dropout(0.0)(x))
    return keras.Model(inputs, classes(x))


def seq2seq():
    source, target = words("source"), words("target")
    _, h, c = layers.LSTM(12, return_state=True)(layers.Embedding(WORDS, 8, mask_zero=True)(source))
    x = layers.Embedding(WORDS, 8)(target)
    x = layers.LSTM(12, return_sequences=True)(x, initial_state=[h, c])
    return keras.Model([source, target], layers.TimeDistributed(layers.Dense(CLASSES, activation="softmax"))(x))


def gru_bidirectional():
    inputs = keras.Input((STEPS, 6), name="signal")
    x = layers.Bidirectional(layers.GRU(8, return_sequences=True))(inputs)
    x = layers.Bidirectional(layers.GRU(6))(x)
    return keras.Model(inputs, classes(x))


def transformer():
    inputs = words()
    x = layers.Embedding(WORDS, 16, mask_zero=True)(inputs)
    x = layers.Add()([x, layers.Dense(16)(x)])
    for _ in range(2):
        attended = layers.MultiHeadAttention(num_heads=2, key_dim=8)(x, x)
        x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, layers.Dropout(0.0)(attended)]))
        fed = layers.Dense(16)(layers.Dense(32, activation="gelu")(x))
        x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, fed]))
    return keras.Model(inputs, classes(layers.GlobalAveragePooling1D()(x)))


def several():
    picture, text = image(), keras.Input((7,), name="features")
    x = layers.Conv2D(6, 3, strides=2, activation="relu")(picture)
    x = layers.Concatenate()([layers.Flatten()(x), layers.Dense(8, activation="tanh")(text)])
    x = layers.Dense(12, activation="relu", kernel_regularizer="l2")(x)
    return keras.Model([picture, text], [classes(x), layers.Dense(2, name="position")(x)])


def penalized():
    """Activities that cost something: in parallel branches, of states, under a mask. (Of a layer's several calls Keras on
    JAX counts the last in fit, elsewhere all.)"""
    inputs = words()
    x = layers.Embedding(WORDS, 8, mask_zero=True, activity_regularizer="l2")(inputs)
    x, state = layers.GRU(8, return_sequences=True, return_state=True, activity_regularizer="l1")(x)
    penalty = keras.regularizers.L1L2(1e-2, 2e-2)
    y = layers.Dense(8, activation="tanh", activity_regularizer=penalty)(x)
    x = layers.ActivityRegularization(l1=1e-2)(layers.Add()([y, layers.Dense(8)(x)]))
    state = layers.Dense(8, activation="tanh", activity_regularizer=penalty)(state)
    x = layers.Concatenate()([layers.GlobalAveragePooling1D()(x), state])
    return keras.Model(inputs, classes(x))


# Keras computes with the betas as float32 holds them, so they are given as such.
BETAS = {"beta_1": 0.8999999761581421, "beta_2": 0.9990000128746033}
ADAM = ("Adam", {"learning_rate": 1e-3, **BETAS})

RECIPES = {
    "mlp": Recipe(mlp, ADAM, metrics=["accuracy"]),
    "cnn": Recipe(cnn, metrics=["accuracy"]),
    "resnet20": Recipe(resnet20, ("SGD", {"learning_rate": 0.01, "momentum": 0.9, "nesterov": True})),
    "mobilenet": Recipe(mobilenet, ("SGD", {"learning_rate": 0.01, "momentum": 0.9, "global_clipnorm": 1.0})),
    "unet": Recipe(unet, ADAM),
    "lstm_text": Recipe(lstm_text, ("AdamW", {"learning_rate": 1e-3, "weight_decay": 0.01, **BETAS})),
    "seq2seq": Recipe(seq2seq, ("RMSprop", {"learning_rate": 1e-3})),
    "gru_bidirectional": Recipe(gru_bidirectional, ("Adam", {"learning_rate": 1e-3, "clipnorm": 0.1, **BETAS})),
    "transformer": Recipe(transformer, ADAM),
    "penalized": Recipe(penalized, ADAM),
    "several": Recipe(
        several,
        loss={"classes": "sparse_categorical_crossentropy", "position": "mean_squared_error"},
        loss_weights={"classes": 1.0, "position": 0.5},
        metrics={"classes": "accuracy", "position": "mae"},
    ),
}
