"""What a verified plugin can do, for the rules of step 8.

The only part of the device half that reads plugin files as a client does. It is loaded when a trust policy limits what
plugins may do, and then the YAML reader with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plugintool.tree.entry import Tree


def take_inventory(source: Tree) -> Mapping[str, Sequence[str]]:
    """Return the values of each of ``verify.policy.ASPECTS``.

    Raises:
        InputError: the plugin cannot be read.
    """
    from plugintool.plugin.inventory import inventory_of  # noqa: PLC0415 - see the module's docstring
    from plugintool.plugin.load import load_plugin  # noqa: PLC0415

    found = inventory_of(load_plugin(source))
    servers = [server.name for server in found.mcp_servers]
    return {
        "hook_events": found.hook_events,
        "hosts": found.hosts,
        "commands": found.commands,
        "executables": found.executables,
        "mcp_servers": servers,
    }
