"""The public half of `batch_norm`: normalisation by a batch's own statistics."""
