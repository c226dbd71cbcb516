"""New plugins and components from templates.

``catalog`` finds the templates, ``render`` fills one in, ``names`` decides which answers are usable, ``compose`` says
which files a plugin or component consists of, ``merge`` adds to JSON files that exist, ``write`` puts everything on
disk or nothing.
"""
