"""Run command hooks with sample events, as the client runs them, and say how they ended.

A hook gets its event as one JSON text on stdin, which is then closed. Exit code 0 is success and stdout may hold JSON,
2 blocks, everything else is an error that the user sees (https://code.claude.com/docs/en/hooks, August 2026).
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator

from plugintool import limits
from plugintool.frozen import dataclass, field
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.jsonvalue import text_of
from plugintool.probe.bundle import Start
from plugintool.probe.codes import Flaw
from plugintool.probe.hook_output import judge_output
from plugintool.probe.launch import Place
from plugintool.probe.plugin import PluginVariables
from plugintool.probe.process import Child, StartError, ending_of, running
from plugintool.probe.samples import sample_of

_ENV_FILE_EVENTS = frozenset({"SessionStart", "Setup", "CwdChanged", "FileChanged"})
"""Events whose hooks may leave variables for the session in a file (page hooks, August 2026)."""
_EVENT_SECONDS = {"UserPromptSubmit": 30.0, "MessageDisplay": 10.0, "SessionEnd": 1.5}
"""Default timeouts that are shorter than ours (page hooks, August 2026)."""
_BLOCKED = 2
_SHELLS = {"powershell": ("pwsh", "powershell")}


@dataclass(frozen=True, slots=True)
class HookRun:
    """How one hook ended.

    Attributes:
        exit_code: None when it was not started or had to be ended.
        seconds: how long it ran.
        output: ``none``, ``text`` or ``json``: what its stdout holds.
        stderr: the last bytes.
        flaws: what is wrong.
        ran: whether it was started.
    """

    exit_code: int | None = None
    seconds: float = 0.0
    output: str = "none"
    stderr: bytes = b""
    flaws: tuple[Flaw, ...] = ()
    ran: bool = True


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook as declared: its event, the matcher of its group, and the handler object."""

    event: str
    matcher: str
    handler: JsonObject = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The type of the handler; empty when it has none."""
        return text_of(self.handler.get("type"))

    @property
    def seconds(self) -> float:
        """How long it may run: its own timeout, else the client's, and never longer than our limit."""
        asked: JsonValue = self.handler.get("timeout")
        is_number = isinstance(asked, int | float) and not isinstance(asked, bool) and asked > 0
        usual = _EVENT_SECONDS.get(self.event, limits.CHECK_HOOK_SECONDS)
        return min(float(asked) if is_number else usual, limits.CHECK_HOOK_SECONDS)  # type: ignore[arg-type]


def run_hook(hook: Hook, variables: PluginVariables, place: Place) -> HookRun:
    """Run one hook with a sample of its event.

    Args:
        hook: what the plugin declares.
        variables: of the plugin, which is a private copy.
        place: where it runs.
    """
    if hook.type != "command":
        return HookRun(ran=False, flaws=(Flaw("CH035", hook.type or "none"),))
    sample = sample_of(
        hook.event, hook.matcher, cwd=str(place.project), transcript=str(place.home / "transcript.jsonl")
    )
    if sample is None:
        return HookRun(ran=False, flaws=(Flaw("CH036", hook.event),))
    start = _start_of(hook, variables, place)
    if start is None:
        return HookRun(ran=False, flaws=(Flaw("CH023", "command or args are no texts"),))
    if _names_setting_in_shell(hook):
        text = "${user_config.…} in a shell command is refused; use args or CLAUDE_PLUGIN_OPTION_KEY"
        return HookRun(ran=False, flaws=(Flaw("CH023", text),))
    left = tuple(start.flaws()) if "args" in hook.handler else ()
    environment = variables.environment
    if hook.event in _ENV_FILE_EVENTS:
        environment["CLAUDE_ENV_FILE"] = str(place.root / "tmp" / "claude-env")
    try:
        with running(place.launch(start.argv, environment)) as child:
            told = _attend(child, json.dumps(sample).encode() + b"\n", hook)
    except StartError as error:
        return HookRun(ran=False, flaws=(*left, Flaw("CH001", f"{start.argv[0]}: {error}")))
    return HookRun(told.exit_code, told.seconds, told.output, child.stderr(), (*left, *told.flaws))


def _attend(child: Child, event: bytes, hook: Hook) -> HookRun:
    """Give the event, read stdout to its end, and wait for the end of the hook."""
    deadline = child.started + hook.seconds
    child.write(event, deadline)  # a hook that does not read it is none the worse
    child.close_stdin()
    stdout, flaws = b"", list[Flaw]()
    try:
        while len(stdout) <= limits.CHECK_HOOK_BYTES and (chunk := child.read_until_exit(deadline)):
            stdout += chunk
        if len(stdout) > limits.CHECK_HOOK_BYTES:
            flaws.append(Flaw("CH008", f"more than {limits.CHECK_HOOK_BYTES} bytes on stdout"))
        code = None if flaws else child.wait(deadline - time.monotonic())
    except TimeoutError:
        code = child.wait(0)
    seconds = time.monotonic() - child.started
    if code is None and not flaws:
        flaws.append(Flaw("CH031", f"still running after {hook.seconds:g} s"))
    if code is not None:
        flaws += _verdict(child, hook, code, stdout)
    text = stdout.strip()
    return HookRun(code, seconds, "json" if text.startswith(b"{") else "text" if text else "none", flaws=tuple(flaws))


def _verdict(child: Child, hook: Hook, code: int, stdout: bytes) -> Iterator[Flaw]:
    if code == 0:
        yield from judge_output(hook.event, stdout)
    elif code == _BLOCKED:
        yield Flaw("CH032", "")
    else:
        yield Flaw("CH030", ending_of(code))
    if hook.handler.get("async") is not True and hook.handler.get("asyncRewake") is not True:
        for stray in child.strays():
            yield Flaw("CH010", stray)


def _start_of(hook: Hook, variables: PluginVariables, place: Place) -> Start | None:
    """Return the command: through a shell, or with its arguments as they are when ``args`` is there."""
    command, args = hook.handler.get("command"), hook.handler.get("args")
    if not isinstance(command, str):
        return None
    if args is not None:
        words = [variables.fill(item) for item in args if isinstance(item, str)] if isinstance(args, list) else None
        return None if words is None or len(words) != len(args) else Start((variables.fill(command), *words), {})  # type: ignore[arg-type]
    return Start((*_shell(hook, place), variables.fill_own(command)), {})


def _shell(hook: Hook, place: Place) -> tuple[str, ...]:
    path = place.environment().get("PATH")
    if hook.handler.get("shell") == "powershell":
        found = next((name for name in _SHELLS["powershell"] if shutil.which(name, path=path)), "pwsh")
        return (found, "-NoProfile", "-NonInteractive", "-Command")
    return ("bash" if shutil.which("bash", path=path) else "sh", "-c")


def _names_setting_in_shell(hook: Hook) -> bool:
    """Such a command is not run by the client since 2.1.207: the value could be a command of its own."""
    return "args" not in hook.handler and "${user_config." in str(hook.handler.get("command"))
