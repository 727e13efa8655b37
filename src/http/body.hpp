#pragma once
// The body of one request as it streams in: a JSON text in memory, photos into temporary files, hashed on the way.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "http/message.hpp"
#include "http/route.hpp"

namespace vitrine::http {

// Owns the temporary files: those still at their path when it goes are removed. One thread at a time.
class Body {
public:
    // What the headers already decide. Errors: http.unsupported_type, http.unexpected_body, http.multipart,
    // http.body_too_large, http.file_too_large.
    static Result<std::unique_ptr<Body>> open(const Request&, const Route&, std::optional<std::uint64_t> content_length,
                                              std::uint64_t upload_bytes_max, const std::filesystem::path& temporary);
    virtual ~Body() = default;

    // Errors: as open, and http.too_many_files, http.fields_too_large, http.field_not_text, http.disk.
    virtual Result<void> feed(std::string_view) = 0;
    // Moves what came into the request.
    virtual Result<void> finish(Request&) = 0;
};

// Removes the temporary files that an earlier process left, and makes the folder (0700).
// Errors: http.disk.
Result<void> clear_temporary(const std::filesystem::path& folder);

}  // namespace vitrine::http
