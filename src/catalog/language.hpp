#pragma once
// The languages the catalogue has words in, and a thing's names in each of them.

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace vitrine::catalog {

enum class Language { en, it, fr, de, es };
inline constexpr std::array<Language, 5> languages{Language::en, Language::it, Language::fr, Language::de, Language::es};

std::string_view code_of(Language);                          // "it"
std::optional<Language> language_of(std::string_view code);  // "it" or "it-IT"

// Per language the names of one thing; the first is the one shown, the others are understood.
class Names {
public:
    Names() = default;
    explicit Names(const std::array<std::string_view, 5>& cells);  // each "name|synonym|synonym"

    std::string_view shown(Language language) const { return all(language).front(); }
    const std::vector<std::string_view>& all(Language language) const { return words_[static_cast<std::size_t>(language)]; }

private:
    std::array<std::vector<std::string_view>, 5> words_;
};

}  // namespace vitrine::catalog
