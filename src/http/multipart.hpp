#pragma once
// multipart/form-data (RFC 7578, RFC 2046) read as it arrives, in pieces of any size; nothing but a part's header and
// a possible delimiter is kept. Strict where readers disagree: what one could take for a file and another for text is
// refused.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace vitrine::http {

struct Part {
    std::string name;
    // As the client says: data, never a path. Control characters and bytes that are not UTF-8 are replaced by U+FFFD.
    std::optional<std::string> file_name;
};

// What the reader finds, in order: begin, data any number of times, end. An error stops the reader with it.
class PartSink {
public:
    virtual ~PartSink() = default;
    virtual Result<void> begin(const Part&) = 0;
    virtual Result<void> data(std::string_view) = 0;
    virtual Result<void> end() = 0;
};

class MultipartReader {
public:
    struct Limits {
        std::size_t parts_max = 100;
        std::size_t header_bytes_max = 4096;    // of one part
        std::size_t preamble_bytes_max = 1024;  // before the first part, and after the last
    };

    // The boundary of a Content-Type. Errors: http.multipart.
    static Result<std::string> boundary_of(std::string_view content_type);

    MultipartReader(std::string_view boundary, Limits, PartSink&);

    // Errors: http.multipart, http.too_many_parts, what the sink says.
    Result<void> feed(std::string_view);
    // Errors: http.multipart when the last delimiter has not come.
    Result<void> finish();

private:
    enum class State { preamble, after_delimiter, header, first_data, data, epilogue };

    Result<bool> step();  // true: there may be more to do without more bytes
    Result<bool> skip_to_delimiter();
    Result<bool> read_after_delimiter();
    Result<bool> read_header();
    Result<bool> read_first_data();
    Result<bool> read_data();

    std::string delimiter_;  // "\r\n--boundary"
    Limits limits_;
    PartSink& sink_;
    State state_ = State::preamble;
    std::string pending_;
    std::size_t skipped_ = 0;
    std::size_t parts_ = 0;
};

// A header's parameters: `form-data; name="a"; filename="b.jpg"`. Quoted or plain; in quotes, \" and \\ are unescaped,
// as are %22, %0D and %0A, which browsers write; other backslashes stay (old browsers send C:\photos\x.jpg).
// Errors: http.multipart when it cannot be read, or names a parameter twice.
struct HeaderWithParameters {
    std::string value;  // lower case
    std::vector<std::pair<std::string, std::string>> parameters;
    const std::string* find(std::string_view name) const;
};
Result<HeaderWithParameters> parse_parameters(std::string_view header);

// File names as they may be kept: valid UTF-8 without control characters, at most 255 code points.
std::string as_file_name(std::string_view raw);

}  // namespace vitrine::http
