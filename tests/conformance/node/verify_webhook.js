// Asks npm's `standardwebhooks` about deliveries. Standard input: one JSON object a line,
//   {"secret": "whsec_…", "headers": {"webhook-id": …}, "body": "…"}
// Standard output: for each line "ok" or "refused: why".
'use strict';

const readline = require('node:readline');
const { Webhook } = require('standardwebhooks');

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const delivery = JSON.parse(line);
  try {
    new Webhook(delivery.secret).verify(delivery.body, delivery.headers);
    console.log('ok');
  } catch (error) {
    console.log('refused: ' + error.message);
  }
});
