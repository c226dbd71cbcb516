"""Every numeric limit, with its unit and the source of the number.

A limit keeps a stranger's file from costing more than it should. Each is far above what real plugins need: in a
sample of 1,551 public plugins (autumn 2026) the largest had 8,433 files, 70.8 MB and paths of 186 characters.
"""

from __future__ import annotations

from typing import Final

KIB: Final = 1024
"""Bytes of one kibibyte."""
MIB: Final = 1024 * KIB
"""Bytes of one mebibyte."""

COPY_CHUNK: Final = 1 * MIB
"""Bytes read at a time while copying: memory stays flat whatever the size of a file."""

# -- names inside a plugin (C20) ---------------------------------------------------------------------------------
SEGMENT_BYTES: Final = 255
"""UTF-8 bytes of one name: the limit of ext4, APFS and NTFS."""
PATH_BYTES: Final = 1024
"""UTF-8 bytes of one path: PATH_MAX of macOS, the smallest among the supported systems."""
PATH_DEPTH: Final = 64
"""Segments of one path; the deepest real plugin has 12."""

DEVICE_PATH_UNITS: Final = 223
"""UTF-16 units of NAME/PATH of one file below org-plugins: Windows programs take 259 without further ado (MAX_PATH,
learn.microsoft.com, read 2026-11), and the directory takes 36. The app's own copy for each user lies some 160 units
deeper: the app reads it, but a program that a hook runs may not; rule PT006 warns long before."""

# -- trees and archives (C25) ------------------------------------------------------------------------------------
TREE_FILES: Final = 20_000
"""Files of one built tree, archive or bundle."""
TREE_DIRECTORIES: Final = 20_000
"""Directories that the entries of one archive may need: 20,000 paths of 64 segments could ask for 1.2 million."""
TREE_BYTES: Final = 512 * MIB
"""Bytes of all files together."""
SCAN_ENTRIES: Final = 500_000
"""Directory entries looked at in one source tree, before anything is left out (node_modules, .git)."""
ARCHIVE_BYTES: Final = 512 * MIB
"""Bytes of an archive or bundle as a file."""
RATIO_MAX: Final = 100
"""Unpacked bytes for one packed byte, counted over the whole archive past RATIO_FREE_BYTES."""
RATIO_FREE_BYTES: Final = 16 * MIB
"""Output before the ratio counts: small files compress well without being bombs (largest real one: 386)."""
ONE_SHOT_BYTES: Final = 8 * MIB
"""Files up to this size are read and compressed at once; larger ones in pieces, so that memory stays flat."""

# -- texts -------------------------------------------------------------------------------------------------------
TEXT_BYTES: Final = 1 * MIB
"""A JSON or Markdown file above this size is not read; the genuine client has the same limit (2.1.330)."""
KEPT_BYTES: Final = 32 * MIB
"""Bytes of a plugin's files that lint keeps in memory, so that ten rules read a file once; others are read again."""
JSON_DEPTH: Final = 64
"""Nesting of JSON texts (C28); Python's own reader recurses."""
NUMBER_DIGITS: Final = 400
"""Digits of one JSON number; a double needs at most 309 before the point."""
YAML_DEPTH: Final = 32
"""Nesting of YAML front matter."""
YAML_NODES: Final = 20_000
"""Nodes of one front matter, aliases expanded."""

# -- findings ----------------------------------------------------------------------------------------------------
FINDINGS_PER_RULE: Final = 1000
"""Findings of one rule on one subject that are shown; the others are counted. A report is for people and services."""
CACHE_SHELF_BYTES: Final = 64 * MIB
"""Bytes of one file of lint's cache: the results on some 50,000 plugins of one directory."""
CACHE_BYTES: Final = 256 * MIB
"""Bytes of all files of lint's cache; those that were written longest ago are removed."""
BASELINE_BYTES: Final = 16 * MIB
"""Bytes of a baseline file: some 100,000 findings."""

