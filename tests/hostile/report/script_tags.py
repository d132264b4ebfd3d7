"""Markup that acts in a browser, in messages, type names, parameters, warnings, output, missing modules and stand-ins."""

import sys
import warnings


ACTS = (
    '<script>alert(1)</script><img src=x onerror=alert(1)>"\'><svg/onload=alert(1)><math><mi xlink:href="javascript:alert(1)">'
    '</code></pre></style></title></textarea>--><!--]]><![CDATA[<a href="javascript:alert(1)" onclick=alert(1)>`<b>`</a>'
    "<iframe srcdoc='<script>alert(1)</script>'></iframe><base href=//evil><meta http-equiv=refresh content=0;url=//evil>"
)
Acting = type(ACTS[:190], (Exception,), {})
print(ACTS)
print(ACTS, file=sys.stderr)
try:
    __import__('<img src=x onerror="alert(1)">')
except Exception:
    pass


def sigmoid_neuron_forward(w, x):
    __doc__ = ACTS
    warnings.warn(ACTS)
    warnings.warn_explicit(ACTS, type(ACTS[:90], (Warning,), {}), "<x>", 1)
    return 0.25, (w, x)


def sigmoid_neuron_backward(df, cache):
    """<script>alert(1)</script>"""
    raise Acting(ACTS)


raise Acting(ACTS)
