// Refuses a schema that breaks what was released, unless what goes was deprecated in it: node breaking.mjs ROOT [OLD NEW].
// Released is the schema of the newest tag v*. Before the first one everything may change, and what the last commit broke is only said.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { CriticalityLevel, DiffRule, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

const [root, oldFile, newFile] = process.argv.slice(2);

function git(...words) {
  return execFileSync("git", ["-C", root, ...words], { encoding: "utf8", maxBuffer: 64_000_000, stdio: ["ignore", "pipe", "ignore"] });
}

/** The commit to compare with, and whether it was released; nothing in a history of one commit. */
function baseline() {
  const tag = git("tag", "--list", "v*", "--sort=-version:refname").split("\n")[0];
  if (tag) return { name: tag, released: true };
  try {
    return { name: git("rev-parse", "--short", "HEAD^").trim(), released: false };
  } catch {
    return undefined;
  }
}

const before = oldFile ? { name: oldFile, released: true } : baseline();
if (before) {
  const old = buildSchema(oldFile ? readFileSync(oldFile, "utf8") : git("show", `${before.name}:schema.graphql`));
  const fresh = buildSchema(readFileSync(newFile ?? `${root}/schema.graphql`, "utf8"));
  const changes = await diff(old, fresh, [DiffRule.suppressRemovalOfDeprecatedField]);
  const breaking = changes.filter((change) => change.criticality.level === CriticalityLevel.Breaking);
  for (const change of breaking) console.log(`${before.released ? "breaks" : "would break"} ${before.name}: ${change.message}`);
  console.log(`${changes.length} changes since ${before.name}, ${breaking.length} of them breaking`);
  if (before.released && breaking.length > 0) {
    console.log("Deprecate first: deprecation_reason on the field, argument or enum value, and remove it in the release after.");
    process.exit(1);
  }
}
