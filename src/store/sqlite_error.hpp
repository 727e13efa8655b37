#pragma once
// SQLite's result codes as the store's errors.

#include <string_view>

#include "core/error.hpp"

namespace vitrine::store {

// `code` is extended; `text` is SQLite's message, which holds names but no bound values; `statement` is for the log.
Error sqlite_error(int code, std::string_view text, std::string_view statement);

// Whether the disk refused to say that it holds what was written.
bool is_fsync_failure(int code);
// Whether any reading or writing failed.
bool is_input_output_failure(int code);

}  // namespace vitrine::store
