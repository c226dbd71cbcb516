"""Every finding of ``plugintool check``: one table, read by the command, by ``explain`` and by its reference page."""

from __future__ import annotations

from typing import Final, NamedTuple

from plugintool.frozen import dataclass
from plugintool.report import Severity

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


class CheckCode(NamedTuple):
    """One kind of finding: how much it matters, what it says, why that matters, and what to do."""

    severity: Severity
    title: str
    why: str
    repair: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that went wrong: a code of ``CHECK_CODES`` and what was seen, in words."""

    code: str
    message: str


CHECK_CODES: Final[dict[str, CheckCode]] = {
    "CH001": CheckCode(
        _ERROR,
        "the program cannot be started",
        "the client shows a server that failed, or none at all",
        "check that the command is on the PATH or is named with ${__dirname} or ${CLAUDE_PLUGIN_ROOT}, and that a "
        "file that is run directly begins with #!",
    ),
    "CH002": CheckCode(
        _ERROR,
        "the server ends before it has answered",
        "nothing of it can be used; the last lines of stderr mostly say why",
        "run the command by hand with the same environment; a missing module or file is the usual cause",
    ),
    "CH003": CheckCode(
        _ERROR,
        "no answer in time",
        "clients give up after a while and show the server as failed",
        "answer before loading what takes long; for a first start that fetches packages give a longer --timeout",
    ),
    "CH004": CheckCode(
        _ERROR,
        "stdout carries something other than JSON-RPC",
        "stdout is the protocol: clients drop the line, or the connection",
        "write logs to stderr; look for print and console.log, also in libraries",
    ),
    "CH005": CheckCode(
        _ERROR,
        "a message that JSON-RPC or MCP does not allow",
        "strict clients refuse what lenient ones let pass",
        "compare with the specification of the protocol version that the server speaks",
    ),
    "CH006": CheckCode(
        _ERROR,
        "a protocol version that is not known",
        "client and server have to agree on a version that both implement",
        "answer initialize with a version that the server implements, not with whatever was asked for",
    ),
    "CH007": CheckCode(
        _ERROR,
        "a request is answered with an error",
        "the server says that it can do this, and does not",
        "implement the method, or do not declare the capability",
    ),
    "CH008": CheckCode(
        _ERROR,
        "the program sends more than the limit",
        "no client reads endless lines, lists or pages",
        "send less; the limits stand in docs/reference/limits.md",
    ),
    "CH009": CheckCode(
        _WARNING,
        "the server does not end when its stdin closes",
        "clients close stdin to end a server; one that stays is killed, or stays for ever when the client crashed",
        "end the process when stdin reaches its end, and do not let timers or connections keep it",
    ),
    "CH010": CheckCode(
        _ERROR,
        "processes are left behind",
        "they keep memory, ports and files, and nobody ends them",
        "end what was started before ending, or start it in the same process group",
    ),
    "CH011": CheckCode(
        _WARNING,
        "the program writes into its own directory",
        "on a device that directory belongs to the administrator; where it can be written, an audit reports the change",
        "write to ${CLAUDE_PLUGIN_DATA}, to the user's home or to a temporary directory",
    ),
    "CH012": CheckCode(
        _ERROR,
        "the tools of the bundle manifest differ from those of the server",
        "the client shows the manifest before it installs: users would get other tools than they agreed to",
        "list exactly the tools of tools/list, or set tools_generated when there are more at run time",
    ),
    "CH013": CheckCode(
        _ERROR,
        "the prompts of the bundle manifest differ from those of the server",
        "as with tools: what is shown before the installation is not what is there afterwards",
        "list exactly the prompts of prompts/list, or set prompts_generated when there are more at run time",
    ),
    "CH014": CheckCode(
        _ERROR,
        "a name stands twice in one list",
        "only one of them can be called, and clients do not agree which",
        "give each tool and prompt its own name",
    ),
    "CH015": CheckCode(
        _ERROR,
        "a tool whose inputSchema is missing or no schema of an object",
        "clients pass the schema on to the model, which refuses the whole request when it is wrong",
        'give every tool a JSON Schema with "type": "object", also one without arguments',
    ),
    "CH016": CheckCode(
        _INFO,
        "a tool without title or without readOnlyHint or destructiveHint",
        "clients decide by them what to ask the user; the public directory demands them (--target directory: an error)",
        "set title, or annotations.title, and annotations.readOnlyHint or destructiveHint",
    ),
    "CH017": CheckCode(
        _ERROR,
        "required configuration is missing",
        "clients do not start a server before the user has filled it in; a default does not count",
        "give it with --config KEY=VALUE or --config-file",
    ),
    "CH018": CheckCode(
        _WARNING,
        "a variable reaches the program as literal text",
        "nothing replaces it: it is unknown there, or an optional setting without a value and without a default",
        "correct its name, give the setting a default, or give a value with --config or --env",
    ),
    "CH019": CheckCode(
        _INFO,
        "the bundle manifest does not name the tools of the server",
        "the client shows them before it installs",
        "list them under tools, or set tools_generated",
    ),
    "CH020": CheckCode(
        _INFO,
        "not checked: not for this platform",
        "the manifest leaves this platform out, so nothing was started",
        "run the check on a platform that it names",
    ),
    "CH021": CheckCode(
        _INFO,
        "not checked: a remote server",
        "checking it needs the network",
        "run plugintool check --online",
    ),
    "CH022": CheckCode(
        _ERROR,
        "a remote server does not answer as one",
        "clients show it as failed",
        "open the address with curl; look at redirects, certificates and the path",
    ),
    "CH023": CheckCode(
        _ERROR,
        "the server is described in a way that cannot be used",
        "clients leave it out, most of them without a word",
        "run plugintool lint, which says what is wrong and where",
    ),
    "CH024": CheckCode(
        _ERROR,
        "nothing was checked",
        "a green result that looked at nothing would mislead",
        "name something that has servers; --hooks checks hooks, --online remote servers",
    ),
    "CH030": CheckCode(
        _ERROR,
        "a hook ends with an error",
        "an exit code other than 0 and 2 is shown to the user as a failed hook",
        "run the command with the sample event on stdin; docs/reference/check.md shows where it comes from",
    ),
    "CH031": CheckCode(
        _ERROR,
        "a hook does not end in time",
        "the client waits for it, and then ends it",
        "do less, or start the work in the background with async",
    ),
    "CH032": CheckCode(
        _INFO,
        "a hook blocks the sample event",
        "exit code 2: fine for a guard, a surprise for everything else",
        "nothing, when it is meant to block",
    ),
    "CH033": CheckCode(
        _ERROR,
        "a hook prints something that begins like JSON and is none",
        "the client reads stdout as JSON when it begins with a brace",
        "print one JSON object and nothing else, or plain text",
    ),
    "CH034": CheckCode(
        _ERROR,
        "a member of a hook's JSON output is wrong",
        "the client ignores it, or the whole output: the decision that it holds is not taken",
        "compare with the documentation of the event",
    ),
    "CH035": CheckCode(
        _INFO,
        "not run: a hook of this type",
        "prompts and agents need a model, http and mcp_tool a server",
        "try it in a session",
    ),
    "CH036": CheckCode(
        _INFO,
        "not run: no sample of this event is known",
        "a hook of an unknown event never runs",
        "correct the name of the event; plugintool lint suggests one",
    ),
    "CH037": CheckCode(
        _WARNING,
        "a member of a hook's JSON output does nothing on this event",
        "the client ignores it: a guard that answers with it does not guard",
        "use the members that are documented for the event",
    ),
}
"""Codes are stable and never used again; CH001 to CH029 speak of servers, CH030 on of hooks, some of both."""
