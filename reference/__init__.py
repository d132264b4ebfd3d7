"""The secret half of the assignments, and the engine that holds no secret.

`engine.py`, with `_rules.py`, `_tensor.py` and `_circuit.py`, differentiates plain numpy; students may read it. What
must never be handed out is `solution.py` and `solutions/`: forwards and known mistakes.
"""
