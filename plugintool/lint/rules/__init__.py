"""The rules, one module a family; the registry walks this package, so a new module needs no list."""
