#pragma once

#include <optional>
#include <string>

#include "sandbox/toncenter_answer.h"

namespace starlift::sandbox {

// The paths of v3 that show transactions and messages; absent: not one of them.
std::optional<Answer> CallV3History(const View& view, const std::string& path,
                                    const Parameters& parameters);

// Adds the account to the address book of an answer.
void PutBook(const View& view, const ton::Address& address, nlohmann::json* book);

}  // namespace starlift::sandbox
