#pragma once
// The catalogue's words with one's own added: files in DATA/labels, named as the tables compiled in (brands.tsv), whose
// lines are read after the table's own.

#include <filesystem>
#include <memory>
#include <string>

#include "catalog/catalog.hpp"

namespace vitrine::app {

struct Labels {
    std::shared_ptr<const catalog::Catalog> catalog;
    std::string version;  // of all the words together
};

// A folder that is not there adds nothing. Errors: labels.unknown (a file that is no table), labels.wrong (a line that is
// not understood; `path` is FILE:LINE), labels.too_large, labels.unreadable.
Result<Labels> open_labels(const std::filesystem::path& folder);

}  // namespace vitrine::app
