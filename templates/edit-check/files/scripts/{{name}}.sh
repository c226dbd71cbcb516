#!/bin/sh
# After an edit: tell Claude about merge conflict markers that were left behind.
#
# Runs as a PostToolUse hook and only reads. Exit code 0 says nothing; exit code 2 shows what is on stderr to Claude,
# which can then repair it. The edit itself has been made and is never undone.
set -u

cat >/dev/null # the description of the tool call is not needed, but must be taken
project=${CLAUDE_PROJECT_DIR:-.}
command -v git >/dev/null 2>&1 || exit 0

markers=$(
  LC_ALL=C git -C "$project" --no-optional-locks diff --no-ext-diff --check HEAD 2>/dev/null |
    grep 'leftover conflict marker' |
    head -n 20
)
[ -n "$markers" ] || exit 0

printf 'Conflict markers were left behind; resolve them:\n%s\n' "$markers" >&2
exit 2
