"""The public half of `staged_fxy`: backprop through named stages."""
