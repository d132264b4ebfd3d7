"""Made-up but realistic results, circuits and assignments that the tests of reports render."""

from __future__ import annotations

import math

from grader.diagnose import MistakeInfo
from grader.report.circuit import CircuitDrawing, CircuitNode
from grader.report.feedback import FeedbackPage
from grader.report.info import AssignmentInfo
from grader.result import Check, Evidence, File, Output, Problem, Result

SOFTMAX = AssignmentInfo(
    "softmax",
    "Softmax and its Jacobian",
    "Vector-valued gates",
    10,
    ("softmax_forward", "softmax_backward", "softmax_jacobian"),
)
STAGED = AssignmentInfo(
    "staged_fxy", "Staged backpropagation", "Circuits with forks", 12, ("staged_forward", "staged_backward")
)
MATMUL = AssignmentInfo(
    "matmul_gate", "The matrix multiply gate", "Matrix gates", 8, ("matmul_forward", "matmul_backward")
)
ASSIGNMENTS = (SOFTMAX, STAGED, MATMUL)

MISTAKES = {
    "diagonal-only": MistakeInfo(
        "diagonal-only",
        "Only the diagonal of the Jacobian",
        "Each output of the softmax depends on every logit through the sum, so `da[j]` collects "
        "`-p[i] * p[j] * dp[i]` from all other entries as well; `p * (1 - p) * dp` keeps the diagonal alone.",
        "Vector-valued gates: the softmax Jacobian",
    ),
    "missing-minus": MistakeInfo(
        "missing-minus",
        "The minus sign of 1/x is missing",
        "The derivative of `1 / den` is `-1 / den**2`: the gradient has to change its sign on the way through.",
        "Staged computation: gradients of simple gates",
    ),
    "transpose-missing": MistakeInfo(
        "transpose-missing",
        "A factor is not transposed",
        "`dW` has the shape of `W`. Only `dD @ X.T` has it; work the shapes out first and the formula follows.",
        "Matrix gates: let the shapes guide you",
    ),
}


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def staged_circuit(x=3.0, y=-4.0):
    """The circuit of staged_fxy with sigmoids taken apart: 19 nodes, values and gradients computed by hand."""
    sigy, sigx = sigmoid(y), sigmoid(x)
    num, xpy = x + sigy, x + y
    den = sigx + xpy**2
    invden = 1 / den
    dnum, dinvden = invden, num
    dden = -dinvden / den**2
    dxpy, dsigy, dsigx = 2 * xpy * dden, dnum, dden

    def gate(i, label, inputs, value, gradient, name=None):
        return CircuitNode(i, label, name, f"{value:.2f}", f"{gradient:.2f}", inputs)

    def sig(first, source, z, s, ds, name):
        e = math.exp(-z)
        dq = -ds * s * s
        return [
            gate(first, "·(-1)", (source,), -z, dq * e),
            gate(first + 1, "exp", (first,), e, dq),
            gate(first + 2, "+1", (first + 1,), 1 + e, dq),
            gate(first + 3, "1/x", (first + 2,), s, ds, name),
        ]

    dx = dnum + dsigx * sigx * (1 - sigx) + dxpy
    dy = dxpy + dsigy * sigy * (1 - sigy)
    return CircuitDrawing(
        (
            CircuitNode(0, "input", "x", f"{x:.2f}", f"{dx:.2f}"),
            CircuitNode(1, "input", "y", f"{y:.2f}", f"{dy:.2f}"),
            *sig(2, 1, y, sigy, dsigy, "sigy"),
            gate(6, "+", (0, 5), num, dnum, "num"),
            *sig(7, 0, x, sigx, dsigx, "sigx"),
            gate(11, "+", (0, 1), xpy, dxpy, "xpy"),
            gate(12, "^2", (11,), xpy**2, dden, "xpysqr"),
            gate(13, "+", (10, 12), den, dden, "den"),
            gate(14, "1/x", (13,), invden, dinvden, "invden"),
            gate(15, "*", (6, 14), num * invden, 1.0, "f"),
        ),
        "f(x, y) = (x + σ(y)) / (σ(x) + (x + y)²) at x = 3, y = -4",
    )


def softmax_circuit():
    return CircuitDrawing(
        (
            CircuitNode(0, "input", "a", "[4]", "[4]"),
            CircuitNode(1, "max", None, "2.10", "0.00", (0,)),
            CircuitNode(2, "-", None, "[4]", "[4]", (0, 1)),
            CircuitNode(3, "exp", "e", "[4]", "[4]", (2,)),
            CircuitNode(4, "sum", None, "2.35", "-0.11", (3,)),
            CircuitNode(5, "/", "p", "[4]", "[4]", (3, 4)),
        ),
        "The softmax of four logits",
    )


def matmul_circuit():
    return CircuitDrawing(
        (
            CircuitNode(0, "input", "W", "[5x10]", "[5x10]"),
            CircuitNode(1, "input", "X", "[10x3]", "[10x3]"),
            CircuitNode(2, "matmul", "D", "[5x3]", "[5x3]", (0, 1)),
        ),
        "D = W X",
    )


