#!/bin/sh
# At the start of a session: tell Claude which branch is checked out and which files have changed.
#
# Runs as a SessionStart hook and only reads. What it prints becomes part of the context of the session.
set -u

cat >/dev/null # the description of the event is not needed, but must be taken
project=${CLAUDE_PROJECT_DIR:-.}
command -v git >/dev/null 2>&1 || exit 0

branch=$(git -C "$project" symbolic-ref --quiet --short HEAD 2>/dev/null) || exit 0
changes=$(git -C "$project" --no-optional-locks status --porcelain 2>/dev/null | head -n 20)

printf 'The branch is %s.\n' "$branch"
if [ -n "$changes" ]; then
  printf 'Changed files, as in git status (at most 20):\n%s\n' "$changes"
else
  printf 'There are no uncommitted changes.\n'
fi
