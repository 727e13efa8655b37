#pragma once
// Brand names: their spellings, what they are known for, and what of text read on a thing is one of them.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/categories.hpp"
#include "core/embedded.hpp"
#include "core/result.hpp"

namespace vitrine::catalog {

struct Brand {
    std::string_view name;
    std::string_view domain;  // "clothing", "shoes", "electronics", ...
    bool ordinary = false;    // the name is also an ordinary word
};

// One way to write a brand. A weak one counts only beside a second sign of a label.
struct Spelling {
    std::string text;   // joined (text.hpp)
    std::string bones;  // its skeleton
    std::size_t brand = 0;
    bool weak = false;
    std::size_t word_count = 1;
};

class Brands {
public:
    // Errors: catalog.bad_data, also when two brands share a spelling.
    static Result<Brands> load(std::span<const EmbeddedFile> files);

    std::span<const Brand> all() const { return brands_; }
    std::span<const Spelling> spellings() const { return spellings_; }

    // The brand that a person spells so in a search box or a form, or null.
    const Brand* find(std::string_view spelling) const;
    const Spelling* spelling(const std::string& joined) const;

    // Whether a brand read on a thing of this category may be its maker: a cola on a T-shirt is print.
    bool fits(const Brand& brand, const Category& category) const;

    // Whether the joined text is a word that merely looks like a brand ("basics" for Asics).
    bool is_trap(const std::string& joined) const { return traps_.contains(joined); }

private:
    Result<void> load_brands(std::span<const EmbeddedFile> files);
    Result<void> load_domains(std::span<const EmbeddedFile> files);
    Result<void> load_traps(std::span<const EmbeddedFile> files);
    bool add_spelling(std::string_view written, std::size_t brand, bool weak);

    std::vector<Brand> brands_;
    std::vector<Spelling> spellings_;
    std::unordered_map<std::string, std::size_t> by_text_;
    std::unordered_map<std::string_view, std::vector<std::string_view>> domains_;
    std::unordered_map<std::string, bool> traps_;
};

}  // namespace vitrine::catalog
