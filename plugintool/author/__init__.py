"""Use cases of the author half: one function a command, each returns a ``Report``.

The commands of ``cli`` parse and render; what a command does, from reading its input to the value that is shown,
stands here, one module a command.
"""
