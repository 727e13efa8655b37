#include "vision/text_alphabet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>

namespace vitrine::vision {
namespace {

// As much of the protocol buffers encoding as it takes to walk over a file's fields.
class Fields {
public:
    explicit Fields(std::istream& in) : in_(in) {}

    struct Field {
        std::uint64_t number = 0;
        std::uint64_t wire = 0;
        std::uint64_t length = 0;  // of the bytes that follow, when wire is `bytes`
    };
    static constexpr std::uint64_t bytes = 2;

    // The next field's head; none at the end or where the file makes no sense.
    std::optional<Field> next() {
        auto key = varint();
        if (!key) return {};
        Field field{*key >> 3, *key & 7, 0};
        switch (field.wire) {
            case 0:
                return varint() ? std::optional(field) : std::nullopt;
            case 1:
                return skip(8) ? std::optional(field) : std::nullopt;
            case 5:
                return skip(4) ? std::optional(field) : std::nullopt;
            case bytes: {
                auto length = varint();
                if (!length) return {};
                field.length = *length;
                return field;
            }
            default:
                return {};
        }
    }

    bool skip(std::uint64_t length) {
        if (length > length_max) return false;
        return static_cast<bool>(in_.seekg(static_cast<std::streamoff>(length), std::ios::cur));
    }

    std::optional<std::string> take(std::uint64_t length) {
        if (length > text_max) return {};
        std::string text(length, '\0');
        if (!in_.read(text.data(), static_cast<std::streamsize>(length))) return {};
        return text;
    }

private:
    static constexpr std::uint64_t length_max = std::uint64_t{1} << 32;
    static constexpr std::uint64_t text_max = 4'000'000;

    std::optional<std::uint64_t> varint() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int byte = in_.get();
            if (byte == std::istream::traits_type::eof()) return {};
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (!(byte & 0x80)) return value;
        }
        return {};
    }

    std::istream& in_;
};

// ModelProto.metadata_props = 14, a StringStringEntryProto {key = 1, value = 2} each.
std::optional<std::string> metadata(std::istream& file, std::string_view wanted) {
    Fields fields(file);
    while (auto field = fields.next()) {
        if (field->wire != Fields::bytes) continue;
        if (field->number != 14) {
            if (!fields.skip(field->length)) return {};
            continue;
        }
        const auto end = file.tellg() + static_cast<std::streamoff>(field->length);
        std::string key, value;
        while (file.tellg() < end) {
            auto part = fields.next();
            if (!part || part->wire != Fields::bytes) return {};
            auto text = fields.take(part->length);
            if (!text) return {};
            (part->number == 1 ? key : value) = std::move(*text);
        }
        if (key == wanted) return value;
    }
    return {};
}

// The class of most of the probability. Most steps are the blank or the letter before: what has more than half is the
// best, and then the other 18,000 need no look.
std::size_t best_of(std::span<const float> row, std::size_t before) {
    for (std::size_t guess : {std::size_t{0}, before})
        if (row[guess] > 0.5f) return guess;
    return static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

}  // namespace

Result<Alphabet> read_alphabet(const std::filesystem::path& onnx) {
    std::ifstream file(onnx, std::ios::binary);
    if (!file)
        return Error{Kind::unavailable, "vision.model_missing",
                     fmt::format("{} cannot be opened; run `vitrine models pull`.", onnx.string())};
    auto letters = metadata(file, "character");
    if (!letters || letters->empty())
        return Error{Kind::corrupt, "vision.model_damaged",
                     fmt::format("{} does not say which letters it writes; run `vitrine models pull`.", onnx.string())};

    Alphabet alphabet{""};
    for (std::size_t from = 0; from < letters->size();) {
        auto to = std::min(letters->find('\n', from), letters->size());
        alphabet.push_back(letters->substr(from, to - from));
        from = to + 1;
    }
    alphabet.push_back(" ");
    return alphabet;
}

Reading read_steps(std::span<const float> scores, const Alphabet& alphabet) {
    Reading reading;
    const std::size_t classes = alphabet.size();
    if (classes == 0) return reading;
    double sum = 0;
    std::size_t letters = 0, before = 0;
    for (std::size_t step = 0; step < scores.size() / classes; ++step) {
        auto row = scores.subspan(step * classes, classes);
        const std::size_t best = best_of(row, before);
        if (best != 0 && (step == 0 || best != before)) {
            reading.text += alphabet[best];
            sum += row[best];
            ++letters;
        }
        before = best;
    }
    if (letters > 0) reading.confidence = sum / static_cast<double>(letters);
    return reading;
}

}  // namespace vitrine::vision
