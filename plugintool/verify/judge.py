"""A verifier with all that it needs besides an artifact: policy, circumstances, and a look at what plugins do."""

from __future__ import annotations

import datetime as dt

from plugintool.frozen import dataclass
from plugintool.tree.entry import Tree
from plugintool.tree.sink import DirectorySink
from plugintool.verify import verifier
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.policy import TrustPolicy
from plugintool.verify.steps import Ladder
from plugintool.verify.verified import TrustedStatement, VerifiedTree
from plugintool.verify.verifier import TakeInventory


@dataclass(frozen=True, slots=True)
class Judge:
    """Takes the steps of ``verifier`` by one policy for one moment; ``take_inventory`` is what step 8 looks with."""

    policy: TrustPolicy
    circumstances: Circumstances
    take_inventory: TakeInventory | None = None

    @property
    def now(self) -> dt.datetime:
        """The moment for which it decides."""
        return self.circumstances.now

    def authenticate(self, source: Tree, ladder: Ladder | None = None) -> TrustedStatement:
        """Take steps 1 to 6, as ``verifier.authenticate``."""
        return verifier.authenticate(source, self.policy, self.circumstances, ladder)

    def check_content(self, trusted: TrustedStatement, source: Tree, ladder: Ladder | None = None) -> None:
        """Take steps 7 and 8, as ``verifier.check_content``."""
        verifier.check_content(trusted, source, ladder=ladder, take_inventory=self.take_inventory)

    def materialise(self, trusted: TrustedStatement, source: Tree, sink: DirectorySink) -> VerifiedTree:
        """Take steps 7 and 8 into a directory, as ``verifier.materialise``."""
        return verifier.materialise(trusted, source, sink, take_inventory=self.take_inventory)
