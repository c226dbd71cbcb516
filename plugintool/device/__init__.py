"""Use cases of the device half, one function each; a command file calls one of them and renders what it returns.

This half decides by signatures alone and never imports the author half, nor anything that understands plugins.
"""
