"""Start what a plugin or bundle brings along, speak its protocol, and say what came back.

This is the one package that EXECUTES other people's code: nothing here is called by lint, build, inspect, verify or
install. ``launch`` says what to start, ``process`` starts and ends it, ``jsonrpc`` and ``session`` speak, ``interview``
asks a server in both eras of MCP, ``lists`` judges its answers, ``hooks`` runs hooks with sample events. What is wrong
is a ``Flaw`` with a code of ``codes``.
"""
