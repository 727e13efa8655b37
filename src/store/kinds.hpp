#pragma once
// Inside this room only: the two kinds of Database.

#include <memory>

#include "core/result.hpp"
#include "store/database.hpp"

namespace vitrine::store {

Result<std::unique_ptr<Database>> open_sqlite(const Options&);
Result<std::unique_ptr<Database>> open_postgres(const Options&);

}  // namespace vitrine::store
