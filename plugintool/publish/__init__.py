"""What makes archives available to others: a marketplace of static files.

A marketplace is one ``marketplace.json`` and the archives that it names, each with its SHA-256. The file depends on
the archives and the options only, so its own SHA-256 can be pinned in the configuration of a fleet: the one chain of
digests that the apps themselves enforce.
"""
