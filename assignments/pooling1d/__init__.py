"""The public half of `pooling1d`: max pooling and global average pooling over time."""
