"""plugintool builds, signs, verifies and installs Claude plugins.

The package has two halves. The *author half* (scaffold, lint, build, sign) turns a source tree into a signed
artifact; the *device half* (verify, install) turns an artifact into an installed plugin. Imports point downwards
only and the device half never imports the author half: ``docs/adr/0001-layers-and-halves.md``.
"""

__version__ = "0.1.0"
