#include "http/multipart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "core/utf8.hpp"

namespace vitrine::http {
namespace {

Error malformed(std::string_view why) {
    return {Kind::invalid, "http.multipart", fmt::format("The multipart body cannot be read: {}.", why)};
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

std::string_view trimmed(std::string_view text) {
    auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

bool is_token(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::size_t find(std::string_view text, std::string_view needle) {
    const void* found = ::memmem(text.data(), text.size(), needle.data(), needle.size());
    return found ? static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) : std::string_view::npos;
}

// Reads a quoted string that starts behind its opening quote; `text` then starts behind the closing one.
Result<std::string> read_quoted(std::string_view& text) {
    std::string out;
    while (!text.empty()) {
        char c = text.front();
        if (c == '"') {
            text.remove_prefix(1);
            return out;
        }
        if (c == '\\' && text.size() > 1 && (text[1] == '"' || text[1] == '\\')) {
            c = text[1];
            text.remove_prefix(1);
        } else if (c == '%' && text.size() > 2) {
            auto code = lower(text.substr(1, 2));
            if (code == "22" || code == "0d" || code == "0a") {
                c = code == "22" ? '"' : code == "0d" ? '\r' : '\n';
                text.remove_prefix(2);
            }
        }
        out += c;
        text.remove_prefix(1);
    }
    return malformed("a quoted name does not end");
}

Result<Part> read_part_header(std::string_view lines) {
    Part part;
    bool disposition_seen = false;
    while (!lines.empty()) {
        auto end = lines.find("\r\n");
        auto line = lines.substr(0, end);
        lines = end == std::string_view::npos ? std::string_view{} : lines.substr(end + 2);
        if (line.find_first_of("\r\n") != std::string_view::npos) return malformed("a line of a part's header ends in a lone CR or LF");
        auto colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0 ||
            !std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), is_token))
            return malformed("a line of a part's header is not \"Name: value\"");
        auto name = lower(line.substr(0, colon));
        auto value = trimmed(line.substr(colon + 1));
        if (name == "content-disposition") {
            if (std::exchange(disposition_seen, true)) return malformed("a part has two Content-Disposition lines");
            auto disposition = TRY(parse_parameters(value));
            if (disposition.value != "form-data") return malformed("a part's Content-Disposition is not form-data");
            const auto* field = disposition.find("name");
            if (!field) return malformed("a part has no name");
            if (!utf8::length(*field) ||
                std::any_of(field->begin(), field->end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
                return malformed("a part's name is not plain UTF-8 text");
            part.name = *field;
            if (const auto* file = disposition.find("filename")) part.file_name = as_file_name(*file);
        } else if (name == "content-transfer-encoding") {
            auto encoding = lower(value);
            if (encoding != "7bit" && encoding != "8bit" && encoding != "binary")
                return malformed("a part is encoded; send its bytes as they are");
        }
    }
    if (!disposition_seen) return malformed("a part has no Content-Disposition");
    return part;
}

}  // namespace

const std::string* HeaderWithParameters::find(std::string_view name) const {
    for (const auto& [kept, value] : parameters)
        if (kept == name) return &value;
    return nullptr;
}

Result<HeaderWithParameters> parse_parameters(std::string_view text) {
    HeaderWithParameters header;
    auto semicolon = text.find(';');
    header.value = lower(trimmed(text.substr(0, semicolon)));
    text = semicolon == std::string_view::npos ? std::string_view{} : text.substr(semicolon + 1);
    while (!(text = trimmed(text)).empty()) {
        if (text.front() == ';') {
            text.remove_prefix(1);
            continue;
        }
        auto name_end = std::find_if_not(text.begin(), text.end(), is_token);
        auto name = lower(std::string_view(text.begin(), name_end));
        text = trimmed(text.substr(name.size()));
        if (name.empty() || !text.starts_with('=')) return malformed("a parameter of a header is not name=value");
        text = trimmed(text.substr(1));
        std::string value;
        if (text.starts_with('"')) {
            text.remove_prefix(1);
            value = TRY(read_quoted(text));
        } else {
            auto end = text.find(';');
            value = trimmed(text.substr(0, end));
            if (value.find_first_of(" \t\"") != std::string::npos) return malformed("a parameter with spaces or quotes must be quoted");
            text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
        }
        if (text = trimmed(text); !text.empty() && text.front() != ';') return malformed("a quoted parameter is followed by more text");
        if (header.find(name)) return malformed("a parameter of a header comes twice");
        header.parameters.emplace_back(std::move(name), std::move(value));
    }
    return header;
}

std::string as_file_name(std::string_view raw) {
    constexpr std::string_view replacement = "\xef\xbf\xbd";
    std::string name;
    for (std::size_t at = 0; at < raw.size();) {
        // The shortest valid sequence that starts here is one code point.
        std::size_t length = 1;
        while (length <= 4 && at + length <= raw.size() && !utf8::length(raw.substr(at, length))) ++length;
        auto c = static_cast<unsigned char>(raw[at]);
        if (length > 4 || at + length > raw.size()) {
            name += replacement;
            ++at;
            continue;
        }
        if (c < 0x20 || c == 0x7f)
            name += replacement;
        else
            name += raw.substr(at, length);
        at += length;
    }
    return std::string(utf8::prefix(name, 255));
}

Result<std::string> MultipartReader::boundary_of(std::string_view content_type) {
    auto type = TRY(parse_parameters(content_type));
    const auto* boundary = type.find("boundary");
    if (!boundary || boundary->empty() || boundary->size() > 70 || boundary->back() == ' ')
        return malformed("its boundary is missing or not 1 to 70 characters");
    for (char c : *boundary)
        if (!std::isalnum(static_cast<unsigned char>(c)) && std::string_view("'()+_,-./:=? ").find(c) == std::string_view::npos)
            return malformed("its boundary has a character that RFC 2046 does not allow");
    return *boundary;
}

MultipartReader::MultipartReader(std::string_view boundary, Limits limits, PartSink& sink)
    : delimiter_(fmt::format("\r\n--{}", boundary)),
      limits_(limits),
      sink_(sink),
      pending_("\r\n") {}  // so that a first delimiter at the very start is like any other

Result<void> MultipartReader::feed(std::string_view bytes) {
    pending_.append(bytes);
    while (TRY(step())) {
    }
    return {};
}

Result<void> MultipartReader::finish() {
    if (state_ != State::epilogue) return malformed("it ends before its last boundary");
    return {};
}

Result<bool> MultipartReader::step() {
    switch (state_) {
        case State::preamble:
            return skip_to_delimiter();
        case State::after_delimiter:
            return read_after_delimiter();
        case State::header:
            return read_header();
        case State::first_data:
            return read_first_data();
        case State::data:
            return read_data();
        case State::epilogue:
            skipped_ += pending_.size();
            pending_.clear();
            if (skipped_ > limits_.preamble_bytes_max) return malformed("there is too much behind its last boundary");
            return false;
    }
    return false;
}

Result<bool> MultipartReader::skip_to_delimiter() {
    auto at = find(pending_, delimiter_);
    // While it has not come, it can begin no earlier than where its first letters would still be unread.
    const auto earliest = at != std::string_view::npos ? at : pending_.size() - std::min(pending_.size(), delimiter_.size() - 1);
    if (earliest > limits_.preamble_bytes_max)
        return malformed("its first boundary does not come; is the boundary of the Content-Type right?");
    if (at == std::string_view::npos) return false;
    pending_.erase(0, at + delimiter_.size());
    state_ = State::after_delimiter;
    return true;
}

Result<bool> MultipartReader::read_after_delimiter() {
    if (pending_.size() < 2) return false;
    if (pending_.starts_with("--")) {
        pending_.erase(0, 2);
        state_ = State::epilogue;
        return true;
    }
    auto line_end = pending_.find("\r\n");
    auto padding = std::string_view(pending_).substr(0, line_end);
    if (padding.ends_with('\r') && line_end == std::string::npos) padding.remove_suffix(1);
    if (padding.find_first_not_of(" \t") != std::string_view::npos || padding.size() > 64)
        return malformed("a boundary is followed by text");
    if (line_end == std::string::npos) return false;
    if (++parts_ > limits_.parts_max)
        return Error{Kind::invalid, "http.too_many_parts", fmt::format("The multipart body has more than {} parts.", limits_.parts_max)};
    pending_.erase(0, line_end);  // the line's end stays: a header without lines is then "\r\n\r\n" too
    state_ = State::header;
    return true;
}

Result<bool> MultipartReader::read_header() {
    auto end = pending_.find("\r\n\r\n");
    if ((end == std::string::npos ? pending_.size() : end) > limits_.header_bytes_max)
        return malformed(fmt::format("a part's header is larger than {} bytes", limits_.header_bytes_max));
    if (end == std::string::npos) return false;
    auto part = TRY(read_part_header(end == 0 ? std::string_view{} : std::string_view(pending_).substr(2, end - 2)));
    TRY(sink_.begin(part));
    pending_.erase(0, end + 2);  // the blank line's end stays: see read_first_data
    state_ = State::first_data;
    return true;
}

// A part without a body may end where its header does: that line's end is then the delimiter's.
Result<bool> MultipartReader::read_first_data() {
    auto known = std::min(pending_.size(), delimiter_.size());
    bool may_be_delimiter = pending_.compare(0, known, delimiter_, 0, known) == 0;
    if (may_be_delimiter && known < delimiter_.size()) return false;
    if (!may_be_delimiter) pending_.erase(0, 2);
    state_ = State::data;
    return true;
}

Result<bool> MultipartReader::read_data() {
    auto at = find(pending_, delimiter_);
    if (at != std::string_view::npos) {
        if (at > 0) TRY(sink_.data(std::string_view(pending_).substr(0, at)));
        TRY(sink_.end());
        pending_.erase(0, at + delimiter_.size());
        state_ = State::after_delimiter;
        return true;
    }
    // All but what may be the start of a delimiter is data.
    auto kept = std::min(pending_.size(), delimiter_.size() - 1);
    if (auto data = pending_.size() - kept; data > 0) {
        TRY(sink_.data(std::string_view(pending_).substr(0, data)));
        pending_.erase(0, data);
    }
    return false;
}

}  // namespace vitrine::http
