// node build.mjs FOLDER: write editor.js, and beside it the licences of what is in it.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";

const folder = process.argv[2] ?? "../../src/wcograph/web/static";
const { metafile } = await build({
  entryPoints: ["main.js"], outfile: `${folder}/editor.js`, bundle: true, minify: true, format: "iife", target: "es2022",
  charset: "utf8", legalComments: "none", metafile: true,
});
const packages = new Set(Object.keys(metafile.inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
const parts = [...packages].sort().map((name) => {
  const { version, license } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  return `${name} ${version} (${license})\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim()}\n`;
});
writeFileSync(`${folder}/editor.licences.txt`, `What is in editor.js beside tools/editor/main.js.\n\n${parts.join(`\n${"-".repeat(80)}\n\n`)}`);
