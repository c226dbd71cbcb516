"""``PluginChange``: what a command did, or would do, to one plugin."""

from __future__ import annotations

from plugintool.frozen import dataclass
from plugintool.install.plan import Action
from plugintool.install.receipt import Installed
from plugintool.jsontext import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginChange:
    """One plugin before and after.

    Attributes:
        name: the plugin.
        action: what was, or would be, done.
        before: what was installed, None for nothing.
        after: what is installed now, None for nothing.
        held: whether updates are refused from now on.
        dry_run: whether nothing was written.
        reported: what a trust policy of level ``audit`` would have failed for.
    """

    name: str
    action: Action
    before: Installed | None
    after: Installed | None
    held: bool = False
    dry_run: bool = False
    reported: tuple[str, ...] = ()

    @property
    def is_change(self) -> bool:
        """Whether something was, or would be, done."""
        return self.action is not Action.NOTHING

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "name": self.name,
            "action": self.action.value,
            "changed": self.is_change and not self.dry_run,
            "would_change": self.is_change,
            "before": None if self.before is None else self.before.as_json(),
            "after": None if self.after is None else self.after.as_json(),
            "held": self.held,
            "dry_run": self.dry_run,
            "reported": list(self.reported),
        }
