#include "likeness/closeness.hpp"

namespace vitrine::likeness {

Closeness closeness_of(double score, std::optional<int>) {
    if (score >= 0.9) return Closeness::same_item;
    if (score >= 0.8) return Closeness::same_style;
    return Closeness::none;
}

}  // namespace vitrine::likeness
