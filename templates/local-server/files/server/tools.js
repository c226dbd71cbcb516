'use strict';
// The tools of this server. Each has a description and a schema for the model, and `run`, which gets the arguments and
// returns a text. What it throws reaches the model as an error of the tool.

const TOOLS = {
  summarize_diff: {
    title: 'Summarize a diff',
    description: 'Count the files, added and removed lines of a unified diff, such as the output of git diff.',
    inputSchema: {
      type: 'object',
      properties: { diff: { type: 'string', description: 'the text of the diff' } },
      required: ['diff'],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    run: ({ diff }) => {
      if (typeof diff !== 'string') throw new TypeError('diff must be a text');
      return summarize(diff);
    },
  },
};

/** Return one line for each file of a unified diff, and the sums. */
function summarize(diff) {
  const files = [];
  let left = { old: 0, new: 0 }; // lines of the current hunk that are still to come
  for (const line of diff.split(/\r?\n/)) {
    const current = files[files.length - 1];
    if (current && (left.old > 0 || left.new > 0)) {
      left = countLine(line, current, left);
      continue;
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    if (line.startsWith('--- ')) files.push({ name: nameOf(line), added: 0, removed: 0 });
    else if (current && line.startsWith('+++ ') && nameOf(line) !== '/dev/null') current.name = nameOf(line);
    else if (current && hunk) left = { old: Number(hunk[1] ?? 1), new: Number(hunk[2] ?? 1) };
  }
  const sum = (key) => files.reduce((total, file) => total + file[key], 0);
  const rows = files.map((file) => `${file.name}: +${file.added} -${file.removed}`);
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  return [...rows, `${count}: +${sum('added')} -${sum('removed')}`].join('\n');
}

function countLine(line, file, left) {
  if (line.startsWith('\\')) return left; // "\ No newline at end of file"
  if (line.startsWith('+')) {
    file.added += 1;
    return { old: left.old, new: left.new - 1 };
  }
  if (line.startsWith('-')) {
    file.removed += 1;
    return { old: left.old - 1, new: left.new };
  }
  return { old: left.old - 1, new: left.new - 1 };
}

function nameOf(line) {
  return line.slice(4).split('\t')[0].replace(/^[ab]\//, '');
}

module.exports = TOOLS;
