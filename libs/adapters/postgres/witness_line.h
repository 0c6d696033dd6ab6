#pragma once

#include "adapters/postgres/statement.h"
#include "domain/payment/ports/witness_log.h"

namespace starlift::postgres {

// $1 normalized hash, $2 number, $3 wallet, $4 seqno, $5 valid until, $6 orders, $7 payload hashes,
// $8 payees, $9 start lt, $10 wallet version, $11 public key: of a witness line, in two databases.
Params WitnessLineParams(const WitnessLine& line);

// The same columns, in the same order; the arrays as array_to_string(…, ',') makes them: nothing in
// them holds a comma.
WitnessLine WitnessLineFromRow(RowReader& row);

}  // namespace starlift::postgres
