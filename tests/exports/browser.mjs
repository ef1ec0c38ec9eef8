// node browser.mjs PAGE.html : opens the page in Chromium in light and dark, wide and narrow, and fails on any
// finding of axe, network request, console message, dialog, or content that scrolls sideways.
// Modules axe-core and playwright-core come from NODE_PATH.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const file = path.resolve(process.argv[2]);
const require = createRequire(path.join(process.env.NODE_PATH ?? '.', 'x.js'));
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: quiet });
const problems = [];
for (const colorScheme of ['light', 'dark']) {
  for (const width of [1100, 360]) {
    // The page's own policy would keep axe out.
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
    const page = await context.newPage();
    const where = `${colorScheme} ${width}:`;
    const requests = [];
    page.on('request', (r) => requests.push(r.url()));
    page.on('console', (m) => problems.push(`${where} console: ${m.text()}`));
    page.on('dialog', (d) => { problems.push(`${where} dialog: ${d.message()}`); d.dismiss(); });
    await page.goto('file://' + file);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) problems.push(`${where} ${over} pixels wider than the window`);
    if (requests.length !== 1) problems.push(`${where} requests ${requests.slice(1).join(' ')}`);
    await page.addScriptTag({ content: axe });
    const result = await page.evaluate(() => axe.run(document));
    for (const v of result.violations) problems.push(`${where} ${v.id}: ${v.nodes[0].html.slice(0, 200)}`);
    await context.close();
  }
}
await browser.close();
console.log(problems.length === 0 ? 'nothing found' : problems.slice(0, 20).join('\n'));
process.exit(problems.length === 0 ? 0 : 1);
