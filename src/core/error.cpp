#include "core/error.hpp"

namespace vitrine {

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::invalid:
            return "invalid";
        case Kind::not_found:
            return "not_found";
        case Kind::conflict:
            return "conflict";
        case Kind::denied:
            return "denied";
        case Kind::limit:
            return "limit";
        case Kind::unavailable:
            return "unavailable";
        case Kind::corrupt:
            return "corrupt";
        case Kind::internal:
            return "internal";
    }
    return "internal";
}

}  // namespace vitrine
