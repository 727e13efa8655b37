#pragma once
// The words around sizes on labels: letters, words that announce a size, countries, units.

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "catalog/phrases.hpp"
#include "catalog/size_charts.hpp"

namespace vitrine::catalog {

struct SizeWord {
    enum class Kind { letter, one_size, keyword, country, unit };
    Kind kind = Kind::letter;
    std::string_view key;                    // a letter's size
    SizeSystem system = SizeSystem::number;  // what a keyword or country announces, or a unit is of
    bool plain = false;                      // also an ordinary word or a single letter
    bool known = true;                       // not a country whose sizes we only read past
};

class SizeWords {
public:
    // Errors: catalog.bad_data.
    static Result<SizeWords> load(std::span<const EmbeddedFile> files);

    struct Found {
        const SizeWord* word = nullptr;
        std::size_t tokens = 0;
    };
    // The longest word of this kind that begins at the token.
    std::optional<Found> at(SizeWord::Kind kind, std::span<const Token> tokens, std::size_t place) const;

private:
    std::vector<SizeWord> words_;
    Phrases phrases_[5];  // by kind
};

}  // namespace vitrine::catalog
