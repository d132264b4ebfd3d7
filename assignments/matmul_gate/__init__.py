"""The public half of `matmul_gate`: the matrix product and its transposes."""
