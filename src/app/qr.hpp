#pragma once
// A QR code, drawn for a page and for a terminal.

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace vitrine::app {

class Qr {
public:
    // Errors: qr.too_long (some 2 KB).
    static Result<Qr> encode(const std::string& text);

    int side() const { return side_; }  // modules; the quiet zone that readers need around it comes on top
    bool dark(int x, int y) const;      // false outside

    // An image without script, style or foreign address: it needs no leave of a Content-Security-Policy.
    std::string svg() const;
    // Lines of Unicode half blocks, two modules a character, dark ink on a light ground whatever the terminal's colours.
    std::string blocks() const;

private:
    int side_ = 0;
    std::vector<bool> dark_;
};

}  // namespace vitrine::app
