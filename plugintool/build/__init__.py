"""From a source tree to a built tree: plan what happens to every file, then write exactly that.

``ignore`` knows what is left out by default, ``plan`` decides the fate of every file and gives each a reason,
``bundle`` does the same for the MCP bundles of a plugin, ``write`` puts the result in place in one step.
"""
