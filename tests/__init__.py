"""The tests; as a package, so that `tests/faceguard` is not taken for faceguard itself."""
