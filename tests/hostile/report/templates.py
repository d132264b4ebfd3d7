"""Text that templates and formatters would run: jinja, f-strings, printf, str.format, rich markup, LaTeX, Markdown."""

import warnings


TEXT = (
    "{{7*7}} {% raw %} {%endraw%}{# #} ${7*7} #{7*7} <%= 7*7 %> %s %(x)s %n {0.__class__.__init__.__globals__} {message} {} "
    "[red]red[/] [/] [link=http://evil.example]x[/link] [bold][@click=app.quit]x[/] :smile: $x$ \\input{/etc/passwd} "
    "![x](http://evil.example/x.png) [x](javascript:alert(1)) `x` ``` \\N{BEL} $(id) `id` ; DROP TABLE results; --"
)
Template = type(TEXT[:190], (Exception,), {})
print(TEXT)


def sigmoid_neuron_forward(w, x):
    warnings.warn(TEXT)
    return 0.25, (w, x)


def sigmoid_neuron_backward(df, cache):
    raise Template(TEXT)


raise Template(TEXT)
