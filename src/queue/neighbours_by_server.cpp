#include "queue/neighbours.hpp"

namespace vitrine::queue {

Result<std::unique_ptr<Neighbours>> Neighbours::join_server(const std::string&) {
    return Error{Kind::internal, "queue.neighbours", "Not yet."};
}

}  // namespace vitrine::queue
