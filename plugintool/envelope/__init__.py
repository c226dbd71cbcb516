"""Signed bytes as values: the statement, the DSSE envelope, the signature file. No keys and no decisions here.

``statement`` says what is claimed, ``dsse`` makes the bytes that are signed, ``signature_file`` is how both are
stored beside the plugin. Every reader is total: any bytes give a value or a ``MalformedFileError``.
"""
