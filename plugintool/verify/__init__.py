"""Decide whether an artifact may be trusted: eight numbered steps, one verifier, two types that only it can make.

``steps`` is the table of the steps, ``policy`` the administrator's trust policy, ``keys`` and ``signature`` the
cryptography, ``verifier`` the steps themselves, ``verified`` what they yield. Any bytes give a ``TrustedStatement``
and a ``VerifiedTree``, or a ``VerificationError`` with the number of the step that met the flaw.
"""
