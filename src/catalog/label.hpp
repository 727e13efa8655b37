#pragma once
// What a label says, weighed: the readers find candidates, this decides which of them may fill a field.

#include <optional>
#include <span>
#include <vector>

#include "catalog/fibres.hpp"
#include "catalog/line.hpp"
#include "catalog/read_brand.hpp"
#include "catalog/read_size.hpp"
#include "catalog/signs.hpp"

namespace vitrine::catalog {

struct LabelReading {
    std::optional<BrandReading> brand;
    std::optional<SizeReading> size;
    std::vector<SizeReading> sizes;          // everything believed, the one above among them: "EU 38", "UK 10", "M"
    std::vector<MaterialReading> materials;  // of those without a share only where the text is a label's
    std::vector<Sign> signs;
};

// What the readers found in the same lines.
struct LabelFindings {
    std::vector<BrandReading> brands;
    std::vector<SizeReading> sizes;
    std::vector<MaterialReading> materials;
    std::vector<Sign> signs;
};

// Pure. The rules, each there because a print on a T-shirt broke its absence:
// - an ordinary word is a brand only alone on its line and beside signs that weigh 1, or a size, and not below "dry clean";
// - a lone letter is a size only beside such signs or a brand's name near it;
// - a bare number is a size only beside a label's own text, and 30, 40, 60 never beside washing instructions;
// - two brands equally well read, or two sizes of one system, are none.
LabelReading weigh(std::span<const Line> lines, LabelFindings findings);

}  // namespace vitrine::catalog
