"""A tiny MCP server for tests, which behaves as the JSON object in its first argument says.

Members, all optional:
    eras: the openings it takes, of "handshake" and "stateless"; default both
    version: its answer to ``initialize``
    supported: its answer to ``server/discover``
    tools, prompts: pages of entries, as lists of lists
    capabilities: what it declares; default: what it has
    first: a text for stdout before anything is read
    stderr: a text for stderr before anything is read
    before: method to raw lines that go out before the answer
    instead: method to a raw line that goes out in its place
    errors: method to an error object
    silent: methods that are never answered
    exit_on: method to an exit code
    delay: seconds before the first answer
    start: what happens at once: "exit", "flood", "flood-stderr", "long-line", "close", "sleep"
    end: what happens at the end of stdin: "stay", "ignore-term", "child", "daemon", exit code
    write: a file that it writes into the directory of this script
    log: a file that gets every line it reads
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

DO: dict[str, Any] = json.loads(sys.argv[1]) if __name__ == "__main__" and len(sys.argv) > 1 else {}
META = "io.modelcontextprotocol/"
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}
TOOL: dict[str, Any] = {"name": "count", "title": "Count", "inputSchema": SCHEMA, "annotations": {"readOnlyHint": True}}
INFO = {"name": "tiny", "version": "1.0"}
SLEEP = [sys.executable, "-S", "-E", "-c", "import time; time.sleep(30)"]


def out(text: str | bytes) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text)
    sys.stdout.buffer.flush()


def pages(kind: str) -> list[list[Any]]:
    found: list[list[Any]] = DO.get(kind, [[TOOL]] if kind == "tools" else [])
    return found


def capabilities() -> Any:
    return DO.get("capabilities", {kind: {} for kind in ("tools", "prompts") if pages(kind)})


def result(method: str, params: dict[str, Any]) -> Any:
    if method == "initialize" and "handshake" in DO.get("eras", ["handshake"]):
        version = DO.get("version", params["protocolVersion"])
        return {"protocolVersion": version, "capabilities": capabilities(), "serverInfo": DO.get("info", INFO)}
    if method == "server/discover" and "stateless" in DO.get("eras", ["stateless"]):
        supported = DO.get("supported", ["2026-07-28"])
        meta = {f"{META}serverInfo": DO.get("info", INFO)}
        return {"resultType": "complete", "supportedVersions": supported, "capabilities": capabilities(), "_meta": meta}
    kind = method.partition("/")[0]
    if method.endswith("/list") and kind in capabilities():
        index = int(params.get("cursor", 0))
        page: dict[str, Any] = {kind: pages(kind)[index]}
        if "_meta" in params:
            page["resultType"] = "complete"
        if index + 1 < len(pages(kind)):
            page["nextCursor"] = str(index + 1)
        if "cursor" in DO:
            page["nextCursor"] = DO["cursor"]
        return page
    return None


def answer(message: dict[str, Any]) -> None:
    method, number = message.get("method", ""), message.get("id")
    if method in DO.get("exit_on", {}):
        sys.stderr.write("going down: secret-of-the-house\n")
        sys.exit(DO["exit_on"][method])
    for line in DO.get("before", {}).get(method, []):
        out(line + "\n")
    if number is None or not method or method in DO.get("silent", []):
        return
    if method in DO.get("instead", {}):
        out(DO["instead"][method] + "\n")
        return
    found = result(method, message.get("params", {}))
    failed = DO.get("errors", {}).get(method) or (None if found else {"code": -32601, "message": "no such method"})
    body = {"error": failed} if failed else {"result": found}
    out(json.dumps({"jsonrpc": "2.0", "id": number, **body}) + "\n")


def start() -> None:
    what = DO.get("start")
    out(DO.get("first", ""))
    sys.stderr.write(DO.get("stderr", ""))
    sys.stderr.flush()
    if what == "exit":
        sys.exit(3)
    while what == "flood":
        out('{"jsonrpc":"2.0","method":"notifications/message","params":{}}\n' * 1000)
    while what == "flood-stderr":
        sys.stderr.write("noise " * 1000)
    if what == "long-line":
        out("x" * (5 * 1024 * 1024))
    if what == "close":
        os.close(1)
    if what in {"sleep", "close"}:
        time.sleep(30)
    time.sleep(DO.get("delay", 0))


def end() -> None:
    what = DO.get("end")
    if isinstance(what, int):
        os._exit(what)
    if what == "child":
        subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if what == "holding-child":
        subprocess.Popen(SLEEP)
    if what == "daemon":
        subprocess.Popen(SLEEP, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if what == "ignore-term":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if what in {"stay", "ignore-term"}:
        time.sleep(30)


def main() -> None:
    if "write" in DO:
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), DO["write"]), "w", encoding="utf-8") as file:
            file.write("written")
    start()
    for line in sys.stdin.buffer:
        if "log" in DO:
            with open(DO["log"], "ab") as log:
                log.write(line)
        answer(json.loads(line))
    end()


if __name__ == "__main__":
    main()
