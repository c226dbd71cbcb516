"""The install side: takes verified trees only, and leaves the device with the whole old or the whole new version.

``layout`` says where everything is, ``fs`` holds the only system calls, ``location`` says whom we trust to write there.
``receipt``, ``store`` and ``journal`` are the state; ``plan`` decides (pure), ``switch`` prepares and changes what the
app sees, ``transaction`` puts both behind a journal so that an interrupted change can be finished. The protocol with
its reasons: docs/explanation/install-protocol.md.
"""
