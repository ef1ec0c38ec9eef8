// node validate.mjs FORMAT FILE SCHEMAS : checks an export with the schemas of its makers.
// FORMAT is stix, attack-flow, sigma or navigator; SCHEMAS is a folder with stix-2.1, attack-flow and
// sigma; node modules (ajv, ajv-formats, js-yaml) come from NODE_PATH. Prints what is wrong; exits 1.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const [format, file, schemas] = process.argv.slice(2);
const require = createRequire(path.join(process.env.NODE_PATH ?? '.', 'x.js'));
const Ajv = require('ajv/dist/2020.js').default;
const formats = require('ajv-formats').default ?? require('ajv-formats');
const problems = [];

function newAjv() {
  // The schemas hold patterns that the unicode flag refuses.
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  formats(ajv);
  return ajv;
}

function load(name) {
  const schema = JSON.parse(fs.readFileSync(name, 'utf8'));
  schema.$schema = 'https://json-schema.org/draft/2020-12/schema';
  return schema;
}

// References name the STIX schemas by three spellings of their address.
const bases = [
  'http://raw.githubusercontent.com/oasis-open/cti-stix2-json-schemas/stix2.1/schemas/',
  'https://raw.githubusercontent.com/oasis-open/cti-stix2-json-schemas/stix2.1/schemas/',
  'https://raw.githubusercontent.com/oasis-open/cti-stix2-json-schemas/master/schemas/',
];

function stix() {
  const root = path.join(schemas, 'stix-2.1/schemas');
  const ajv = newAjv();
  const byType = new Map();
  for (const folder of ['common', 'observables', 'sdos', 'sros']) {
    for (const name of fs.readdirSync(path.join(root, folder))) {
      for (const [i, base] of bases.entries()) {
        const schema = load(path.join(root, folder, name));
        schema.$id = base + folder + '/' + name;
        ajv.addSchema(schema);
        if (i === 0) byType.set(name.replace('.json', ''), schema.$id);
      }
    }
  }
  return { ajv, byType };
}

function report(validate, value, what) {
  if (!validate(value)) {
    for (const e of validate.errors) problems.push(`${what}: ${e.instancePath} ${e.message}`);
  }
}

function checkBundle() {
  const { ajv, byType } = stix();
  let flow = null;
  if (format === 'attack-flow') {
    flow = ajv.compile(load(path.join(schemas, 'attack-flow/attack-flow-schema-2.0.0.json')));
  }
  const bundle = JSON.parse(fs.readFileSync(file, 'utf8'));
  const ids = new Set();
  for (const o of bundle.objects) {
    const what = `${o.type} ${o.id}`;
    if (ids.has(o.id)) problems.push(`${what}: the id occurs twice`);
    ids.add(o.id);
    if (flow && o.type.startsWith('attack-') && o.type !== 'attack-pattern') report(flow, o, what);
    else if (!byType.has(o.type)) problems.push(`${what}: no schema`);
    else report(ajv.getSchema(byType.get(o.type)), o, what);
    if (o.type !== 'marking-definition' && !o.object_marking_refs?.length) problems.push(`${what}: not marked`);
  }
  const outside = new Set();
  for (const o of bundle.objects) {
    for (const [key, v] of Object.entries(o)) {
      if (!/_refs?$/.test(key)) continue;
      for (const id of [v].flat()) if (!ids.has(id)) outside.add(`${o.id} ${key} ${id}`);
    }
  }
  for (const o of outside) problems.push(`reference to nothing: ${o}`);
  if (flow && bundle.objects.filter((o) => o.type === 'attack-flow').length !== 1) problems.push('not one attack-flow');
  return bundle.objects.length;
}

function checkSigma() {
  const yaml = require('js-yaml');
  const ajv = newAjv();
  const validate = ajv.compile(load(path.join(schemas, 'sigma/json-schema/sigma-detection-rule-schema.json')));
  const rules = yaml.loadAll(fs.readFileSync(file, 'utf8'), null, { schema: yaml.JSON_SCHEMA }).filter((r) => r);
  for (const r of rules) report(validate, r, r.title);
  return rules.length;
}

// The layer format of ATT&CK Navigator 4.5 as its own page describes it; there is no official schema.
function checkNavigator() {
  const named = { type: 'object', required: ['name', 'value'], properties: { name: { type: 'string' }, value: { type: 'string' } } };
  const schema = {
    type: 'object',
    required: ['name', 'domain', 'versions', 'techniques'],
    properties: {
      name: { type: 'string', minLength: 1 },
      domain: { enum: ['enterprise-attack', 'mobile-attack', 'ics-attack'] },
      versions: {
        type: 'object', required: ['layer', 'navigator'], additionalProperties: false,
        properties: { layer: { const: '4.5' }, navigator: { type: 'string', pattern: '^\\d+\\.\\d+' }, attack: { type: 'string', pattern: '^\\d+' } },
      },
      description: { type: 'string' },
      sorting: { type: 'integer', minimum: 0, maximum: 3 },
      techniques: {
        type: 'array',
        items: {
          type: 'object', required: ['techniqueID'], additionalProperties: false,
          properties: {
            techniqueID: { type: 'string', pattern: '^T\\d{4}(\\.\\d{3})?$' }, tactic: { type: 'string' },
            score: { type: 'number' }, color: { type: 'string' }, comment: { type: 'string' }, enabled: { type: 'boolean' },
            metadata: { type: 'array', items: named }, links: { type: 'array' }, showSubtechniques: { type: 'boolean' },
          },
        },
      },
      gradient: {
        type: 'object', required: ['colors', 'minValue', 'maxValue'],
        properties: { colors: { type: 'array', minItems: 2, items: { pattern: '^#[0-9a-fA-F]{6,8}$' } }, minValue: { type: 'number' }, maxValue: { type: 'number' } },
      },
      legendItems: { type: 'array', items: { type: 'object', required: ['label', 'color'] } },
      selectTechniquesAcrossTactics: { type: 'boolean' },
      selectSubtechniquesWithParent: { type: 'boolean' },
    },
    additionalProperties: false,
  };
  const layer = JSON.parse(fs.readFileSync(file, 'utf8'));
  report(newAjv().compile(schema), layer, 'layer');
  const ids = layer.techniques.map((t) => t.techniqueID);
  if (new Set(ids).size !== ids.length) problems.push('a technique occurs twice');
  return ids.length;
}

const n = { stix: checkBundle, 'attack-flow': checkBundle, sigma: checkSigma, navigator: checkNavigator }[format]();
if (problems.length > 0) {
  console.log(problems.slice(0, 20).join('\n'));
  process.exit(1);
}
console.log(`${n} checked`);