def result(info, checks, student="ada", /, **changes):
    fields = {
        "student": student,
        "assignment": info.name,
        "status": "graded",
        "score": float(sum(check.points for check in checks)),
        "max_score": info.max_score,
        "seed": 918273645,
        "sandbox": "sandlock",
        "files": [File(f"{info.name}.py", "9f2c" * 16)],
        "versions": {"grader": "0.1.0", "numpy": "2.1.0", "python": "3.11.2"},
        "seconds": 0.0123,
        "checks": checks,
        "output": Output("printed-by-the-submission", "traceback-of-the-submission"),
    }
    return Result(**(fields | changes))


def softmax_result(**changes):
    checks = [
        Check(function="softmax_forward", check="forward", status="passed", points=2, max_points=2),
        Check(
            function="softmax_forward",
            check="stability",
            status="failed",
            max_points=1,
            message="p holds NaN for logits of 1000: subtract the largest logit before exp.",
            evidence=Evidence(
                case=2,
                inputs={"a": "[1000, 0, -1000]"},
                expected={"p": "[1, 0, 0]"},
                got={"p": "[nan, 0, 0]"},
                wrong=["p"],
                where="p[0]",
                difference="nan instead of 1",
            ),
        ),
        Check(
            function="softmax_forward",
            check="purity",
            status="passed",
            points=1,
            max_points=1,
            remarks=["p came back as float32; it counts, since it is within tolerance."],
        ),
        Check(
            function="softmax_backward",
            check="backward",
            status="failed",
            points=0.5,
            max_points=3,
            message="da is wrong in 3 of 4 cases; its entry [2] is furthest off.",
            diagnosis="diagonal-only",
            evidence=Evidence(
                case=0,
                inputs={
                    "a": "[0.125730, -0.132105, 0.640423, 0.104900]",
                    "dp": "[-0.535669, 0.361595, 1.304000, 0.947081]",
                },
                expected={"da": "[-0.250133, -0.0207871, 0.229412, 0.0415082]"},
                got={"da": "[-0.0956212, 0.0569333, 0.294571, 0.170902]"},
                wrong=["da"],
                where="da[0]",
                difference="-0.0956212 instead of -0.250133",
            ),
            instructor=["instructor-only remark"],
        ),
        Check(
            function="softmax_backward",
            check="gradcheck",
            status="passed",
            points=0.25,
            message="Your gradient agrees with your own forward in one case.",
        ),
        Check(
            function="softmax_backward", check="purity", status="timeout", max_points=1, message="No answer in 10 s."
        ),
        Check(
            function="softmax_jacobian",
            check="forward",
            status="missing",
            max_points=2,
            message="softmax_jacobian is not defined.",
        ),
        Check(function="softmax_jacobian", check="stability", status="skipped"),
    ]
    return result(SOFTMAX, checks, **changes)


def staged_result(**changes):
    stages = ["dnum", "dinvden", "dden", "dsigx", "dxpysqr", "dxpy", "dsigy", "dx", "dy"]
    checks = [Check(function="staged_forward", check="forward", status="passed", points=3, max_points=3)]
    for name in stages:
        if name == "dden":
            checks.append(
                Check(
                    function="staged_backward",
                    check="stages:dden",
                    status="failed",
                    max_points=1,
                    message="dden has the wrong sign.",
                    diagnosis="missing-minus",
                    evidence=Evidence(
                        case=0,
                        inputs={"x": "3", "y": "-4", "df": "1"},
                        expected={"dden": "-0.791593"},
                        got={"dden": "0.791593"},
                        wrong=["dden"],
                        where="dden",
                        difference="-1 times what it should be",
                    ),
                )
            )
        else:
            checks.append(
                Check(function="staged_backward", check=f"stages:{name}", status="passed", points=1, max_points=1)
            )
    return result(STAGED, checks, **changes)


def matmul_result(**changes):
    checks = [
        Check(function="matmul_forward", check="forward", status="passed", points=3, max_points=3),
        Check(
            function="matmul_backward",
            check="backward",
            status="error",
            max_points=5,
            message="raised ValueError in matmul_gate.py line 12: matmul: Input operand 1 has a mismatch in its core "
            "dimension 0 (size 3 is different from 10).",
            diagnosis="transpose-missing",
            evidence=Evidence(
                case=1,
                inputs={
                    "W": "[[ 0.125730, -0.132105,  0.640423],\n [ 0.104900, -0.535669,  0.361595]]",
                    "X": "[[ 1.304000],\n [ 0.947081],\n [-0.703735]]",
                    "dD": "[[-1.26542],\n [-0.623274]]",
                },
                expected={"dW": "[[-1.65011, -1.19846,  0.890520],\n [-0.812749, -0.590291,  0.438620]]"},
                got={},
                wrong=["dW", "dX"],
            ),
        ),
    ]
    return result(
        MATMUL,
        checks,
        problems=[
            Problem("matmul.ipynb, cell 4", "%matplotlib inline was passed over."),
            Problem("old/matmul_gate.py", "also answers matmul_gate; matmul_gate.py counts, for its exact name."),
        ],
        **changes,
    )


def feedback_pages():
    """A page for each of the three assignments."""
    return {
        "softmax": FeedbackPage(softmax_result(), SOFTMAX, softmax_circuit(), MISTAKES),
        "staged_fxy": FeedbackPage(staged_result(), STAGED, staged_circuit(), MISTAKES),
        "matmul_gate": FeedbackPage(matmul_result(), MATMUL, matmul_circuit(), MISTAKES),
    }


def not_graded(student="ada", reason="docker stopped answering at /var/run/secret.sock"):
    return result(SOFTMAX, [], student, status="not_graded", score=None, reason=reason)
