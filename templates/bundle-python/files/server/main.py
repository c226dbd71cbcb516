"""An MCP server on standard input and output: one JSON-RPC message a line, nothing else on stdout.

It speaks both eras of the protocol. Until 2025-11-25 a client opens with ``initialize``. Since 2026-07-28 there is no
handshake: each request names its version in ``params._meta``, and ``server/discover`` says what the server can do.
https://modelcontextprotocol.io/specification/2026-07-28
"""

import json
import sys
from pathlib import Path

from tools import TOOLS

STATELESS_VERSIONS = ["2026-07-28"]
HANDSHAKE_VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
SERVER_KEY = "io.modelcontextprotocol/serverInfo"
INVALID_JSON = -32700
INVALID_REQUEST = -32600
UNKNOWN_METHOD = -32601
INVALID_PARAMS = -32602
UNSUPPORTED_VERSION = -32022

MANIFEST = json.loads((Path(__file__).parent.parent / "manifest.json").read_text(encoding="utf-8"))
SERVER = {"name": MANIFEST["name"], "version": MANIFEST["version"]}
CAPABILITIES = {"tools": {}}
# The list never changes while the server runs and is the same for everybody.
CACHING = {"ttlMs": 3600000, "cacheScope": "public"}


class ProtocolError(Exception):
    """A mistake of the client, with the code that JSON-RPC or MCP gives it."""

    def __init__(self, code, message, data=None):
        super().__init__(message)
        self.code = code
        self.data = data


def initialize(params):
    asked = params.get("protocolVersion")
    version = asked if asked in HANDSHAKE_VERSIONS else HANDSHAKE_VERSIONS[0]
    return {"protocolVersion": version, "capabilities": CAPABILITIES, "serverInfo": SERVER}


def discover(params):
    return {"supportedVersions": STATELESS_VERSIONS, "capabilities": CAPABILITIES, **CACHING}


def list_tools(params):
    described = [{key: value for key, value in tool.items() if key != "run"} for tool in TOOLS.values()]
    return {"tools": [{"name": name, **tool} for name, tool in zip(TOOLS, described)]}


def call_tool(params):
    name, arguments = params.get("name"), params.get("arguments") or {}
    if not isinstance(name, str) or name not in TOOLS:
        raise ProtocolError(INVALID_PARAMS, f"unknown tool: {name}")
    if not isinstance(arguments, dict):
        raise ProtocolError(INVALID_PARAMS, "arguments must be an object")
    try:
        text, is_error = TOOLS[name]["run"](arguments), False
    except Exception as error:
        text, is_error = str(error), True
    return {"content": [{"type": "text", "text": text}], "isError": is_error}


HANDSHAKE_METHODS = {
    "initialize": initialize,
    "ping": lambda params: {},
    "tools/list": list_tools,
    "tools/call": call_tool,
}
STATELESS_METHODS = {
    "server/discover": discover,
    "tools/list": lambda params: {**list_tools(params), **CACHING},
    "tools/call": call_tool,
}


def dispatch(method, params):
    meta = params.get("_meta")
    version = meta.get(VERSION_KEY) if isinstance(meta, dict) else None
    if version is not None and version not in STATELESS_VERSIONS:
        data = {"supported": STATELESS_VERSIONS, "requested": version}
        raise ProtocolError(UNSUPPORTED_VERSION, f"unsupported protocol version: {version}", data)
    is_stateless = version is not None or method == "server/discover"
    methods = STATELESS_METHODS if is_stateless else HANDSHAKE_METHODS
    if not isinstance(method, str) or method not in methods:
        raise ProtocolError(UNKNOWN_METHOD, f"unknown method: {method}")
    result = methods[method](params)
    return {"resultType": "complete", **result, "_meta": {SERVER_KEY: SERVER}} if is_stateless else result


def answer(message):
    """Return the response to one message, or None for a notification and for a response."""
    if not isinstance(message, dict):
        return failure(None, ProtocolError(INVALID_REQUEST, "not a JSON-RPC message"))
    if message.get("id") is None or message.get("method") is None:
        return None
    try:
        params = message.get("params")
        if params is not None and not isinstance(params, dict):
            raise ProtocolError(INVALID_PARAMS, "params must be an object")
        return {"jsonrpc": "2.0", "id": message["id"], "result": dispatch(message["method"], params or {})}
    except ProtocolError as error:
        return failure(message["id"], error)


def failure(number, error):
    described = {"code": error.code, "message": str(error)}
    if error.data is not None:
        described["data"] = error.data
    return {"jsonrpc": "2.0", "id": number, "error": described}


def answer_line(line):
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return failure(None, ProtocolError(INVALID_JSON, "not a JSON text"))
    if not isinstance(message, list) or not message:
        return answer(message)
    answers = [response for response in map(answer, message) if response is not None]
    return answers or None


def main():
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    try:
        for line in sys.stdin:
            response = answer_line(line) if line.strip() else None
            if response is not None:
                print(json.dumps(response), flush=True)
    except (BrokenPipeError, KeyboardInterrupt):
        sys.stderr.close()  # the client has gone


if __name__ == "__main__":
    main()
