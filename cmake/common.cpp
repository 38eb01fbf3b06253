// Nothing: a target of its own for the precompiled header.
