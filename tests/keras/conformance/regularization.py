from cases import Layer

# What these layers draw differs from Keras's; what they do with nothing to draw, and in inference, does not.
LAYERS = [
    Layer("GaussianNoise", inputs=[(4, 6)], training=(False,), arguments={"stddev": [0.5, 0.0], "seed": [None, 3]}),
    Layer("GaussianDropout", inputs=[(4, 6)], training=(False,), arguments={"rate": [0.5, 0.0], "seed": [None, 3]}),
    Layer("AlphaDropout", inputs=[(4, 6)], training=(False,), arguments={"rate": [0.5, 0.0], "seed": [None, 3]}),
    Layer("GaussianNoise", name="GaussianNoise of nothing", inputs=[(4, 6)], always={"stddev": 0.0}),
    Layer("GaussianDropout", name="GaussianDropout of nothing", inputs=[(4, 6)], always={"rate": 0.0}),
    Layer("AlphaDropout", name="AlphaDropout of nothing", inputs=[(4, 6)], always={"rate": 0.0}),
    Layer("SpatialDropout1D", inputs=[(4, 6)], training=(False,), arguments={"rate": [0.5, 0.0]}),
    Layer("SpatialDropout2D", inputs=[(4, 3, 6)], training=(False,), arguments={"rate": [0.5, 0.0]}),
    Layer("SpatialDropout3D", inputs=[(4, 3, 2, 6)], training=(False,), arguments={"rate": [0.5, 0.0]}),
]
