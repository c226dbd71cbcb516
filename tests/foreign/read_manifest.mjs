// Print the description in the manifest.json of a bundle, as one reader of zip files sees it.
//
//     NODE_PATH=<node_modules> node read_manifest.mjs fflate|jszip|adm-zip|yauzl FILE
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const NAME = "manifest.json";

const readers = {
  fflate: async (data) => Buffer.from(require("fflate").unzipSync(data)[NAME]),
  jszip: async (data) => (await require("jszip").loadAsync(data)).file(NAME).async("nodebuffer"),
  "adm-zip": async (data) => new (require("adm-zip"))(data).readFile(NAME),
  yauzl: (data) =>
    new Promise((resolve, reject) =>
      require("yauzl").fromBuffer(data, { lazyEntries: true }, (error, zip) => {
        if (error) return reject(error);
        zip.on("error", reject);
        zip.on("end", () => reject(new Error("no manifest")));
        zip.on("entry", (entry) => {
          if (entry.fileName !== NAME) return zip.readEntry();
          zip.openReadStream(entry, (problem, stream) => {
            if (problem) return reject(problem);
            const parts = [];
            stream.on("error", reject);
            stream.on("data", (part) => parts.push(part));
            stream.on("end", () => resolve(Buffer.concat(parts)));
          });
        });
        zip.readEntry();
      }),
    ),
};

const [reader, file] = process.argv.slice(2);
try {
  console.log(JSON.parse((await readers[reader](readFileSync(file))).toString()).description);
} catch (error) {
  console.log(`refused: ${error.message}`);
  process.exitCode = 1;
}
