#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Early return of a failed absl::Status, and assignment of a StatusOr's value.
#define RETURN_IF_ERROR(expression)                                                        \
  do {                                                                                     \
    if (absl::Status status_macro = (expression); !status_macro.ok()) return status_macro; \
  } while (false)

#define STARLIFT_CONCAT_INNER(a, b) a##b
#define STARLIFT_CONCAT(a, b) STARLIFT_CONCAT_INNER(a, b)
#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_IMPL(STARLIFT_CONCAT(statusor_macro_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_IMPL(name, declaration, expression) \
  auto name = (expression);                                  \
  if (!name.ok()) return std::move(name).status();           \
  declaration = std::move(name).value()
