// Ask @sigstore/verify whether a signature file is right.
//
//     NODE_PATH=<node_modules> node verify_signature.mjs SIGNATURE_FILE PUBLIC_KEY.pem KEY_ID
//
// Prints "verified" and exits with 0, or prints the reason and exits with 1.
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { bundleFromJSON } = require("@sigstore/bundle");
const { Verifier, toSignedEntity, toTrustMaterial } = require("@sigstore/verify");

const [signatureFile, publicKey, keyId] = process.argv.slice(2);
try {
  const bundle = bundleFromJSON(JSON.parse(readFileSync(signatureFile, "utf-8")));
  const rawBytes = createPublicKey(readFileSync(publicKey)).export({ format: "der", type: "spki" });
  const root = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
  const trust = toTrustMaterial(root, { [keyId]: { rawBytes, validFor: {} } });
  const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, tsaThreshold: 0 });
  verifier.verify(toSignedEntity(bundle));
  console.log("verified");
} catch (error) {
  console.log(`${error.code ?? ""} ${error.message}`);
  process.exitCode = 1;
}
