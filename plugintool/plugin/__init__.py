"""Plugins read as data: what is in a tree, where it stands, and what it can do.

``load.load_plugin`` is total: any tree gives a ``Plugin``, and what is wrong with it is part of the value. Rules judge,
``build`` refuses, ``inventory`` sums up; nothing here decides.
"""
