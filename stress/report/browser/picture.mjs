// Takes a picture of a page for the README.
//
// Of a protocol in the report that ./demo wrote:
//   PAGE=$PWD/build/demo/report.html PROTOCOL=naive/counter PICTURE=$PWD/docs/report.png \
//     stress/report/browser/run.sh $PWD/build/release/browser $PWD/stress/report/browser/picture.mjs
// Of a position in a page that `minusone play` wrote, as its address has it:
//   PAGE=$PWD/build/demo/play.html POSITION='at=w1x5.r1.r2.r1x2.r2x2&goal=word-1' PICTURE=$PWD/docs/play.png (the same)
import { test } from 'node:test';
import { openPage } from './browser.mjs';

const { PAGE, PICTURE, PROTOCOL, POSITION = '', SCHEME = 'light' } = process.env;
const width = 1280;

test(`The picture of ${PROTOCOL ?? POSITION}`, async (t) => {
  const page = await openPage(t, PAGE, { viewport: { width, height: 1000 }, colorScheme: SCHEME, hash: PROTOCOL ? '' : `#${POSITION}` });
  const picture = { path: PICTURE, fullPage: true };
  if (PROTOCOL === undefined) {
    const share = await page.locator('.share').boundingBox();
    await page.screenshot({ ...picture, clip: { x: 0, y: 0, width, height: share.y } });
    return;
  }
  const section = page.locator('section.protocol', { has: page.getByRole('heading', { name: PROTOCOL }) }).first();
  const { y, height } = await section.boundingBox();
  const end = await section.locator('details').first().boundingBox();
  await page.screenshot({ ...picture, clip: { x: 0, y: y + 12, width, height: Math.min(height, end.y - y) - 12 } });
});
