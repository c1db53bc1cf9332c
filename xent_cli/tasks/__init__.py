"""The library: one task a file. Numerics, arrays, reduction and engines meet only here."""
