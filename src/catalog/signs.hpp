#pragma once
// What shows that text stands on a maker's label and not on a print, a poster or a screen.

#include <span>
#include <string_view>
#include <vector>

#include "catalog/line.hpp"
#include "catalog/phrases.hpp"
#include "core/embedded.hpp"
#include "core/result.hpp"

namespace vitrine::catalog {

// What the second sign is.
enum class SignKind { made_in, care, composition, fibre_share, brand_words, importer, registration, trademark, web_address, size };

std::string_view name_of(SignKind);

struct Sign {
    SignKind kind = SignKind::care;
    std::size_t line = 0;
    double weight = 0;  // 1 is enough alone, 0.5 needs another
};

class SignWords {
public:
    // Errors: catalog.bad_data.
    static Result<SignWords> load(std::span<const EmbeddedFile> files);

    // Made-in, care, composition and importer's words, RN and CA numbers, ® and ™, web addresses. Shares of fibres and
    // sizes are added by Catalog::second_signs, which reads those. Any thread.
    std::vector<Sign> read(std::span<const Line> lines) const;

private:
    struct Meaning {
        SignKind kind;
        double weight;
    };
    std::vector<Meaning> meanings_;
    Phrases phrases_;
};

// The weight of the signs that do not stand on this line: a name cannot vouch for itself. Signs of one kind count once.
double weight_beside(std::span<const Sign> signs, std::size_t line);

}  // namespace vitrine::catalog
