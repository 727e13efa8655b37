#pragma once
// A CSV of photos with their true labels, for `vitrine eval`.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace vitrine::app {

struct LabelRow {
    int row = 0;  // line of the file, the header is 1
    std::filesystem::path photo;
    std::map<std::string, std::string> columns;
};

// RFC 4180 with a header; `required` columns must be there, and every photo must exist under `photos` (an extension may
// be left out of the column `image`). Errors: eval.csv, eval.column, eval.photo; the sentence names the row.
Result<std::vector<LabelRow>> read_labels(const std::filesystem::path& csv, const std::filesystem::path& photos,
                                          const std::vector<std::string>& required);

}  // namespace vitrine::app
