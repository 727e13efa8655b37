#include "catalog/language.hpp"

#include "catalog/table.hpp"

namespace vitrine::catalog {

std::string_view code_of(Language language) {
    switch (language) {
        case Language::en:
            return "en";
        case Language::it:
            return "it";
        case Language::fr:
            return "fr";
        case Language::de:
            return "de";
        case Language::es:
            return "es";
    }
    return "en";
}

std::optional<Language> language_of(std::string_view code) {
    if (code.size() > 2 && (code[2] == '-' || code[2] == '_')) code = code.substr(0, 2);
    for (Language language : languages)
        if (code == code_of(language)) return language;
    return std::nullopt;
}

Names::Names(const std::array<std::string_view, 5>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) words_[i] = split(cells[i], '|');
}

}  // namespace vitrine::catalog
