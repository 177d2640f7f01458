// The scenarios of one cluster, as one file: mocha gives each file a process that may be another's
// too, and they share a control plane that is stopped after the last of them.

import './scenarios/corpus.scenario.ts';
import './scenarios/debug.scenario.ts';
import './scenarios/dogfood.scenario.ts';
import './scenarios/explain.scenario.ts';
import './scenarios/modes.scenario.ts';
import './scenarios/neighbours.scenario.ts';
import './scenarios/outage.scenario.ts';
import './scenarios/refused-reviews.scenario.ts';
import './scenarios/reinvocation.scenario.ts';
import './scenarios/restricted-corpus.scenario.ts';
import './scenarios/seeds.scenario.ts';
import './scenarios/size.scenario.ts';
