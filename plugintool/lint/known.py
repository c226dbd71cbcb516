"""What clients know by name: tools, models, colours, keys, variables; each table with its source and date.

The documentation changes monthly, so nothing here makes an error: a name that is not in a table is at most a warning,
and one that says up to which client the table goes.
"""

from __future__ import annotations

from collections.abc import Iterable

from plugintool.lint import values
from plugintool.lint.rule import NEWEST_CLIENT, Source
from plugintool.plugin.model import Kind

KNOWN_UP_TO = f"known up to client {'.'.join(map(str, NEWEST_CLIENT))}"
"""The hint beside an unknown name for which there is no better one."""
_LONG_ENOUGH = 6
"""Letters from which two edits still mean the same word."""


def docs_of_client(page: str, section: str) -> Source:
    """Return a page of the client's documentation as a source, in the state of August 2026."""
    return Source(f"https://code.claude.com/docs/en/{page}", section, "August 2026")


DESKTOP = Source("https://support.claude.com", "organization plugins of the desktop app", "August 2026")
"""The desktop app's documentation of org-plugins."""
DIRECTORY = Source("claude plugin validate", "directory findings", "2.1.330, November 2026")
"""The checks of the public plugin directory, which never change the client's exit code."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TOOLS = _words(
    """
    Agent AskUserQuestion Bash BashOutput CronCreate CronDelete CronList Edit EnterPlanMode EnterWorktree ExitPlanMode
    ExitWorktree Glob Grep KillBash KillShell LS LSP ListMcpResourcesTool Monitor MultiEdit NotebookEdit NotebookRead
    PowerShell Read ReadMcpResourceTool SendMessage Skill SlashCommand Task TaskCreate TaskGet TaskList TaskOutput
    TaskStop TaskUpdate TeamCreate TeamDelete TodoRead TodoWrite ToolSearch WebFetch WebSearch Workflow Write
    """
)
"""Tools of the client, also those that older clients had (page tools-reference, August 2026)."""
MODELS = _words("default best sonnet opus haiku inherit opusplan sonnet[1m] opus[1m] opusplan[1m]")
"""Aliases of models (page model-config, August 2026); full ids hold the word claude."""
EFFORTS = ("low", "medium", "high", "xhigh", "max")
"""Levels of effort (pages sub-agents and skills, August 2026)."""
COLORS = ("red", "blue", "green", "yellow", "purple", "orange", "pink", "cyan")
"""Colours of agents (page sub-agents, August 2026)."""
MEMORIES = ("user", "project", "local")
"""Scopes of an agent's memory (page sub-agents, August 2026)."""

AGENT_KEYS = _words(
    """
    name description tools disallowedTools model effort maxTurns skills memory background isolation color
    initialPrompt omitClaudeMd hooks mcpServers permissionMode
    """
)
"""Keys of an agent's front matter (page sub-agents, August 2026)."""
SKILL_KEYS = _words(
    """
    name description when_to_use argument-hint arguments disable-model-invocation user-invocable allowed-tools
    disallowed-tools model effort context agent background hooks paths shell metadata license compatibility
    """
)
"""Keys of the front matter of commands and skills (page skills, August 2026)."""
KEYS = {Kind.AGENT: AGENT_KEYS, Kind.COMMAND: SKILL_KEYS, Kind.SKILL: SKILL_KEYS}
"""The same by the kind of component."""
OPEN_SKILL_KEYS = _words("name description license compatibility metadata allowed-tools")
"""The core that all products read (https://agentskills.io/specification, August 2026)."""
STYLE_KEYS = _words("name description keep-coding-instructions force-for-plugin")
"""Keys of an output style (page output-styles, August 2026)."""

