"""Trees of files and how they are read and written; nothing here knows what a plugin is.

A *tree* is a set of regular files with safe paths. ``directory`` reads one from disk, ``zip_reader`` from an archive,
``memory`` from a dict; ``sink`` and ``zip_writer`` write one. ``copy`` is the only loop that moves content: it hashes
and limits while it copies. ``record`` is what a tree is, as far as signing is concerned.

Archives are read by one parser in parts, from the end to the front: ``zip_frame`` finds the directory,
``zip_directory`` reads it, ``zip_tile`` the local headers, ``zip_member`` the content. What may be there is data in
``zip_profile``; a broken rule is a ``zip_breach.Breach``.
"""
