// SPDX-License-Identifier: Apache-2.0
'use strict';
// The addon that build.js made.

const path = require('node:path');

try {
  module.exports = require(path.join(__dirname, 'build', 'sekuire.node'));
} catch (error) {
  const hint = error.code === 'MODULE_NOT_FOUND'
    ? `the addon was not built: run "node build.js" in ${__dirname} (or npm rebuild sekuire)`
    : 'the addon does not load: is libsekuire still installed? Build it again with "npm rebuild sekuire"';
  throw new Error(`sekuire: ${hint} (${error.message.split('\n')[0]})`, {cause: error});
}
