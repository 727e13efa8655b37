#pragma once
// Id<Tag>: a UUIDv7 (RFC 9562) that cannot be mixed up with the id of another thing.

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace vitrine {

using Uuid = std::array<std::uint8_t, 16>;

// Time-ordered: a later call in this process gives a greater id. Any thread.
Uuid make_uuid_v7();
std::string to_string(const Uuid&);
// Errors: id.malformed.
Result<Uuid> parse_uuid(std::string_view);

template <class Tag>
struct Id {
    Uuid bytes{};

    static Id make() { return Id{make_uuid_v7()}; }
    static Result<Id> parse(std::string_view text) { return Id{TRY(parse_uuid(text))}; }
    auto operator<=>(const Id&) const = default;
};

template <class Tag>
std::string to_string(const Id<Tag>& id) {
    return to_string(id.bytes);
}

// Named here because every floor room carries them.
using WorkspaceId = Id<struct WorkspaceTag>;
using PersonId = Id<struct PersonTag>;

}  // namespace vitrine

template <class Tag>
struct std::hash<vitrine::Id<Tag>> {
    std::size_t operator()(const vitrine::Id<Tag>& id) const noexcept {
        return std::hash<std::string_view>{}({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
    }
};
