#include "store/kinds.hpp"

namespace vitrine::store {

Result<std::unique_ptr<Database>> open_postgres(const Options&) {
    return Error{Kind::internal, "store.server", "Not yet."};
}

}  // namespace vitrine::store
