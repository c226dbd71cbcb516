"""Start what a plugin or bundle brings along, speak its protocol, and say what came back.

This package EXECUTES other people's code, as nothing else does but the build of a Python server
(``build.python_server``); lint, build, inspect, verify and install call nothing here. ``launch`` says what to start,
``process`` starts and ends it, ``jsonrpc`` and ``session`` speak, ``interview`` asks a server in both eras of MCP,
``lists`` judges its answers, ``hooks`` runs hooks with sample events, ``remote`` asks a server elsewhere. What is wrong
is a ``Flaw`` with a code of ``codes``.
"""
