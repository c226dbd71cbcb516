"""Make keys and sign built trees.

``signer`` is the port behind which the private key is, ``file_signer`` the one implementation, for a PEM file; ``keys``
makes key pairs, ``sign`` turns a built tree and a signer into a signature file and verifies it before it is written.
"""
