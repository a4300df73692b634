"""How good cutouts are: all tools on the same pictures, measured against their ground truth."""
