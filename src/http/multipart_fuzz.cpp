// Any bytes, cut in any way, read the same as in one piece, and never more than the limits allow.
//   build/fuzz/bin/http_multipart_fuzz src/http/testdata/corpus/multipart
// The first byte of an input is the size of the pieces; the rest is a body whose boundary is B.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/multipart.hpp"

namespace {

using namespace vitrine;

struct Notes : http::PartSink {
    std::string text;
    Result<void> begin(const http::Part& part) override {
        if (part.file_name && part.file_name->find('\0') != std::string::npos) std::abort();
        text += "[" + part.name + "|" + part.file_name.value_or("-") + ":";
        return {};
    }
    Result<void> data(std::string_view bytes) override {
        if (bytes.empty()) std::abort();
        text += bytes;
        return {};
    }
    Result<void> end() override {
        text += "]";
        return {};
    }
};

// What was found, or the error. What was found before an error may differ with the pieces, so it does not count.
std::string read(std::string_view body, std::size_t piece) {
    Notes notes;
    http::MultipartReader reader("B", {.parts_max = 20, .header_bytes_max = 256, .preamble_bytes_max = 64}, notes);
    for (std::size_t at = 0; at < body.size(); at += piece)
        if (auto fed = reader.feed(body.substr(at, piece)); !fed) return "refused";
    return reader.finish() ? notes.text : "refused";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (read(body, 1 + data[0]) != read(body, body.size())) std::abort();
    (void)http::MultipartReader::boundary_of(body);
    (void)http::as_file_name(body);
    return 0;
}
