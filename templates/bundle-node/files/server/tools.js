'use strict';
// The tools of this server. Each has a description and a schema for the model, and `run`, which gets the arguments and
// returns a text. What it throws reaches the model as an error of the tool.

const TOOLS = {
  count_words: {
    title: 'Count words',
    description: 'Count the lines, words and characters of a text.',
    inputSchema: {
      type: 'object',
      properties: { text: { type: 'string', description: 'the text to count' } },
      required: ['text'],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    run: ({ text }) => {
      if (typeof text !== 'string') throw new TypeError('text must be a text');
      const lines = text === '' ? 0 : text.replace(/\n$/, '').split('\n').length;
      const words = text.split(/\s+/).filter((word) => word !== '').length;
      return `${lines} lines, ${words} words, ${[...text].length} characters`;
    },
  },
};

module.exports = TOOLS;
