"""How good the edges are: scenes whose alpha and colours are known, and one map for all tools."""
