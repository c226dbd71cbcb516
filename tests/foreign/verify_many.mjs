// Ask @sigstore/verify about many signature files.
//
//     NODE_PATH=<node_modules> node verify_many.mjs < QUESTIONS > ANSWERS
//
// QUESTIONS is a list in JSON; each item has the text of a signature file ("file"), public keys in PEM by their id
// ("keys"), and chains of certificates in PEM, the authority that issued the signer first ("authorities") or that for
// time first ("clocks"), and how many timestamps there must be ("stamps"). ANSWERS is a list of "verified" or a reason.
import { createPublicKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { bundleFromJSON } = require("@sigstore/bundle");
const { Verifier, toSignedEntity, toTrustMaterial } = require("@sigstore/verify");

const authority = (chain) => ({
  certChain: { certificates: chain.map((pem) => ({ rawBytes: new X509Certificate(pem).raw })) },
});

function ask({ file, keys, authorities, clocks, stamps }) {
  try {
    const root = {
      certificateAuthorities: authorities.map(authority),
      timestampAuthorities: clocks.map(authority),
      tlogs: [],
      ctlogs: [],
    };
    const pinned = Object.entries(keys).map(([id, pem]) => {
      const rawBytes = createPublicKey(pem).export({ format: "der", type: "spki" });
      return [id, { rawBytes, validFor: {} }];
    });
    const trust = toTrustMaterial(root, Object.fromEntries(pinned));
    const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, tsaThreshold: stamps });
    verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(file))));
    return "verified";
  } catch (error) {
    return `${error.code ?? ""} ${error.message}`;
  }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf-8")).map(ask)));
