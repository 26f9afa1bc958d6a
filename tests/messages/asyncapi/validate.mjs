// Checks an AsyncAPI document with the official parser, and its examples against their own schemas,
// which the parser leaves out for AsyncAPI 3.
//
//   npm ci --ignore-scripts && node validate.mjs FILE
//
// Prints what was found as JSON. Exit code 0: no errors; 1: errors; 2: it could not be checked.

import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';

const SEVERITIES = ['error', 'warning', 'info', 'hint'];

async function diagnose(text) {
  const { document, diagnostics } = await new Parser().parse(text);
  const found = diagnostics.map(({ severity, code, message, path }) => ({
    severity: SEVERITIES[severity],
    code: String(code),
    message,
    path: path.join('.'),
  }));
  return document ? [...found, ...wrongExamples(document)] : found;
}

function wrongExamples(document) {
  // Not strict: the parser leaves notes of its own (x-parser-...) in the schemas.
  const ajv = addFormats.default(new Ajv({ strict: false, allErrors: true }));
  return document.components().messages().all().flatMap((message) => {
    const fits = ajv.compile(message.payload().json());
    return message.examples().all().flatMap((example) => fits(example.payload()) ? [] : [{
      severity: 'error',
      code: 'example',
      message: ajv.errorsText(fits.errors, { dataVar: 'payload' }),
      path: `components.messages.${message.id()}.examples.${example.name()}`,
    }]);
  });
}

try {
  const found = await diagnose(await readFile(process.argv[2], 'utf8'));
  console.log(JSON.stringify(found, null, 2));
  process.exitCode = found.some(({ severity }) => severity === 'error') ? 1 : 0;
} catch (error) {
  console.error(error);
  process.exitCode = 2;
}
