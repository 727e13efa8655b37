#include "photo/hevc_size.hpp"

#include <vector>

namespace vitrine::photo {
namespace {

constexpr std::uint64_t sequence_parameter_set = 33;

// Bits of a NAL unit, most significant first. Past the end it reads zeros, and `ok` says so.
class Bits {
public:
    explicit Bits(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

    std::uint64_t take(int count) {
        std::uint64_t value = 0;
        for (int i = 0; i < count; ++i, ++at_) {
            ok_ = ok_ && at_ / 8 < bytes_.size();
            value = value << 1 | (ok_ ? bytes_[at_ / 8] >> (7 - at_ % 8) & 1u : 0u);
        }
        return value;
    }
    // ue(v), section 9.2: as many zeros as bits follow the one.
    std::uint64_t take_exp_golomb() {
        int zeros = 0;
        while (ok_ && zeros < 32 && take(1) == 0) ++zeros;
        return (std::uint64_t{1} << zeros) - 1 + take(zeros);
    }
    bool ok() const { return ok_; }

private:
    std::vector<std::uint8_t> bytes_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

// Section 7.3.1.1: 00 00 03 stands for 00 00.
std::vector<std::uint8_t> without_emulation_prevention(Bytes unit) {
    std::vector<std::uint8_t> plain;
    int zeros = 0;
    for (std::uint8_t byte : unit) {
        if (zeros >= 2 && byte == 3) {
            zeros = 0;
            continue;
        }
        zeros = byte == 0 ? zeros + 1 : 0;
        plain.push_back(byte);
    }
    return plain;
}

// Section 7.3.2.2, as far as the size.
std::optional<CodedSize> read_parameter_set(Bytes unit) {
    constexpr std::size_t enough = 256;  // the size comes long before; the rest may be megabytes
    Bits bits(without_emulation_prevention(unit.first(std::min(unit.size(), enough))));
    bits.take(16 + 4);  // NAL header, video parameter set id
    auto sub_layers = bits.take(3);
    bits.take(1);
    bits.take(88 + 8);  // general profile, tier, level
    std::uint64_t profiles = 0, levels = 0;
    for (std::uint64_t i = 0; i < sub_layers; ++i) {
        profiles += bits.take(1);
        levels += bits.take(1);
    }
    if (sub_layers > 0) bits.take(static_cast<int>(2 * (8 - sub_layers)));
    bits.take(static_cast<int>(88 * profiles + 8 * levels));
    bits.take_exp_golomb();  // its id
    if (bits.take_exp_golomb() == 3) bits.take(1);
    auto width = bits.take_exp_golomb(), height = bits.take_exp_golomb();
    if (!bits.ok()) return std::nullopt;
    return CodedSize{static_cast<std::int64_t>(width), static_cast<std::int64_t>(height)};
}

}  // namespace

std::optional<CodedSize> hevc_size(Bytes hvcc) {
    std::optional<CodedSize> largest;
    Reader reader(hvcc);
    reader.skip(22);
    auto arrays = reader.take(1);
    for (std::uint64_t i = 0; i < arrays && reader.ok(); ++i) {
        auto type = reader.take(1) & 63;
        auto units = reader.take(2);
        for (std::uint64_t k = 0; k < units && reader.ok(); ++k) {
            auto length = reader.take(2);
            auto unit = cut(hvcc, reader.at(), length);
            reader.skip(length);
            if (!reader.ok() || type != sequence_parameter_set) continue;
            auto size = read_parameter_set(unit);
            if (size && (!largest || size->width * size->height > largest->width * largest->height)) largest = size;
        }
    }
    return largest;
}

}  // namespace vitrine::photo
