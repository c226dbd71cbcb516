// Read zip archives with yauzl, one after the other, for as long as stdin is open.
//
//     NODE_PATH=<node_modules> node read_zip.mjs < ARCHIVES
//
// Each archive comes as its length (four bytes, little-endian) and its bytes. The answer is one line of JSON: {"files":
// [[name, size, sha256], ...]} in the order of the directory, where a directory has the digest "", or {"error": text}.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const yauzl = require("yauzl");

const options = { lazyEntries: true, validateEntrySizes: true, strictFileNames: true };

function read(archive) {
  return new Promise((resolve, reject) => {
    const fail = (error) => reject(error);
    process.removeAllListeners("uncaughtException").once("uncaughtException", fail); // yauzl throws out of callbacks
    yauzl.fromBuffer(archive, options, (error, zip) => {
      if (error) return fail(error);
      const files = [];
      zip.on("error", fail);
      zip.on("end", () => resolve({ files }));
      zip.on("entry", (entry) => {
        const name = entry.fileName;
        if (name.endsWith("/")) {
          files.push([name, entry.uncompressedSize, ""]);
          return zip.readEntry();
        }
        zip.openReadStream(entry, (problem, stream) => {
          if (problem) return fail(problem);
          const digest = createHash("sha256");
          let size = 0;
          stream.on("error", fail);
          stream.on("data", (chunk) => {
            digest.update(chunk);
            size += chunk.length;
          });
          stream.on("end", () => {
            files.push([name, size, digest.digest("hex")]);
            zip.readEntry();
          });
        });
      });
      zip.readEntry();
    });
  });
}

let waiting = Buffer.alloc(0);
for await (const chunk of process.stdin) {
  waiting = waiting.length ? Buffer.concat([waiting, chunk]) : chunk;
  while (waiting.length >= 4) {
    const size = waiting.readUInt32LE(0);
    if (waiting.length < 4 + size) break;
    const archive = waiting.subarray(4, 4 + size);
    waiting = waiting.subarray(4 + size);
    let answer;
    try {
      answer = await read(archive);
    } catch (error) {
      answer = { error: String(error.message ?? error) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
}
