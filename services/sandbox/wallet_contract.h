#pragma once

#include <cstdint>

#include "sandbox/contract_run.h"
#include "ton/cell.h"

namespace starlift::sandbox {

// Wallet V5R1's code on an external body, in its order of checks: opcode (138), signature (135),
// signature allowed (132), seqno (133), wallet id (134), valid_until (136); then the seqno is
// stored, and only then the actions are looked at (137, 147). `gas_limit` is what the balance can
// pay for. Extensions are not played: the actions that add or remove one end as unknown ones.
ContractRun RunWalletV5(const ton::CellRef& data, const ton::CellRef& body, uint32_t now,
                        uint64_t gas_limit);

// The same code on the body of an internal message. A request that the owner has signed is carried
// out, for somebody else's gas and under the same seqno; here a failure stores nothing. What is not
// signed by the owner is taken as a gift, requests of extensions too.
ContractRun ReceiveWalletV5(const ton::CellRef& data, const ton::CellRef& body, uint32_t now);

}  // namespace starlift::sandbox
