"""Formulas that a spreadsheet would run, as messages, type names and output."""

TEXT = '=HYPERLINK("http://evil.example","10")\n+1+1\n-1-1\n@SUM(A1)\n\t=1\r=1;=cmd|\' /C calc\'!A0,=1\n＝1'
Formula = type("=1+1", (Exception,), {})
print(TEXT)


def sigmoid_neuron_forward(w, x):
    return 0.25, (w, x)


def sigmoid_neuron_backward(df, cache):
    raise Formula(TEXT)


raise Formula(TEXT)
