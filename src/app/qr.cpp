#include "app/qr.hpp"

#include <fmt/format.h>
#include <qrencode.h>

#include <iterator>
#include <memory>

namespace vitrine::app {
namespace {

constexpr int quiet_zone = 4;  // ISO/IEC 18004, 6.3.8

}  // namespace

Result<Qr> Qr::encode(const std::string& text) {
    std::unique_ptr<QRcode, decltype(&QRcode_free)> code(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M), QRcode_free);
    if (!code) return Error{Kind::invalid, "qr.too_long", "This is too long for a QR code."};
    Qr qr;
    qr.side_ = code->width;
    for (int i = 0; i < code->width * code->width; ++i) qr.dark_.push_back(code->data[i] & 1);
    return qr;
}

bool Qr::dark(int x, int y) const {
    if (x < 0 || y < 0 || x >= side_ || y >= side_) return false;
    return dark_[static_cast<std::size_t>(y) * static_cast<std::size_t>(side_) + static_cast<std::size_t>(x)];
}

// One path; a run of dark modules is one stroke of it.
std::string Qr::svg() const {
    int size = side_ + 2 * quiet_zone;
    std::string path;
    for (int y = 0; y < side_; ++y)
        for (int x = 0; x < side_; ++x) {
            int run = 0;
            while (dark(x + run, y)) ++run;
            if (run > 0) fmt::format_to(std::back_inserter(path), "M{} {}h{}v1h-{}z", x + quiet_zone, y + quiet_zone, run, run);
            x += run;
        }
    return fmt::format(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" shape-rendering="crispEdges">)"
                       R"(<rect width="{0}" height="{0}" fill="#fff"/><path d="{1}" fill="#000"/></svg>)",
                       size, path);
}

std::string Qr::blocks() const {
    std::string text;
    for (int y = -2; y < side_ + 2; y += 2) {
        text += "  \x1b[30;107m";  // black on white
        for (int x = -2; x < side_ + 2; ++x) {
            bool upper = dark(x, y), lower = dark(x, y + 1);
            text += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
        }
        text += "\x1b[0m\n";
    }
    return text;
}

}  // namespace vitrine::app
