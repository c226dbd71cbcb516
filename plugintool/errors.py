"""The exception tree; the exit code of a command is the exit code of what it raised.

::

    PlugintoolError                     1   anything that stops a command
    ├─ ConfigError                      2   an option, a project file or a rule id that cannot be used
    ├─ InputError                       1   what was given cannot be read as what it should be
    │  ├─ MissingPathError                  nothing there, or not readable
    │  ├─ UnsafePathError                   a name that some system would read differently
    │  ├─ MalformedFileError                a file that breaks its format
    │  │  └─ UnsupportedFileError               a file that keeps its format and uses a part of it that we do not read
    │  ├─ ArchiveError                      an archive outside the strict profile
    │  └─ LimitExceededError                a limit of ``limits.py``
    ├─ DownloadError                    1   an answer from the network could not be had
    ├─ OutputError                      1   something that is not ours, or no room, where we must write
    ├─ BuildError                       1   all invalid files of a plugin
    ├─ SigningError                     1   no signature could be made
    │  └─ KeyUnavailableError               the key cannot be read or used
    ├─ VerificationError                3   do not install; carries the number of the step
    │  ├─ MissingSignatureError             step 1
    │  ├─ SignatureInvalidError             steps 1, 2
    │  ├─ UntrustedSignerError              steps 2, 6
    │  ├─ TrustPolicyError                  steps 3-6, 8: the trust policy forbids it, or cannot be used
    │  ├─ ExpiredError, RevokedError        steps 3-5
    │  ├─ ContentMismatchError              step 7
    │  └─ UncheckableError                  any step: could not be checked, so not verified
    └─ InstallError                     4   nothing was installed
       ├─ RollbackError                     older than what this device has seen
       ├─ HeldError                         held at an older version by ``device revert``
       ├─ ForeignDirectoryError             a directory that is not ours is in the way
       ├─ LockHeldError                     another installer is at work
       ├─ DamagedStateError                 our own state cannot be read
       └─ UntrustedLocationError            somebody else can write where we trust

``code`` is stable, is what ``--format json`` prints and ``plugintool explain`` takes. A finding is a value
(``report.Finding``), never an exception. Mistakes of our own code are ordinary Python exceptions: exit 70.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypedDict, Unpack


class Detail(TypedDict, total=False):
    """What an error says besides its message; every member is optional.

    ``path`` is a path as the user gave it or relative to the plugin, ``line`` and ``column`` count from 1, ``field``
    is a JSON pointer or an option, ``expected`` and ``found`` are short texts, ``hint`` says what to do next,
    ``problems`` lists every single problem when there are several.
    """

    path: str
    line: int
    column: int
    field: str
    expected: str
    found: str
    hint: str
    problems: tuple[str, ...]


class PlugintoolError(Exception):
    """Root of every error that a command reports; see the tree in the module's docstring."""

    code: ClassVar[str] = "failure"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, **detail: Unpack[Detail]) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail

    def __reduce__(self) -> tuple[Callable[..., PlugintoolError], tuple[object, ...]]:
        """Let an error travel between processes: some classes need more than a message to be made."""
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[PlugintoolError], args: tuple[object, ...], state: dict[str, object]) -> PlugintoolError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigError(PlugintoolError):
    """An option, a project file or a rule id that cannot be used."""

    code = "config-invalid"
    exit_code = 2


class InputError(PlugintoolError):
    """What was given cannot be read as what it should be."""

    code = "input-invalid"


class MissingPathError(InputError):
    """Nothing is there, it is of the wrong kind, or it cannot be read."""

    code = "path-missing"


class UnsafePathError(InputError):
    """A name that some system would refuse or read differently; ``rule`` is C16 to C23 (docs/reference/paths.md)."""

    code = "path-unsafe"

    def __init__(self, message: str, *, rule: str, **detail: Unpack[Detail]) -> None:
        super().__init__(message, **detail)
        self.rule = rule


class MalformedFileError(InputError):
    """A file that breaks its format; ``detail`` has path, line, column and the problems."""

    code = "file-malformed"


class UnsupportedFileError(MalformedFileError):
    """A file that keeps its format and uses a part of it that is not supported yet."""

    code = "file-unsupported"


class ArchiveError(InputError):
    """An archive outside the strict profile; ``rule`` is C01 to C32 (docs/reference/archives.md)."""

    code = "archive-invalid"

    def __init__(self, message: str, *, rule: str, **detail: Unpack[Detail]) -> None:
        super().__init__(message, **detail)
        self.rule = rule


class LimitExceededError(InputError):
    """A limit of ``limits.py`` was reached."""

    code = "limit-exceeded"


class DownloadError(PlugintoolError):
    """An answer from the network could not be had; only commands that say so ask for one."""

    code = "download-failed"


class OutputError(PlugintoolError):
    """The output cannot be written: something that is not ours is there, or the system refused."""

    code = "output-refused"


class BuildError(PlugintoolError):
    """A plugin cannot be built; ``problems`` names every invalid file, not only the first."""

    code = "build-failed"


class SigningError(PlugintoolError):
    """No signature could be made."""

    code = "signing-failed"


class KeyUnavailableError(SigningError):
    """The private key cannot be read, decrypted or used."""

    code = "key-unavailable"


class VerificationError(PlugintoolError):
    """The artifact is not verified; ``step`` is the number on the ladder, 1 to 8."""

    code = "not-verified"
    exit_code = 3

    def __init__(self, message: str, *, step: int, **detail: Unpack[Detail]) -> None:
        super().__init__(message, **detail)
        self.step = step


class MissingSignatureError(VerificationError):
    """There is no signature file at all: not signed."""

    code = "not-signed"


class SignatureInvalidError(VerificationError):
    """A signature is there and is malformed or wrong."""

    code = "signature-invalid"


class UntrustedSignerError(VerificationError):
    """The signature may be right, but the trust policy does not trust this signer for this plugin."""

    code = "signer-untrusted"


class ContentMismatchError(VerificationError):
    """The files differ from the signed record."""

    code = "content-mismatch"


class ExpiredError(VerificationError):
    """Something was not valid at the time that counts."""

    code = "expired"


class RevokedError(VerificationError):
    """The key or the content has been revoked."""

    code = "revoked"


class TrustPolicyError(VerificationError):
    """The trust policy forbids it, or is itself unusable."""

    code = "trust-policy"


class UncheckableError(VerificationError):
    """A step could not be carried out; that is never success."""

    code = "uncheckable"


class InstallError(PlugintoolError):
    """Nothing was installed; what was there before is still there."""

    code = "not-installed"
    exit_code = 4


class RollbackError(InstallError):
    """The artifact is older than what this device has seen, or differs under the same sequence."""

    code = "rollback"


class HeldError(InstallError):
    """The plugin is held at an older version since ``device revert``; ``device unhold`` lets it go."""

    code = "held"


class ForeignDirectoryError(InstallError):
    """A directory without our receipt is in the way; it is never touched."""

    code = "foreign-directory"


class LockHeldError(InstallError):
    """Another installer is at work on this device."""

    code = "lock-held"


class DamagedStateError(InstallError):
    """A file of our own device state cannot be read."""

    code = "state-damaged"


class UntrustedLocationError(InstallError):
    """Somebody other than the owner can write to a place that must be trusted."""

    code = "location-untrusted"
