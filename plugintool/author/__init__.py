"""What authors and release engineers do: one function a use case, each returning a ``Report``.

A command file of ``cli`` parses its options, calls one of these functions and renders what it returns; nothing here
prints, reads the environment or asks for the time.
"""
