import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import * as z from 'zod';
import { parseAllDocuments } from 'yaml';
import { imageProfileJsonSchema } from '../../src/core/catalogue/parse/schema.ts';

const file = new URL('../../profiles/image-profile.schema.json', import.meta.url);

describe('the JSON Schema of profiles', () => {
  it('is the committed file', () => {
    const text = `${JSON.stringify(imageProfileJsonSchema(), null, 2)}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
    expect(JSON.parse(readFileSync(file, 'utf8'))).to.deep.equal(imageProfileJsonSchema());
  });

  it('refuses unknown fields at every level and describes what it takes', () => {
    const objects = JSON.stringify(imageProfileJsonSchema()).match(/"type":"object"/g) ?? [];
    const closed =
      JSON.stringify(imageProfileJsonSchema()).match(/"additionalProperties":false/g) ?? [];
    // Labels and annotations are open.
    expect(objects.length - closed.length).to.equal(2);
    expect(closed.length).to.be.greaterThan(8);
    expect(imageProfileJsonSchema()).to.have.property('description');
  });

  it('takes every accepted profile and refuses what is wrong with one', () => {
    const schema = z.fromJSONSchema(imageProfileJsonSchema());
    const folder = new URL('accept/', import.meta.url);
    const documents = readdirSync(folder)
      .flatMap((name) => [...parseAllDocuments(readFileSync(new URL(name, folder), 'utf8'))])
      .map((document) => document.toJS() as unknown)
      .filter((value) => value !== null);
    expect(documents.length).to.be.greaterThan(4);
    for (const value of documents) expect(schema.safeParse(value).error).to.equal(undefined);
    const [valid] = documents as { spec: object }[];
    expect(schema.safeParse({ ...valid, extra: 1 }).success).to.equal(false);
    expect(schema.safeParse({ ...valid, spec: { ...valid?.spec, evidence: [] } }).success).to.equal(
      false,
    );
  });
});
