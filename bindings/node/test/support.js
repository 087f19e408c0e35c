// SPDX-License-Identifier: Apache-2.0
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {Policy, SekuireError} = require('../index.js');

const vectors = process.env.SEKUIRE_VECTORS ?? path.join(__dirname, '..', '..', '..', 'tests', 'vectors');

// Marks integers that a number would not keep: they become strings, which draft writes as integers again.
const keepIntegers = (json) => json.replace(/(?<!\\)("\s*:\s*)([0-9]{16,})(?=\s*[,}\]])/g, '$1"@integer $2"');
const readVectors = (name) => JSON.parse(keepIntegers(fs.readFileSync(path.join(vectors, name), 'utf8')));

// The policy of a content, of which nothing is checked.
const draft = (content, options) => Policy.parse(JSON.stringify(content).replace(/"@integer ([0-9]+)"/g, '$1'), {draft: true, ...options});

// The error that a call throws, which must be one of ours with this code.
function refused(call, code) {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof SekuireError, error.stack);
    assert.equal(error.code, code, error.message);
    return error;
  }
  assert.fail(`nothing was thrown; ${code} was expected`);
}

// A fresh folder with files, which goes with the test.
function folder(t, files) {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'sekuire-node-')));
  t.after(() => fs.rmSync(root, {recursive: true}));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), {recursive: true});
    fs.writeFileSync(path.join(root, name), text);
  }
  return root;
}

module.exports = {vectors, keepIntegers, readVectors, draft, refused, folder};
