"""Rules over plugins: one place for a rule's id, documentation and check, and one engine that runs them.

A rule is a check function decorated with ``rule.rule`` in a module of ``lint.rules``; ``registry`` finds it there.
``run.lint_plugin`` runs what is selected, applies suppressions, and turns a rule that fails into a finding.
"""
