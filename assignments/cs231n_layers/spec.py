"""The layers of CS231n's second assignment, under the names that thousands of finished files use.

Not every course asks for all of them: ASKED is the place to leave some out. Points are for what is asked for, so full
marks are less then; what else a file defines is ignored.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from assignments.cs231n_layers import dropout, inputs, running
from grader.assignment import Assignment, Example, Experiments, Function, Pair, Part, Points

ASKED: Final = (
    "affine",
    "relu",
    "softmax_loss",
    "svm_loss",
    "dropout",
    "batchnorm",
    "layernorm",
    "conv",
    "max_pool",
)  # leave out here what your course does not ask for

IMAGE: Final = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
BATCH: Final = np.array([[1.0, 2.0], [3.0, 6.0], [5.0, 4.0]])

AFFINE: Final = Pair(
    "affine",
    inputs=("x", "w", "b"),
    output="out",
    cases=inputs.affines,
    points=Points(forward=1, backward=2, purity=0.5),
    examples=(
        Example(
            (np.array([[[1.0, 2.0]], [[3.0, 4.0]]]), np.array([[0.5], [-1.0]]), np.array([0.25])),
            output=[[-1.25], [-2.25]],
            upstream=np.array([[1.0], [2.0]]),
            gradients={"dx": [[[0.5, -1.0]], [[1.0, -2.0]]], "dw": [[7.0], [10.0]], "db": [3.0]},
        ),
    ),
    loose=("db",),
    lenient=True,
)

RELU: Final = Pair(
    "relu",
    inputs=("x",),
    output="out",
    cases=inputs.relus,
    points=Points(forward=0.5, backward=1, purity=0.5),
    examples=(
        Example(
            (np.array([-1.0, 2.0, 3.0]),),
            output=[0.0, 2.0, 3.0],
            upstream=np.array([10.0, 20.0, 30.0]),
            gradients={"dx": [0.0, 20.0, 30.0]},
        ),
    ),
    lenient=True,
)

SOFTMAX_LOSS: Final = Function(
    "softmax_loss",
    inputs=("x", "y"),
    output=("loss", "dx"),
    cases=inputs.scores,
    points=Points(forward=2, stability=1),
    extremes=inputs.extreme_scores,
    examples=(
        Example(
            (np.array([[1.0, 2.0, 3.0]]), np.array([2])),
            output=(0.4076059644, [[0.0900305732, 0.2447284711, -0.3347590442]]),
        ),
    ),
    loose=("loss",),
    overflows=("loss",),
    lenient=True,
)

SVM_LOSS: Final = Function(
    "svm_loss",
    inputs=("x", "y"),
    output=("loss", "dx"),
    cases=inputs.scores,
    points=Points(forward=2.5, stability=0.5),
    extremes=inputs.extreme_scores,
    examples=(Example((np.array([[1.0, 2.5, 2.0]]), np.array([2])), output=(1.5, [[0.0, 1.0, -1.0]])),),
    loose=("loss",),
    lenient=True,
)

DROPOUT: Final = Experiments(
    functions={dropout.FORWARD: ("x", "dropout_param"), dropout.BACKWARD: ("dout", "cache")},
    properties=dropout.PROPERTIES,
)

BATCHNORM: Final = Pair(
    "batchnorm",
    inputs=("x", "gamma", "beta", "bn_param"),
    output="out",
    cases=inputs.batchnorms,
    points=Points(forward=1.5, backward=2.5, purity=0.25),
    differentiable=("x", "gamma", "beta"),
    backwards_as=("batchnorm_backward", "batchnorm_backward_alt"),
    examples=(
        Example(
            (BATCH, np.array([1.0, 2.0]), np.array([0.0, 1.0]), {"mode": "train"}),
            output=[[-1.224742575, -1.44948515], [0.0, 3.44948515], [1.224742575, 1.0]],
            upstream=np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]),
            gradients={
                "dx": [[0.1020630294, 0.2041214661], [-0.2041237625, 0.2041260589], [0.1020607331, -0.408247525]],
                "dgamma": [-1.224742575, 1.224742575],
                "dbeta": [1.0, 1.0],
            },
        ),
    ),
    loose=("dgamma", "dbeta"),
    changes=("bn_param",),
    lenient=True,
)

RUNNING: Final = Experiments(functions={BATCHNORM.forward: BATCHNORM.inputs}, properties=running.PROPERTIES)

LAYERNORM: Final = Pair(
    "layernorm",
    inputs=("x", "gamma", "beta", "ln_param"),
    output="out",
    cases=inputs.layernorms,
    points=Points(forward=1.5, backward=2.5, purity=0.5),
    differentiable=("x", "gamma", "beta"),
    examples=(
        Example(
            (BATCH.T.copy(), np.array([1.0, 2.0, 1.0]), np.array([0.0, 1.0, 0.0]), {}),
            output=[[-1.224742575, 1.0, 1.224742575], [-1.224742575, 3.44948515, 0.0]],
            upstream=np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
            gradients={
                "dx": [[0.1020630294, -0.2041237625, 0.1020607331], [0.2041214661, 0.2041260589, -0.408247525]],
                "dgamma": [-1.224742575, 1.224742575, 0.0],
                "dbeta": [1.0, 1.0, 0.0],
            },
        ),
    ),
    loose=("dgamma", "dbeta"),
    lenient=True,
)

CONV: Final = Pair(
    "conv",
    inputs=("x", "w", "b", "conv_param"),
    output="out",
    cases=inputs.convolutions,
    points=Points(forward=2, backward=3.5, purity=0.5),
    differentiable=("x", "w", "b"),
    forward_as="conv_forward_naive",
    backwards_as=("conv_backward_naive",),
    examples=(
        Example(
            (IMAGE, np.array([[[[1.0, 0.0], [0.0, -1.0]]]]), np.array([0.5]), {"stride": 1, "pad": 0}),
            output=[[[[-3.5, -3.5], [-3.5, -3.5]]]],
            upstream=np.array([[[[1.0, 0.0], [0.0, 10.0]]]]),
            gradients={
                "dx": [[[[1.0, 0.0, 0.0], [0.0, 9.0, 0.0], [0.0, 0.0, -10.0]]]],
                "dw": [[[[51.0, 62.0], [84.0, 95.0]]]],
                "db": [11.0],
            },
        ),
    ),
    loose=("db",),
    lenient=True,
)

MAX_POOL: Final = Pair(
    "max_pool",
    inputs=("x", "pool_param"),
    output="out",
    cases=inputs.pools,
    points=Points(forward=1.5, backward=2.5, purity=0.5),
    differentiable=("x",),
    forward_as="max_pool_forward_naive",
    backwards_as=("max_pool_backward_naive",),
    examples=(
        Example(
            (IMAGE, {"pool_height": 2, "pool_width": 2, "stride": 1}),
            output=[[[[5.0, 6.0], [8.0, 9.0]]]],
            upstream=np.array([[[[1.0, 2.0], [3.0, 4.0]]]]),
            gradients={"dx": [[[[0.0, 0.0, 0.0], [0.0, 1.0, 2.0], [0.0, 3.0, 4.0]]]]},
        ),
    ),
    lenient=True,
)

PARTS: Final[dict[str, tuple[Part, ...]]] = {
    "affine": (AFFINE,),
    "relu": (RELU,),
    "softmax_loss": (SOFTMAX_LOSS,),
    "svm_loss": (SVM_LOSS,),
    "dropout": (DROPOUT,),
    "batchnorm": (BATCHNORM, RUNNING),
    "layernorm": (LAYERNORM,),
    "conv": (CONV,),
    "max_pool": (MAX_POOL,),
}

assignment = Assignment(
    title="The layers of CS231n",
    topic="Backpropagation, Intuitions; Neural Networks Part 2; Convolutional networks: every layer forward and back",
    parts=tuple(part for name in ASKED for part in PARTS[name]),
)
