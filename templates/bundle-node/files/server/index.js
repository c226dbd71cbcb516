'use strict';
// An MCP server on standard input and output: one JSON-RPC message a line, nothing else on stdout.
//
// It speaks both eras of the protocol. Until 2025-11-25 a client opens with `initialize`. Since 2026-07-28 there is no
// handshake: each request names its version in `params._meta`, and `server/discover` says what the server can do.
// https://modelcontextprotocol.io/specification/2026-07-28

const readline = require('node:readline');
const manifest = require('../manifest.json');
const TOOLS = require('./tools.js');

const STATELESS_VERSIONS = ['2026-07-28'];
const HANDSHAKE_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];
const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';
const SERVER_KEY = 'io.modelcontextprotocol/serverInfo';
const INVALID_JSON = -32700;
const INVALID_REQUEST = -32600;
const UNKNOWN_METHOD = -32601;
const INVALID_PARAMS = -32602;
const UNSUPPORTED_VERSION = -32022;

const SERVER = { name: manifest.name, version: manifest.version };
const CAPABILITIES = { tools: {} };
// The list never changes while the server runs and is the same for everybody.
const CACHING = { ttlMs: 3600000, cacheScope: 'public' };

/** A mistake of the client, with the code that JSON-RPC or MCP gives it. */
class ProtocolError extends Error {
  constructor(code, message, data) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

function initialize(params) {
  const known = HANDSHAKE_VERSIONS.includes(params.protocolVersion);
  const protocolVersion = known ? params.protocolVersion : HANDSHAKE_VERSIONS[0];
  return { protocolVersion, capabilities: CAPABILITIES, serverInfo: SERVER };
}

function discover() {
  return { supportedVersions: STATELESS_VERSIONS, capabilities: CAPABILITIES, ...CACHING };
}

function listTools() {
  return { tools: Object.entries(TOOLS).map(([name, { run, ...described }]) => ({ name, ...described })) };
}

function callTool(params) {
  if (!Object.hasOwn(TOOLS, params.name)) throw new ProtocolError(INVALID_PARAMS, `unknown tool: ${params.name}`);
  try {
    return { content: [{ type: 'text', text: TOOLS[params.name].run(params.arguments ?? {}) }], isError: false };
  } catch (error) {
    return { content: [{ type: 'text', text: error.message }], isError: true };
  }
}

const HANDSHAKE_METHODS = { initialize, ping: () => ({}), 'tools/list': listTools, 'tools/call': callTool };
const STATELESS_METHODS = {
  'server/discover': discover,
  'tools/list': () => ({ ...listTools(), ...CACHING }),
  'tools/call': callTool,
};

function dispatch(method, params) {
  const version = params._meta?.[VERSION_KEY];
  const isStateless = version !== undefined || method === 'server/discover';
  if (version !== undefined && !STATELESS_VERSIONS.includes(version)) {
    const data = { supported: STATELESS_VERSIONS, requested: version };
    throw new ProtocolError(UNSUPPORTED_VERSION, `unsupported protocol version: ${version}`, data);
  }
  const methods = isStateless ? STATELESS_METHODS : HANDSHAKE_METHODS;
  if (!Object.hasOwn(methods, method)) throw new ProtocolError(UNKNOWN_METHOD, `unknown method: ${method}`);
  const result = methods[method](params);
  return isStateless ? { resultType: 'complete', ...result, _meta: { [SERVER_KEY]: SERVER } } : result;
}

/** Return the response to one message, or undefined for a notification and for a response. */
function answer(message) {
  if (message === null || typeof message !== 'object' || Array.isArray(message)) {
    return failure(null, new ProtocolError(INVALID_REQUEST, 'not a JSON-RPC message'));
  }
  if (message.id === undefined || message.id === null || message.method === undefined) return undefined;
  try {
    const params = message.params ?? {};
    if (typeof params !== 'object' || Array.isArray(params)) {
      throw new ProtocolError(INVALID_PARAMS, 'params must be an object');
    }
    return { jsonrpc: '2.0', id: message.id, result: dispatch(message.method, params) };
  } catch (error) {
    return failure(message.id, error);
  }
}

function failure(id, error) {
  const { code = INVALID_REQUEST, message, data } = error;
  return { jsonrpc: '2.0', id, error: data === undefined ? { code, message } : { code, message, data } };
}

function answerLine(line) {
  let message;
  try {
    message = JSON.parse(line);
  } catch {
    return failure(null, new ProtocolError(INVALID_JSON, 'not a JSON text'));
  }
  if (!Array.isArray(message) || message.length === 0) return answer(message);
  const answers = message.map(answer).filter((response) => response !== undefined);
  return answers.length > 0 ? answers : undefined;
}

process.stdout.on('error', () => process.exit(0)); // the client has gone
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  if (line.trim() === '') return;
  const response = answerLine(line);
  if (response !== undefined) process.stdout.write(`${JSON.stringify(response)}\n`);
});
