#pragma once
// What drafts are made with, replaced as a whole when labels or models change: a draft is made with one of them, whole.

#include <map>
#include <memory>
#include <string>

#include "catalog/catalog.hpp"

namespace vitrine::vision {
class Eyes;
}

namespace vitrine::listing {

struct Tools {
    std::shared_ptr<vision::Eyes> eyes;
    std::shared_ptr<const catalog::Catalog> catalog;
    std::string labels_version;  // changes with the catalogue's words

    // "labels" and each task that is ready, with its version.
    std::map<std::string, std::string> versions() const;
};

}  // namespace vitrine::listing
