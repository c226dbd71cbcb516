"""Files whose format is given: bytes in, values and problems out; rules elsewhere judge.

``project`` reads our own ``plugintool.toml``, ``patterns`` the lines of ignore files, ``bundle_manifest`` the
``manifest.json`` of an MCP bundle against the schema of its version. pathspec, jsonschema and tomllib are imported
where they are needed, since most commands need none of them.
"""
