import { expect } from 'chai';
import { colourEnabled } from '../../src/config.ts';

describe('colour', () => {
  it('is for terminals, unless the environment says otherwise', () => {
    const terminal = { isTTY: true };
    const pipe = {};
    expect(colourEnabled(terminal, {})).to.equal(true);
    expect(colourEnabled(pipe, {})).to.equal(false);
    expect(colourEnabled(terminal, { TERM: 'dumb' })).to.equal(false);
    expect(colourEnabled(terminal, { NO_COLOR: '1' })).to.equal(false);
    expect(colourEnabled(terminal, { NO_COLOR: '' })).to.equal(true);
    expect(colourEnabled(pipe, { FORCE_COLOR: '1' })).to.equal(true);
    expect(colourEnabled(terminal, { FORCE_COLOR: '0' })).to.equal(false);
    expect(colourEnabled(pipe, { FORCE_COLOR: '1', NO_COLOR: '1' })).to.equal(false);
    // Colour in a continuous integration run would end up in patch files.
    expect(colourEnabled(pipe, { CI: 'true' })).to.equal(false);
  });
});
