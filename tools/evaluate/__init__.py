"""How well ours and others' tools cut out what they are shown: `make evaluate`."""
