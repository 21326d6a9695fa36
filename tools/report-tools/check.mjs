// Renders reports in a browser and prints what it finds as JSON: check.mjs BROWSER FOLDER PAGE...
// For each page it writes FOLDER/NAME.pdf and FOLDER/NAME-WIDTH.png. The Go tests judge the findings.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

// The modules are beside the copy of package.json in the working directory.
const require = createRequire(join(process.cwd(), "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [browserPath, folder, ...pages] = process.argv.slice(2);

// A screen, A4 at 96 dots per inch, and the width between the margins of a printed page.
const layouts = [
  { width: 1200, media: "screen" },
  { width: 794, media: "screen" },
  { width: 703, media: "print" },
];

// overflows returns the elements that are wider than their box, or that leave the window.
function overflows() {
  const found = [];
  const describe = (element) => {
    const text = element.textContent.trim().replace(/\s+/g, " ").slice(0, 60);
    return `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""}: ${text}`;
  };
  const limit = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > limit) {
    found.push(`the document: ${document.documentElement.scrollWidth} of ${limit} px`);
  }
  for (const element of document.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (box.width === 0 || element.closest("title")) continue;
    if (box.right > limit + 1 || box.left < -1) found.push(describe(element));
    const isDrawn = element instanceof SVGElement; // Its scrollWidth is not about its box.
    if (!isDrawn && element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1) found.push(describe(element));
    if (element instanceof SVGTextElement) {
      const drawing = element.ownerSVGElement.getBoundingClientRect();
      if (box.right > drawing.right + 1 || box.left < drawing.left - 1) found.push(describe(element));
    }
  }
  return found;
}

// entries returns the rules of axe with the elements that they are about.
function entries(results) {
  return results.map((r) => ({
    rule: r.id,
    help: r.help,
    nodes: r.nodes.map((n) => `${n.target.join(" ")}: ${[...n.any, ...n.all, ...n.none].map((c) => c.message)}`),
  }));
}

const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
try {
  const findings = [];
  for (const path of pages) {
    const name = basename(path, ".html");
    for (const { width, media } of layouts) {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: "light" });
      const requests = [];
      page.on("request", (r) => requests.push(r.url()));
      await page.emulateMedia({ media });
      await page.goto(pathToFileURL(resolve(path)).href);
      const overflowing = await page.evaluate(overflows);
      await page.evaluate(axe);
      const judged = await page.evaluate(() =>
        globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
      await page.screenshot({ path: join(folder, `${name}-${width}.png`), clip: { x: 0, y: 0, width, height: 640 } });
      if (media === "print") {
        await page.pdf({ path: join(folder, `${name}.pdf`), preferCSSPageSize: true, printBackground: true });
      }
      findings.push({
        page: name,
        width,
        overflows: overflowing,
        violations: entries(judged.violations),
        incomplete: entries(judged.incomplete),
        passed: judged.passes.length,
        otherFiles: requests.slice(1),
      });
      await page.close();
    }
  }
  console.log(JSON.stringify(findings, null, 2));
} finally {
  await browser.close();
}
