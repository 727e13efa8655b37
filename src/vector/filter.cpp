#include "vector/filter.hpp"

#include <algorithm>
#include <bit>

namespace vitrine::vector {
namespace {

// Fibonacci hashing: the high bits of this product are well spread even for keys that count up.
std::uint64_t spread(Key key) {
    return key * 0x9e3779b97f4a7c15u;
}

}  // namespace

KeySet::KeySet(std::vector<Key> keys) : keys_(std::move(keys)) {
    std::sort(keys_.begin(), keys_.end());
    keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
    // Sixteen bits a key: about one stranger in sixteen is looked up in vain.
    const std::size_t bits = std::bit_ceil(std::max<std::size_t>(64, keys_.size() * 16));
    shift_ = 64 - std::countr_zero(bits);
    bits_.resize(bits / 64);
    for (Key key : keys_) {
        const std::uint64_t at = spread(key) >> shift_;
        bits_[at / 64] |= std::uint64_t{1} << at % 64;
    }
}

bool KeySet::contains(Key key) const {
    const std::uint64_t at = spread(key) >> shift_;
    if ((bits_[at / 64] >> at % 64 & 1) == 0) return false;
    return std::binary_search(keys_.begin(), keys_.end(), key);
}

}  // namespace vitrine::vector