OLD_EVENTS = _words(
    """
    SessionStart Setup UserPromptSubmit UserPromptExpansion PreToolUse PermissionRequest
    PermissionDenied PostToolUse PostToolUseFailure PostToolBatch Notification MessageDisplay
    SubagentStart SubagentStop TaskCreated TaskCompleted Stop StopFailure TeammateIdle
    InstructionsLoaded ConfigChange CwdChanged FileChanged WorktreeCreate WorktreeRemove PreCompact
    PostCompact Elicitation ElicitationResult SessionEnd
    """
)
"""Hook events that 2.1.197 accepts (measured)."""
EVENTS = OLD_EVENTS | _words("DirectoryAdded PreModelSwitch PostModelSwitch")
"""Hook events that 2.1.330 accepts (measured)."""
GUARDS = _words("PreToolUse PermissionRequest")
"""Hook events whose hooks can refuse what is about to happen."""
TOOL_EVENTS = _words("PreToolUse PostToolUse PostToolUseFailure PermissionRequest PermissionDenied")
"""Hook events that speak of one tool call (page hooks, August 2026)."""
PROMPT_EVENTS = TOOL_EVENTS | _words(
    "PostToolBatch Stop SubagentStop TaskCreated TaskCompleted TeammateIdle UserPromptSubmit UserPromptExpansion"
)
"""Hook events that run handlers of the types prompt and agent (page hooks, August 2026)."""
EARLY_EVENTS = _words("SessionStart Setup")
"""Hook events that run only handlers of the types command and mcp_tool (page hooks, August 2026)."""
EVENTS_WITHOUT_MATCHER = _words(
    """
    UserPromptSubmit PostToolBatch Stop TeammateIdle TaskCreated TaskCompleted WorktreeCreate WorktreeRemove
    MessageDisplay CwdChanged
    """
)
"""Hook events that ignore a matcher (page hooks, August 2026)."""
MATCHER_VALUES = {
    "SessionStart": _words("startup resume clear compact fork"),
    "Setup": _words("init maintenance"),
    "PreCompact": _words("manual auto"),
    "PostCompact": _words("manual auto"),
    "SessionEnd": _words("clear resume logout prompt_input_exit other"),
    "ConfigChange": _words("user_settings project_settings local_settings policy_settings skills"),
    "DirectoryAdded": _words("slash_command register_repo_root"),
}
"""Hook events whose matcher is one of a list (page hooks, August 2026)."""

VARIABLES = _words(
    """
    CLAUDE_PLUGIN_ROOT CLAUDE_PLUGIN_DATA CLAUDE_PROJECT_DIR CLAUDE_ENV_FILE CLAUDE_SESSION_ID CLAUDE_SKILL_DIR
    CLAUDE_CONFIG_DIR CLAUDE_EFFORT CLAUDE_FILE_PATHS CLAUDE_TOOL_INPUT CLAUDE_TOOL_NAME CLAUDE_WORKING_DIR
    """
)
"""Variables that the client fills in or sets for the programs it starts (pages hooks, plugins-reference, skills)."""
VARIABLE_PREFIXES = ("CLAUDE_CODE_", "CLAUDE_PLUGIN_OPTION_")
"""Beginnings of variables that a user or a plugin's options set."""

HANDLER_KEYS = _words(
    """
    type if timeout statusMessage once command args async asyncRewake rewakeMessage rewakeSummary shell onFailure
    prompt model continueOnBlock url headers allowedEnvVars server tool input
    """
)
"""Members of a hook handler (measured with 2.1.330, November 2026)."""
GROUP_KEYS = _words("matcher hooks")
"""Members of a group of hook handlers (measured with 2.1.330, November 2026)."""
SERVER_KEYS = _words(
    """
    type command args env cwd url headers headersHelper timeout alwaysLoad oauth disabled toolPolicy transport
    headersHelperTtlSec
    """
)
"""Members of an MCP server, also those of managed configuration (measured with 2.1.330; page mcp, August 2026)."""


def near_miss(word: str, known: Iterable[str]) -> str:
    """Return the known word that ``word`` is a misspelling of; empty when it is known, or unlike all of them.

    Short words count only when one edit or the letter case makes the difference: two edits turn them into another word.
    """
    known = list(known)
    if word in known:
        return ""
    near = values.nearest(word, known)
    return near if len(word) >= _LONG_ENOUGH or _is_one_edit(word.lower(), near.lower()) else ""


def sole_near_miss(word: str, known: Iterable[str]) -> str:
    """Return the ``near_miss`` of a word where no other known word is as near: what a repair may write."""
    known = list(known)
    near = near_miss(word, known)
    return near if near and values.sole_near(word, known) == near else ""


def _is_one_edit(first: str, second: str) -> bool:
    """Whether two words are equal, or differ by one letter that is added, left out, changed or swapped."""
    if not second or abs(len(first) - len(second)) > 1:
        return False
    start = next((index for index, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), None)
    if start is None:
        return True
    one, other = first[start:], second[start:]
    swapped = one[:2] == other[:2][::-1] and one[2:] == other[2:]
    return swapped or one[1:] == other[1:] or one[1:] == other or one == other[1:]
