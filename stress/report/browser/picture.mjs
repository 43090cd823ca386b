// Takes the README's picture of the report that ./demo wrote:
//   PAGE=$PWD/build/demo/report.html PICTURE=$PWD/docs/report.png PROTOCOL=naive/counter \
//     stress/report/browser/run.sh $PWD/build/release/browser $PWD/stress/report/browser/picture.mjs
import { test } from 'node:test';
import { openPage } from './browser.mjs';

const { PAGE, PICTURE, PROTOCOL } = process.env;

test(`The picture of ${PROTOCOL}`, async (t) => {
  const page = await openPage(t, PAGE, { viewport: { width: 1280, height: 1000 } });
  const section = page.locator('section.protocol', { has: page.getByRole('heading', { name: PROTOCOL }) }).first();
  const { y, height } = await section.boundingBox();
  const end = await section.locator('details').first().boundingBox();
  await page.screenshot({ path: PICTURE, fullPage: true, clip: { x: 0, y: y + 12, width: 1280, height: Math.min(height, end.y - y) - 12 } });
});
