#pragma once
// A file compiled into the program (cmake/Embed.cmake). Its bytes live as long as the process.

#include <string_view>

namespace vitrine {

struct EmbeddedFile {
    std::string_view path;  // relative to the room's folder, "migrations/0001_listing.sql"
    std::string_view bytes;
};

}  // namespace vitrine