# -- signatures --------------------------------------------------------------------------------------------------
SIGNATURE_FILES: Final = 8
"""Signature files of one artifact: thresholds above 8 keys have no user."""
SIGNATURE_FILE_BYTES: Final = 16 * MIB
"""Bytes of one signature file: a record of TREE_FILES entries needs about 4 MiB, base64 a third more."""
LINEAGE_FILES: Final = 8
"""Lineage files of one artifact, and so the longest line of keys: eight rotations outlast most plugins."""
LINEAGE_FILE_BYTES: Final = 16 * KIB
"""Bytes of one lineage file: with two RSA keys of RSA_BITS_MAX bits it has some 5 KiB."""
SIDECAR_BYTES: Final = 256 * KIB
"""Bytes of a signature file beside a bundle: a statement, a certificate and TIMESTAMPS timestamps."""
LINEAGES_BYTES: Final = 1 * MIB
"""Bytes of what a device remembers of lineages: some 4,000 rotations."""
EXPIRY_WARNING_DAYS: Final = 30
"""Days before the end of a certificate from which on it is warned of: the time that a publisher takes to renew one."""
CRL_SECONDS: Final = 30.0
"""How long fetching one revocation list may take."""
SEEN_BYTES: Final = 1 * MIB
"""Bytes of what a device remembers of times and revocation lists: some 8,000 issuers."""
CRL_DIGITS: Final = 50
"""Decimal digits of the number of a revocation list: 20 octets (RFC 5280 §5.2.3) have at most 49."""
SIGNATURE_BYTES: Final = 1024
"""Bytes of one signature value: that of an RSA key of RSA_BITS_MAX bits."""
DER_BYTES: Final = 256 * KIB
"""Bytes of one CMS structure, timestamp or certificate; a block in a bundle has at most 64 KiB."""
SIGNER_SECONDS: Final = 300.0
"""Seconds that an external signer has: a person may have to touch a token."""
TIMESTAMP_SECONDS: Final = 30.0
"""Seconds that a timestamp authority has for its answer."""
TIMESTAMP_SKEW_SECONDS: Final = 600
"""Seconds that the time of an authority may differ from that of the machine that signs: clocks of signers drift."""
TIMESTAMPS: Final = 4
"""Timestamps of one signature: one is enough, two are cautious."""
CERTIFICATES: Final = 16
"""Certificates that come with one signature; real chains have two to four."""
CHAIN_DEPTH: Final = 8
"""Authorities between a signer and its root, at most."""
CRLS: Final = 64
"""Revocation lists beside one trust policy."""
CRL_BYTES: Final = 16 * MIB
"""Bytes of one revocation list: some 400,000 entries."""
TRUST_POLICY_BYTES: Final = 1 * MIB
"""Bytes of a trust policy."""
RSA_BITS_MIN: Final = 2048
"""Bits of an RSA key that is accepted; NIST SP 800-131A."""
RSA_BITS_MAX: Final = 8192
"""Bits of an RSA key: above this, one verification costs more than it protects."""
SEQUENCE_MAX: Final = 2**53 - 1
"""Largest sequence: the largest integer that every JSON reader keeps exactly (RFC 8785)."""

# -- device ------------------------------------------------------------------------------------------------------
LOCK_TIMEOUT_SECONDS: Final = 60.0
"""How long an installer waits for another one."""
CLOCK_TOLERANCE_SECONDS: Final = 24 * 3600
"""How far the clock may stand behind the highest trusted time seen."""
STORE_KEEP_SECONDS: Final = 24 * 3600
"""A version that was current within this time is not collected: a reader may still hold it."""

# -- check: programs that are started, and what they may send ----------------------------------------------------
CHECK_ANSWER_SECONDS: Final = 30.0
"""How long a server may take to its first answer; official servers took up to 9 s cold on a slow machine."""
CHECK_ANSWER_SECONDS_MAX: Final = 3600
"""The longest time that may be asked for: a first start that fetches packages."""
CHECK_EXIT_SECONDS: Final = 5.0
"""How long a server may take to end after its stdin was closed; official servers took up to 1.3 s."""
CHECK_TERM_SECONDS: Final = 2.0
"""How long a process tree may take to end after SIGTERM, before SIGKILL."""
CHECK_STRAY_SECONDS: Final = 0.5
"""How long children may outlive their server before they count as left behind."""
CHECK_LINE_BYTES: Final = 4 * MIB
"""Bytes of one message on stdout; the largest list of tools of a public server has some 200 KiB."""
CHECK_OUTPUT_BYTES: Final = 16 * MIB
"""Bytes that one server may send to stdout while it is checked."""
CHECK_QUEUE_CHUNKS: Final = 16
"""Pieces of at most 64 KiB that wait to be read; a server that floods has to wait."""
CHECK_STDERR_BYTES: Final = 8 * KIB
"""Last bytes of stderr that are kept and shown."""
CHECK_PAGES: Final = 100
"""Pages of one list; a page holds as many tools as the server likes."""
CHECK_REQUESTS: Final = 100
"""Requests of a server to its client that are answered."""
CHECK_ITEMS: Final = 10_000
"""Tools or prompts of one server."""
CHECK_HOOK_SECONDS: Final = 60.0
"""The longest time that a hook is given, whatever its timeout: the client's default of 600 s is no time to wait."""
CHECK_HOOK_BYTES: Final = 1 * MIB
"""Bytes that one hook may send to stdout."""
CHECK_REMOTE_BYTES: Final = 4 * MIB
"""Bytes of one answer of a remote server."""

# -- dependencies of bundles -------------------------------------------------------------------------------------
LOCK_BYTES: Final = 16 * MIB
"""Bytes of a lock file of npm or Python; one with 2,000 packages has some 1 MiB."""
WHEEL_METADATA_BYTES: Final = 1 * MIB
"""Bytes of METADATA or WHEEL of a distribution; long descriptions have some 100 KiB."""
WHEEL_RECORD_BYTES: Final = 8 * MIB
"""Bytes of the RECORD of a wheel: TREE_FILES lines with long paths."""
VENDOR_SECONDS: Final = 900.0
"""How long npm, pip or a build backend may run; a slow network and a cold cache take minutes."""
VENDOR_OUTPUT_BYTES: Final = 8 * KIB
"""Last bytes of what such a program prints that are kept for its error."""
