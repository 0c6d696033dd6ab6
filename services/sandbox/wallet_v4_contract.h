#pragma once

#include <cstdint>

#include "sandbox/contract_run.h"
#include "ton/cell.h"

namespace starlift::sandbox {

// Wallet V4R2's code on an external body, in its order of checks: valid_until (36), seqno (33),
// wallet id (34), signature (35); then the seqno is stored, and only then the messages are read.
// Plugins are not played: what asks for one uses the seqno up and sends nothing.
ContractRun RunWalletV4(const ton::CellRef& data, const ton::CellRef& body, uint32_t now,
                        uint64_t gas_limit);

// The same code on an internal message: it takes everything and does nothing.
ContractRun ReceiveWalletV4(const ton::CellRef& body, bool bounced);

}  // namespace starlift::sandbox
